//! A tenant of a test's own: tests run in parallel and never meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::limit::RateLimits;
use people_storage::{Store, Tenant, TenantSettings, TenantStore};
use serde_json::{Value as Json, json};

use crate::{Api, TestStack};

/// A fresh tenant with a key.
#[derive(Debug, Clone)]
pub struct TestTenant {
    /// The stack.
    pub stack: TestStack,
    /// The store, shared by no other test.
    pub store: Store,
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// Its access key.
    pub key: String,
}

impl TestTenant {
    /// A tenant that no limit stops.
    pub async fn new() -> Self {
        let many = 1_000_000;
        let limits = RateLimits {
            sync_per_minute: many,
            sync_per_day: many,
            async_per_hour: many,
            async_per_day: many,
            delete_per_hour: many,
        };
        Self::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await
    }

    /// A tenant with these settings.
    ///
    /// # Panics
    /// When the store fails.
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
            .create_access_key(&id)
            .await
            .expect("the store works")
            .key
            .expose_secret()
            .to_owned();
        Self { stack, store, tenant, key }
    }

    /// The store as the tenant sees it, with a meter of its own and nothing remembered.
    #[must_use]
    pub fn uncached_store(&self) -> TenantStore {
        self.store.without_cache().for_tenant(self.tenant.clone())
    }

    /// The store as the tenant sees it, with a meter of its own and all that was remembered.
    #[must_use]
    pub fn cached_store(&self) -> TenantStore {
        self.store.with_fresh_meter().for_tenant(self.tenant.clone())
    }

    /// Calls with the tenant's key.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.stack.base_url, &self.key)
    }

    /// A company of this name, straight into the store.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn create_company(&self, name: &str) -> String {
        self.create_record("company", json!({ "Name": name })).await
    }

    /// A relationship of this name with a company.
    ///
    /// # Panics
    /// When it is refused.
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

    /// Leaves a definition that nobody can read, as a bug of ours would.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn break_metadata(&self) {
        let item =
            [("pk", format!("{}#meta", self.tenant.id)), ("sk", "field#person#x".to_owned())];
        let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let call = self.stack.client().put_item().table_name(&self.stack.table);
        call.set_item(Some(item.into())).send().await.expect("the store works");
    }

    /// The items of a person's partition as stored, keys included, in a form for snapshots.
    ///
    /// # Panics
    /// When the store fails.
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

fn attribute_to_json(value: AttributeValue) -> Json {
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => flag.into(),
        AttributeValue::L(list) => list.into_iter().map(attribute_to_json).collect(),
        _ => Json::Null,
    }
}
