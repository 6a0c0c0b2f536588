//! Snapshots hold keys alone, and belong to a tenant.

use std::time::Duration;

use people_domain::lookup::Lookups;
use people_storage::SnapshotBucket;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::reader::{PageReader, column_texts};

async fn create_people(test: &TestTenant) {
    let company = test.create_company("Zyx").await;
    for n in 0..12 {
        let body = json!({ "Email": format!("p{n}@abc.com"), "LastName": format!("Lamb{n}"),
            "companies": [{ "Company_ID": company }] });
        test.cached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_has_the_keys_of_rows_and_no_value() {
    let test = TestTenant::new().await;
    create_people(&test).await;
    for (object, order, chars) in
        [("person", "LastName", 18), ("company_person", "Person_ID__gr.LastName", 36)]
    {
        let body = json!({ "select": ["Gsid"], "orderBy": { order: "asc" } });
        let reader = PageReader::new(&test);
        let all = reader.read_pages(object, &body, 5).await;
        let parts: Vec<_> =
            column_texts(&all, "Gsid").iter().map(|gsid| gsid[18..].to_owned()).collect();
        let snapshots = reader.snapshots.take_all();
        assert_eq!(snapshots.len(), 1, "{object}");
        let (key, bytes) = snapshots.into_iter().next().unwrap();
        assert!(key.starts_with(&format!("snapshot/{}/", test.tenant.id)), "{key}");
        let rows: Vec<_> =
            bytes.chunks(chars).map(|row| String::from_utf8(row.to_vec()).unwrap()).collect();
        let own: Vec<_> = rows.iter().map(|row| row[chars - 18..].to_owned()).collect();
        assert_eq!(own, parts, "{object}");
        let is_key = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        assert!(bytes.iter().all(is_key), "{object}");
    }
}

/// A snapshot that the bucket has removed is made anew.
#[tokio::test]
async fn pages_go_on_without_their_snapshot() {
    let test = TestTenant::new().await;
    create_people(&test).await;
    let body = json!({ "select": ["LastName"], "orderBy": { "LastName": "asc" } });
    let reader = PageReader::new(&test);
    let mut all = Vec::new();
    for offset in [0, 4, 8, 12] {
        all.extend(reader.read_page("person", &body, offset, 4).await.0);
        reader.snapshots.take_all();
    }
    let names = column_texts(&all, "LastName");
    assert_eq!(names.len(), 12);
    assert!(names.is_sorted());
}

/// The bucket removes a snapshot after two days; pages 20 hours apart go on for longer than that,
/// also past rows that would have another place in a new ranking.
#[tokio::test]
async fn pages_that_take_days_in_all_stand_still() {
    const HOURS_APART: u64 = 20;
    let test = TestTenant::new().await;
    create_people(&test).await;
    let body = json!({ "select": ["Email"], "orderBy": { "LastName": "asc" } });
    let mut reader = PageReader::new(&test);
    let mut all: Vec<Json> = Vec::new();
    for page in 0..6 {
        reader.clock_ahead = Duration::from_secs(page * HOURS_APART * 3_600);
        all.extend(reader.read_page("person", &body, all.len(), 2).await.0);
        let first = json!({ "Email": all[0]["Email"], "LastName": format!("Zyx{page}") });
        test.cached_store().ingest_record(&first, &Lookups::default()).await.unwrap().unwrap();
        let oldest = test.store.new_stamp().later_by(reader.clock_ahead);
        let oldest = oldest.earlier_by(Duration::from_secs(48 * 3_600));
        for (key, bytes) in reader.snapshots.take_all() {
            let stored = key.rsplit('/').next().unwrap();
            if stored > oldest.as_str() {
                reader.snapshots.put_snapshot(&key, bytes).await.unwrap();
            }
        }
    }
    let mut emails = column_texts(&all, "Email");
    emails.sort_unstable();
    emails.dedup();
    assert_eq!((all.len(), emails.len()), (12, 12));
}

#[tokio::test]
async fn the_same_query_of_another_tenant_has_pages_of_its_own() {
    let (one, other) = (TestTenant::new().await, TestTenant::new().await);
    create_people(&one).await;
    create_people(&other).await;
    let body = json!({ "select": ["Gsid"], "orderBy": { "LastName": "asc" } });
    // Both read with one bucket and by keys of one id.
    let (of_one, mut of_other) = (PageReader::new(&one), PageReader::new(&other));
    of_one.read_page("person", &body, 0, 5).await;
    of_other.snapshots = of_one.snapshots;
    let page = column_texts(&of_other.read_page("person", &body, 5, 5).await.0, "Gsid");
    let part = other.tenant.ids.object_key(people_domain::ids::gsid::GsidKind::Person);
    assert_eq!(page.len(), 5);
    assert!(page.iter().all(|gsid| gsid.starts_with(&part)));
}
