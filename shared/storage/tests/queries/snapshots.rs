//! Snapshots hold keys alone, and belong to a tenant.

use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::json;

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
