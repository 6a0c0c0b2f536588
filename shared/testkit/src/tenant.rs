//! A tenant for each test, so that parallel tests don't affect one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::limit::RateLimits;
use people_domain::schema::{FieldSchema, SchemaChange};
use people_domain::values::FieldType;
use people_storage::{Store, Tenant, TenantSettings, TenantStore};
use serde_json::{Value as Json, json};

use crate::{Api, TestStack};

/// A new tenant with an access key.
#[derive(Debug, Clone)]
pub struct TestTenant {
    pub stack: TestStack,
    /// A store that no other test shares.
    pub store: Store,
    pub tenant: Arc<Tenant>,
    pub key: String,
}

impl TestTenant {
    /// Creates a tenant with rate limits that no test reaches.
    pub async fn new() -> Self {
        let limits = RateLimits::with_every_window(1_000_000);
        Self::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await
    }

    /// Creates a tenant with these settings.
    pub async fn with_settings(settings: TenantSettings) -> Self {
        let stack = TestStack::from_env();
        let store = stack.store();
        let id = format!("t{}", store.new_stamp().as_str().to_ascii_lowercase());
        let tenant = store
            .create_tenant(&id, settings)
            .await
            .expect("the store works")
            .expect("the id is new");
        let key = store
            .create_access_key(&id, None)
            .await
            .expect("the store works")
            .key
            .expose_secret()
            .to_owned();
        Self { stack, store, tenant, key }
    }

    /// The tenant's store with its own meter and an empty cache.
    #[must_use]
    pub fn uncached_store(&self) -> TenantStore {
        self.store.without_cache().for_tenant(self.tenant.clone())
    }

    /// The tenant's store with its own meter and the shared cache.
    #[must_use]
    pub fn cached_store(&self) -> TenantStore {
        self.store.with_fresh_meter().for_tenant(self.tenant.clone())
    }

    /// An HTTP client with the tenant's key.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.stack.base_url, &self.key)
    }

    /// An HTTP client that calls as those of Gainsight PX do.
    #[must_use]
    pub fn px_api(&self) -> Api {
        self.api().with_key_header("X-APTRINSIC-API-KEY")
    }

    /// Creates a company directly in the store and returns its GSID.
    pub async fn create_company(&self, name: &str) -> String {
        self.create_record("company", json!({ "Name": name })).await
    }

    /// Creates a relationship directly in the store and returns its GSID.
    pub async fn create_relationship(&self, name: &str, company: &str) -> String {
        self.create_record("relationship", json!({ "Name": name, "Company_ID": company })).await
    }

    async fn create_record(&self, object: &str, record: Json) -> String {
        let made = self
            .uncached_store()
            .insert_objects(object, &[record], &[])
            .await
            .expect("the store works");
        made.expect("the record is good").remove(0).gsid
    }

    /// Stores a field definition that can't be parsed, as a bug would.
    pub async fn break_metadata(&self) {
        let item =
            [("pk", format!("{}#meta", self.tenant.id)), ("sk", "field#person#x".to_owned())];
        let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let call = self.stack.client().put_item().table_name(&self.stack.table);
        call.set_item(Some(item.into())).send().await.expect("the store works");
    }

    /// Reads all items in the tenant's people partitions as they are stored, keys included, as JSON
    /// for snapshots.
    pub async fn read_items(&self) -> Vec<BTreeMap<String, Json>> {
        let mut items = Vec::new();
        for shard in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
            let pk = AttributeValue::S(format!("{}#P#{shard}", self.tenant.id));
            let call =
                self.stack.client().query().table_name(&self.stack.table).consistent_read(true);
            let call =
                call.key_condition_expression("pk = :pk").expression_attribute_values(":pk", pk);
            items.extend(call.send().await.expect("the store works").items.unwrap_or_default());
        }
        items
            .into_iter()
            .map(|item| {
                item.into_iter().map(|(name, value)| (name, attribute_to_json(value))).collect()
            })
            .collect()
    }
}

impl TestTenant {
    /// Reads the sort keys of a partition, in their order.
    pub(crate) async fn read_sort_keys(&self, pk: String) -> Vec<String> {
        let call = self.stack.client().query().table_name(&self.stack.table);
        let call = call.consistent_read(true).key_condition_expression("pk = :pk");
        let call = call.expression_attribute_values(":pk", AttributeValue::S(pk));
        let items = call.send().await.expect("the store works").items.unwrap_or_default();
        items.iter().filter_map(|item| item.get("sk")?.as_s().ok().cloned()).collect()
    }

    /// Reads the sort keys of the lookup entries of an association's field, in their order.
    pub async fn read_association_entries(&self, object: &str, field: &str) -> Vec<String> {
        let mut entries = Vec::new();
        for shard in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
            let pk = format!("{}#X#{object}#{field}#{shard}", self.tenant.id);
            entries.extend(self.read_sort_keys(pk).await);
        }
        entries
    }

    /// Indexes `Company_ID` of `company_person` or `Relationship_ID` of `relationship_person`, for
    /// the associations that are stored too.
    pub async fn index_associations(&self, object: &str, field: &str) {
        self.begin_association_index(object, field).await;
        self.complete_association_index(object, field).await;
    }

    /// Builds such an index that was begun.
    pub async fn complete_association_index(&self, object: &str, field: &str) {
        let store = self.uncached_store();
        while !store.build_index_page(object, field).await.expect("the store works").last {}
    }

    /// Begins such an index: writes make their entries from now on.
    pub async fn begin_association_index(&self, object: &str, field: &str) {
        let indexed = FieldSchema { indexed: true, ..FieldSchema::new(FieldType::Gsid) };
        let change =
            SchemaChange::PutField(object.to_owned(), field.to_owned(), Box::new(indexed), true);
        self.uncached_store().apply_schema_change(&change).await.expect("the store works");
    }
}

fn attribute_to_json(value: AttributeValue) -> Json {
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => flag.into(),
        AttributeValue::L(list) => list.into_iter().map(attribute_to_json).collect(),
        _ => Json::Null,
    }
}
