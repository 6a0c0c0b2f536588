//! The removal of an association is a write of its person like any other (contract:
//! objects#delete-of-an-association).

use people_domain::ids::gsid::Gsid;
use people_domain::limit::RateLimitClass;
use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, RawRow, TenantStore};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// A person at a company, and the GSID of the association.
struct Employee {
    test: TestTenant,
    company: String,
    person: Gsid,
    association: Gsid,
}

impl Employee {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let company = test.create_company("abc, Inc.").await;
        let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
        let (person, association) = upsert(&test.uncached_store(), &body).await;
        Self { test, company, person, association: association.expect("the person has it") }
    }

    async fn remove(&self, store: &TenantStore) -> bool {
        let removed = store.remove_association("company_person", &self.association, &self.person);
        removed.await.expect("the store works")
    }

    async fn companies(&self) -> usize {
        let person = self.test.uncached_store().read_person_by_gsid(&self.person).await.unwrap();
        person.expect("the person exists").companies.len()
    }
}

/// Upserts a person; returns its GSID and that of its first association with a company.
async fn upsert(store: &TenantStore, body: &Json) -> (Gsid, Option<Gsid>) {
    let done = store.ingest_record(body, &Lookups::default()).await.expect("the store works");
    let person = done.expect("the record is valid").person;
    let shown = store.render_person(&person).await.expect("the store works");
    let association = shown["companies"][0]["gsid"].as_str().and_then(Gsid::parse);
    (Gsid::parse(&person.gsid).expect("a GSID"), association)
}

#[tokio::test]
async fn a_removal_is_one_read_and_one_write_when_the_names_are_remembered() {
    let employee = Employee::new().await;
    let counted = employee.test.cached_store().record_call(RateLimitClass::Sync).await.unwrap();
    let warm = || employee.test.cached_store().with_generation(counted.generation);
    let person = warm().read_person_by_gsid(&employee.person).await.unwrap().unwrap();
    warm().render_person(&person).await.unwrap();
    let store = warm();
    assert!(employee.remove(&store).await);
    let usage = store.usage();
    assert_eq!((usage.calls, usage.units), (2, 2.0), "one read unit and one write unit");
    // What is not there costs the read alone.
    let store = warm();
    assert!(!employee.remove(&store).await);
    assert_eq!((store.usage().calls, store.usage().units), (1, 1.0));
}

/// A chunk of a job is delivered again after the association was removed.
#[tokio::test]
async fn a_row_that_was_applied_before_does_not_bring_it_back() {
    for by_gsid in [false, true] {
        let employee = Employee::new().await;
        let job = employee.test.create_job(JobKind::Bulk).await;
        let companies = json!([{ "Company_ID": employee.company, "Title": "job" }]);
        let row = if by_gsid {
            json!({ "Gsid": employee.person.as_str(), "companies": companies })
        } else {
            json!({ "Email": "a@abc.com", "companies": companies })
        };
        let apply = async || {
            let run = employee.test.begin_chunk(&job, ApplyMode::Apply).await;
            let (store, rows) = (employee.test.uncached_store(), [RawRow::from((1, &row))]);
            store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.unwrap();
        };
        apply().await;
        assert!(employee.remove(&employee.test.uncached_store()).await);
        apply().await;
        assert_eq!(employee.companies().await, 0, "by GSID: {by_gsid}");
        // A row that nobody has applied is a new write.
        let later = json!({ "Email": "a@abc.com", "companies": companies });
        upsert(&employee.test.uncached_store(), &later).await;
        assert_eq!(employee.companies().await, 1);
    }
}

/// Everybody else's fields are kept, whoever comes first.
#[tokio::test]
async fn writers_at_the_same_moment_lose_nothing() {
    for _ in 0..5 {
        let employee = Employee::new().await;
        let writes = (0..8).map(|n| {
            let store = employee.test.uncached_store();
            let body = json!({ "Email": "a@abc.com", "Location": "x", "Timezone": format!("{n}") });
            async move { _ = store.ingest_record(&body, &Lookups::default()).await.unwrap() }
        });
        let store = employee.test.uncached_store();
        let (removed, _) = tokio::join!(employee.remove(&store), futures::future::join_all(writes));
        assert!(removed);
        assert_eq!(employee.companies().await, 0);
        let person = store.read_person_by_gsid(&employee.person).await.unwrap().unwrap();
        assert_eq!(store.render_person(&person).await.unwrap()["location"], "x");
    }
}
