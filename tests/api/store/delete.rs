//! A delete whose response from the store is lost, so that it is sent again.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_testkit::TestTenant;
use serde_json::json;

use super::process::Process;
use super::proxy::{Proxy, Throttle};

/// Counts the lookup entries of a field.
async fn count_entries(test: &TestTenant, object: &str, field: &str) -> i32 {
    let pk = AttributeValue::S(format!("{}#X#{object}#{field}", test.tenant.id));
    let call = test.stack.client().query().table_name(&test.stack.table).consistent_read(true);
    let call = call.key_condition_expression("pk = :pk").expression_attribute_values(":pk", pk);
    call.send().await.unwrap().count()
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_succeeds_and_leaves_nothing() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    assert_eq!(count_entries(&test, "company", "Name").await, 1);
    let proxy = Proxy::new(Throttle::Answer("DeleteItem"));
    let process = Process::new(&Arc::clone(&proxy).start().await, &test.key);
    let (status, body) = process.delete("company", &company).await;
    assert!(proxy.throttled() > 0, "no answer was lost");
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["data"]["records"], json!([{ "Gsid": company }]));
    assert_eq!(count_entries(&test, "company", "Name").await, 0);
    assert_eq!(process.delete("company", &company).await.1["errorCode"], "GSOBJ_1011");
}
