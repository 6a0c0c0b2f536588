//! The baseline without the service: one `UpdateItem` that sets as many attributes as the sample
//! person, and one consistent `GetItem` of the same item.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use people_testkit::TestStack;

/// Attributes that the sample person's upsert sets.
const ATTRIBUTE_COUNT: usize = 16;

pub(crate) struct DynamoDbBaseline {
    client: Client,
    table: String,
}

impl DynamoDbBaseline {
    pub(crate) fn new(stack: &TestStack) -> Self {
        Self { client: stack.client(), table: stack.table.clone() }
    }

    /// Updates the benchmark's item.
    pub(crate) async fn update_item(&self, n: u32) {
        self.write_item("bench", n).await;
    }

    /// Inserts an item, spread over partitions as people are.
    pub(crate) async fn insert_item(&self, n: u32) {
        self.write_item(&format!("bench{}", n % 36), n).await;
    }

    async fn write_item(&self, pk: &str, n: u32) {
        let mut call =
            self.client.update_item().table_name(&self.table).return_values(ReturnValue::AllNew);
        let sk = if pk == "bench" { pk.to_owned() } else { n.to_string() };
        call = call.key("pk", string_attribute(pk)).key("sk", string_attribute(&sk));
        let mut sets = Vec::new();
        for at in 0..ATTRIBUTE_COUNT {
            call = call.expression_attribute_names(
                format!("#{at}"),
                format!("cNDXB1TZ0000000000{at:02}|v"),
            );
            call = call.expression_attribute_values(
                format!(":{at}"),
                string_attribute(&format!("{n:016}")),
            );
            sets.push(format!("#{at}=:{at}"));
        }
        let call = call
            .update_expression(format!("SET {}", sets.join(",")))
            .condition_expression("attribute_not_exists(#x)")
            .expression_attribute_names("#x", "at");
        assert!(call.send().await.is_ok(), "the store works");
    }

    pub(crate) async fn get_item(&self) {
        let call = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = call
            .key("pk", string_attribute("bench"))
            .key("sk", string_attribute("bench"))
            .send()
            .await;
        assert!(answer.is_ok_and(|answer| answer.item.is_some()), "the store works");
    }
}

fn string_attribute(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
