//! The model of a tenant: the data that it has written, and so what it must be answered.

use std::collections::{BTreeMap, BTreeSet};

use people_domain::ids::gsid::GsidKind;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Api, Reply, TestTenant};
use serde_json::json;

/// A person as it was last written.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) gsid: String,
    pub(super) first: String,
    /// Companies with which it has ever been associated.
    pub(super) companies: BTreeSet<String>,
}

/// A record as it was last written.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) gsid: String,
    pub(super) name: String,
    pub(super) stage: Option<String>,
}

/// A tenant and all of its data.
pub(super) struct TenantModel {
    pub(super) test: TestTenant,
    pub(super) api: Api,
    /// Part of every value that this tenant writes, and of no name.
    pub(super) marker: &'static str,
    /// People by email.
    pub(super) people: BTreeMap<String, Person>,
    /// Records by object, oldest first.
    pub(super) records: BTreeMap<&'static str, Vec<Record>>,
}

pub(super) fn email(n: u8) -> String {
    format!("p{n}@abc.com")
}

pub(super) fn name(n: u8) -> String {
    format!("n{n}")
}

impl TenantModel {
    /// Creates a tenant whose schema has the same names as the other's, with its own values.
    pub(super) async fn new(marker: &'static str) -> Self {
        let test = TestTenant::new().await;
        let text = |indexed: bool| json!({ "type": "STRING", "indexed": indexed });
        let plan = json!({ "type": "PICKLIST", "dropdown": "plans", "default": marker });
        let schema: SchemaFile = serde_json::from_value(json!({
            "dropdowns": { "plans": { "closed": true, "items": [marker] } },
            "objects": {
                "desks": { "label": marker, "fields": { "Name": text(true), "Stage": text(false) } },
                "person": { "fields": { "Plan__gc": plan } },
            },
        }))
        .expect("a schema");
        assert_eq!(people_domain::schema::check_schema(&schema), []);
        for change in diff_schemas(&SchemaFile::default(), &schema) {
            test.uncached_store().apply_schema_change(&change).await.expect("the store works");
        }
        let api = test.api();
        Self { test, api, marker, people: BTreeMap::new(), records: BTreeMap::new() }
    }

    /// The part that all ids of this tenant share with no other tenant's.
    pub(super) fn id_part(&self) -> String {
        self.test.tenant.ids.object_key(GsidKind::Person)[4..].to_owned()
    }

    /// Checks that a response contains nothing of the other tenant and returns it.
    pub(super) fn check_own(&self, reply: Reply, other: &Self) -> Reply {
        let text = reply.body.to_string();
        assert!(!text.contains(&other.id_part()), "an id of the other tenant: {text}");
        assert!(!text.contains(other.marker), "a value of the other tenant: {text}");
        assert!(!reply.status.is_server_error(), "{text}");
        reply
    }

    /// The existing records of this name, oldest first.
    pub(super) fn records_named(&self, object: &str, name: &str) -> Vec<&Record> {
        let all = self.records.get(object).into_iter().flatten();
        all.filter(|record| record.name == name).collect()
    }

    pub(super) fn is_there(&self, gsid: &str) -> bool {
        self.records.values().flatten().any(|record| record.gsid == gsid)
    }
}
