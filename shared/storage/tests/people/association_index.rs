//! Lookup entries of associations, where a tenant wants them (ADR 45): each is written before the
//! association, and once.

use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::limit::RateLimitClass;
use people_domain::lookup::Lookups;
use people_domain::schema::{SchemaFile, check_schema, diff_schemas};
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, RawRow, TenantStore};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

const OBJECT: &str = "company_person";
const FIELD: &str = "Company_ID";

async fn upsert(store: &TenantStore, body: &Json) -> String {
    let done = store.ingest_record(body, &Lookups::default()).await.expect("the store works");
    done.expect("the record is valid").person.gsid.clone()
}

fn person_at(email: &str, company: &str) -> Json {
    json!({ "Email": email, "companies": [{ "Company_ID": company }] })
}

/// The record parts of the people in the entries, sorted.
async fn indexed_people(test: &TestTenant) -> Vec<String> {
    let entries = test.read_association_entries(OBJECT, FIELD).await;
    let mut people: Vec<_> = entries
        .iter()
        .filter_map(|sk| sk.split_once('#'))
        .map(|(_, part)| part.to_owned())
        .collect();
    people.sort();
    people
}

/// The store of a process with warm caches, in a call that was counted.
async fn warm_store(test: &TestTenant) -> TenantStore {
    test.cached_store().read_metadata().await.unwrap();
    let counted = test.cached_store().record_call(RateLimitClass::Sync).await.unwrap();
    test.cached_store().with_generation(counted.generation)
}

#[tokio::test]
async fn an_association_gets_its_entry_once() {
    let test = TestTenant::new().await;
    test.index_associations(OBJECT, FIELD).await;
    let company = test.create_company("abc, Inc.").await;
    let gsid = upsert(&warm_store(&test).await, &person_at("a@abc.com", &company)).await;
    assert_eq!(indexed_people(&test).await, [gsid[18..].to_owned()]);
    for body in [
        person_at("a@abc.com", &company),
        json!({ "Gsid": gsid, "companies": [{ "Company_ID": company, "Title": "t" }] }),
    ] {
        let store = warm_store(&test).await;
        upsert(&store, &body).await;
        assert_eq!(store.usage().calls, 2, "the person is read and written: {body}");
    }
    // A write without associations is blind, as without an index.
    let store = warm_store(&test).await;
    upsert(&store, &json!({ "Email": "a@abc.com", "Location": "x" })).await;
    assert_eq!((store.usage().calls, store.usage().units), (1, 1.0));
    assert_eq!(indexed_people(&test).await.len(), 1);
}

/// Applies a chunk of a job; returns what it cost.
async fn apply_chunk(test: &TestTenant, rows: &[Json]) -> f64 {
    let job = test.create_job(JobKind::Bulk).await;
    let run = test.begin_chunk(&job, ApplyMode::Apply).await;
    let rows: Vec<_> = (1..).zip(rows).map(RawRow::from).collect();
    let store = test.cached_store();
    store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.unwrap();
    store.usage().units
}

#[tokio::test]
async fn a_chunk_writes_each_entry_once() {
    let test = TestTenant::new().await;
    test.index_associations(OBJECT, FIELD).await;
    let companies = [test.create_company("one").await, test.create_company("two").await];
    let row = |n: usize, title: &str| {
        json!({ "Email": format!("p{n}@abc.com"),
            "companies": [{ "Company_ID": companies[n % 2], "Title": title }] })
    };
    let rows = |title| (0..120).map(|n| row(n, title)).collect::<Vec<_>>();
    apply_chunk(&test, &rows("first")).await;
    let people = indexed_people(&test).await;
    assert_eq!(people.len(), 120);
    // An upsert of all changes each person by one write unit after one read unit.
    let cost = apply_chunk(&test, &rows("second")).await;
    assert!((240.0..270.0).contains(&cost), "{cost} units: no entry is written again");
    // What changes nothing is not written at all.
    let cost = apply_chunk(&test, &rows("second")).await;
    assert!((120.0..150.0).contains(&cost), "{cost} units");
    assert_eq!(indexed_people(&test).await, people);
}

#[tokio::test]
async fn relationships_are_indexed_wherever_they_are_nested() {
    let test = TestTenant::new().await;
    let (object, field) = ("relationship_person", "Relationship_ID");
    test.index_associations(object, field).await;
    let (own, other) = (test.create_company("own").await, test.create_company("other").await);
    let relationship = test.create_relationship("r", &own).await;
    let under = |company: &str| {
        json!({ "Email": "a@abc.com", "companies": [
            { "Company_ID": company, "relationships": [{ "Relationship_ID": relationship }] }] })
    };
    for company in [&own, &other, &own] {
        upsert(&test.uncached_store(), &under(company)).await;
        assert_eq!(test.read_association_entries(object, field).await.len(), 1);
    }
    assert_eq!(indexed_people(&test).await.len(), 0, "companies have no index");
}

/// The first character of the locator of an email, by which its person is partitioned.
fn partition_of(store: &TenantStore, email: &str) -> char {
    let locator = store.ids().locator(&Email::parse(email).unwrap());
    locator.as_str().chars().next().unwrap()
}

fn email_in(store: &TenantStore, partition: char) -> String {
    let mut emails = (0..).map(|n| format!("m{n}@abc.com"));
    emails.find(|email| partition_of(store, email) == partition).unwrap()
}

#[tokio::test]
async fn a_build_goes_on_where_it_stood_and_misses_nobody_who_moves() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let store = test.uncached_store();
    let mut gsids = Vec::new();
    for n in 0..60 {
        gsids.push(upsert(&store, &person_at(&format!("p{n}@abc.com"), &company)).await);
    }
    // A person of the last partition moves to the first one once that was read.
    let (last, first) = (email_in(&store, 'Z'), email_in(&store, '0'));
    let mover = upsert(&store, &person_at(&last, &company)).await;
    gsids.push(mover.clone());
    test.begin_association_index(OBJECT, FIELD).await;
    let pending = store.list_pending_indexes().await.unwrap();
    assert_eq!((pending.len(), pending[0].begun), (1, false));
    let mut built = 0;
    for _ in 0..5 {
        built += test.uncached_store().build_index_page(OBJECT, FIELD).await.unwrap().records;
    }
    assert_eq!(indexed_people(&test).await.len(), built);
    assert!(store.list_pending_indexes().await.unwrap()[0].begun);
    upsert(&test.uncached_store(), &json!({ "Gsid": mover, "Email": first })).await;
    // Meanwhile a write makes an association of its own.
    gsids.push(upsert(&test.uncached_store(), &person_at("late@abc.com", &company)).await);
    let mut pages = 5;
    while !test.uncached_store().build_index_page(OBJECT, FIELD).await.unwrap().last {
        pages += 1;
    }
    assert_eq!(pages, 35, "each of the 36 partitions is a page");
    let mut expected: Vec<_> = gsids.iter().map(|gsid| gsid[18..].to_owned()).collect();
    expected.sort();
    assert_eq!(indexed_people(&test).await, expected);
    assert_eq!(test.uncached_store().list_pending_indexes().await.unwrap(), []);
}

#[tokio::test]
async fn moves_and_removals_leave_an_entry_as_it_is() {
    let test = TestTenant::new().await;
    test.index_associations(OBJECT, FIELD).await;
    let company = test.create_company("abc, Inc.").await;
    let store = test.uncached_store();
    let gsid = upsert(&store, &person_at("a@abc.com", &company)).await;
    let entry = indexed_people(&test).await;
    upsert(&store, &json!({ "Gsid": gsid, "Email": "b@abc.com" })).await;
    assert_eq!(indexed_people(&test).await, entry);
    let person = store.read_person_by_gsid(&Gsid::parse(&gsid).unwrap()).await.unwrap().unwrap();
    let shown = store.render_person(&person).await.unwrap();
    let association = Gsid::parse(shown["companies"][0]["gsid"].as_str().unwrap()).unwrap();
    assert!(
        store.remove_association(OBJECT, &association, &Gsid::parse(&gsid).unwrap()).await.unwrap()
    );
    assert_eq!(indexed_people(&test).await, entry, "a hint that the person does not confirm");
    upsert(&store, &person_at("b@abc.com", &company)).await;
    assert_eq!(indexed_people(&test).await, entry);
    // An erased person leaves ids alone; the next one at the address has an entry of its own.
    test.erase_person(&gsid).await;
    let next = upsert(&store, &person_at("b@abc.com", &company)).await;
    assert!(indexed_people(&test).await.contains(&next[18..].to_owned()));
    assert_eq!(indexed_people(&test).await.len(), 2);
}

#[tokio::test]
async fn writers_of_one_person_at_the_same_moment_have_all_their_entries() {
    let test = TestTenant::new().await;
    test.index_associations(OBJECT, FIELD).await;
    let mut companies = Vec::new();
    for n in 0..8 {
        companies.push(test.create_company(&format!("c{n}")).await);
    }
    let writes = companies.iter().map(|company| {
        let (store, body) = (test.cached_store(), person_at("a@abc.com", company));
        async move { upsert(&store, &body).await }
    });
    let gsids = futures::future::join_all(writes).await;
    assert!(gsids.windows(2).all(|pair| pair[0] == pair[1]), "one person: {gsids:?}");
    let people = indexed_people(&test).await;
    let own = people.iter().filter(|part| **part == gsids[0][18..]).count();
    assert_eq!(own, 8, "{people:?}");
}

#[tokio::test]
async fn a_schema_says_only_whether_it_is_indexed() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let schema = |fields: Json| -> SchemaFile {
        serde_json::from_value(json!({ "objects": { OBJECT: { "fields": fields } } })).unwrap()
    };
    let indexed = schema(json!({ "company_id": { "type": "GSID", "indexed": true } }));
    assert_eq!(check_schema(&indexed), []);
    for change in diff_schemas(&store.export_schema().await.unwrap(), &indexed) {
        store.apply_schema_change(&change).await.unwrap();
    }
    assert_eq!(diff_schemas(&store.export_schema().await.unwrap(), &indexed), []);
    let metadata = store.read_metadata().await.unwrap();
    let object = metadata.object(OBJECT).unwrap();
    let named = object.fields().iter().filter(|field| field.name.eq_ignore_ascii_case(FIELD));
    assert_eq!(
        named.map(|field| (&*field.name, field.indexing)).collect::<Vec<_>>(),
        [(FIELD, true)]
    );
    // Without it the index is gone, and a later one is built anew.
    for change in diff_schemas(&indexed, &SchemaFile::default()) {
        store.apply_schema_change(&change).await.unwrap();
    }
    assert_eq!(store.list_pending_indexes().await.unwrap(), []);
    test.begin_association_index(OBJECT, FIELD).await;
    let pending = test.uncached_store().list_pending_indexes().await.unwrap();
    assert_eq!((pending.len(), pending[0].begun), (1, false));
}
