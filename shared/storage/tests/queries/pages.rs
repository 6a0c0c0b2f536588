//! Pages by offset neither repeat nor miss a row that is there throughout, whoever comes and goes
//! (contract: query#paging).

use std::time::Duration;

use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_testkit::{TestTenant, new_submission};
use serde_json::{Value as Json, json};

use super::reader::{PageReader, column_texts, gsids_where};

async fn upsert(test: &TestTenant, body: Json) -> String {
    let made = test.cached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
    made.expect("the row is valid").person.gsid.clone()
}

/// Creates people whose emails begin with `prefix`. Returns their GSIDs.
async fn create_people(
    test: &TestTenant,
    prefix: &str,
    count: usize,
    company: &str,
) -> Vec<String> {
    let mut gsids = Vec::new();
    for n in 0..count {
        let email = format!("{prefix}{n}@abc.com");
        let body = json!({ "Email": email, "LastName": prefix, "Location": "here",
            "companies": [{ "Company_ID": company }] });
        gsids.push(upsert(test, body).await);
    }
    gsids
}

async fn erase_people(test: &TestTenant, gsids: &[String]) {
    let gsids: Vec<_> = gsids.iter().map(|gsid| Gsid::parse(gsid).unwrap()).collect();
    let people = test.find_people(&gsids).await;
    test.erase_people(&people, &new_submission(JobKind::Delete).id).await;
}

/// The people who stay, and those who come and go between two pages.
struct Crowd<'t> {
    test: &'t TestTenant,
    company: String,
    staying: Vec<String>,
    leaving: Vec<String>,
    turn: usize,
}

impl<'t> Crowd<'t> {
    async fn new(test: &'t TestTenant) -> Self {
        let company = test.create_company("Abc").await;
        let staying = create_people(test, "stay", 40, &company).await;
        let leaving = create_people(test, "leave", 20, &company).await;
        Self { test, company, staying, leaving, turn: 0 }
    }

    /// Three people leave, three come, and some of those who stay move: away, elsewhere and home.
    async fn change(&mut self) {
        self.turn += 1;
        let gone = self.leaving.split_off(self.leaving.len().saturating_sub(3));
        erase_people(self.test, &gone).await;
        create_people(self.test, &format!("new{}x", self.turn), 3, &self.company).await;
        for (n, gsid) in self.staying.iter().enumerate() {
            let email = match (n + self.turn) % 10 {
                0 => format!("stay{n}@elsewhere{}.com", self.turn),
                5 => format!("stay{n}@abc.com"),
                _ => continue,
            };
            upsert(self.test, json!({ "Gsid": gsid, "Email": email })).await;
        }
    }

    /// Reads all pages while people come and go.
    async fn read_pages(&mut self, object: &str, body: &Json, limit: usize) -> Vec<Json> {
        let reader = PageReader::new(self.test);
        let mut all = Vec::new();
        loop {
            let (page, _) = reader.read_page(object, body, all.len(), limit).await;
            let is_last = page.len() < limit;
            all.extend(page);
            if is_last {
                return all;
            }
            self.change().await;
        }
    }
}

#[tokio::test]
async fn who_is_there_throughout_is_met_once() {
    let test = TestTenant::new().await;
    let mut crowd = Crowd::new(&test).await;
    let located = gsids_where("Location", "EQ", json!("here"));
    let newest = json!({ "select": ["Gsid"], "orderBy": { "ModifiedDate": "desc" } });
    let by_key = gsids_where("Gsid", "GT", json!("0".repeat(36)));
    let associations = json!({ "select": ["Person_ID"] });
    let of_company = json!({ "select": ["Person_ID"], "where": { "conditions": [
        { "name": "Company_ID__gr.Name", "operator": "EQ", "value": "Abc" }] } });
    let by_email = json!({ "select": ["Person_ID"], "orderBy": { "Person_ID__gr.Email": "asc" } });
    for (object, body, column, is_by_gsid) in [
        ("person", json!({ "select": ["Gsid"] }), "Gsid", true),
        ("person", located, "Gsid", true),
        ("person", by_key, "Gsid", true),
        ("person", newest, "Gsid", false),
        ("company_person", associations, "Person_ID", true),
        ("company_person", of_company, "Person_ID", true),
        ("company_person", by_email, "Person_ID", false),
    ] {
        let met = column_texts(&crowd.read_pages(object, &body, 13).await, column);
        let mut sorted = met.clone();
        sorted.sort();
        assert!(!is_by_gsid || met == sorted, "{object} {body} is not by GSID");
        sorted.dedup();
        assert_eq!(sorted.len(), met.len(), "{object} {body} repeats a row");
        for gsid in &crowd.staying {
            assert!(sorted.binary_search(gsid).is_ok(), "{object} {body} misses {gsid}");
        }
    }
}

/// Positions of an earlier reading of the query mislead no later one.
#[tokio::test]
async fn a_shorter_second_run_ends_where_it_ends() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    let people = create_people(&test, "p", 15, &company).await;
    let newest = json!({ "select": ["Gsid"], "orderBy": { "Location": "desc" } });
    let located = gsids_where("Location", "EQ", json!("here"));
    let reader = PageReader::new(&test);
    for body in [&newest, &located] {
        assert_eq!(reader.read_pages("person", body, 10).await.len(), 15);
    }
    erase_people(&test, &people[..7]).await;
    for body in [&newest, &located] {
        let (first, _) = reader.read_page("person", body, 0, 10).await;
        assert_eq!(first.len(), 8);
        for offset in [8, 10] {
            assert!(reader.read_page("person", body, offset, 10).await.0.is_empty(), "{body}");
        }
    }
}

/// A client that goes on until a page is empty meets no row again, although rows have come before
/// its offset.
#[tokio::test]
async fn after_the_last_page_there_is_nothing() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    create_people(&test, "p", 10, &company).await;
    let newest = json!({ "select": ["Gsid"], "orderBy": { "ModifiedDate": "desc" } });
    let located = gsids_where("Location", "EQ", json!("here"));
    for (n, body) in [json!({ "select": ["Gsid"] }), newest, located].into_iter().enumerate() {
        let reader = PageReader::new(&test);
        let first = reader.read_page("person", &body, 0, 100).await.0;
        let more = create_people(&test, &format!("more{n}x"), 10, &company).await;
        for offset in [first.len(), 100] {
            let next =
                column_texts(&reader.read_page("person", &body, offset, 100).await.0, "Gsid");
            let first = column_texts(&first, "Gsid");
            assert!(next.iter().all(|gsid| !first.contains(gsid)), "{body}");
            assert!(next.iter().all(|gsid| more.contains(gsid)), "{body}");
        }
    }
}

#[tokio::test]
async fn records_are_paged_like_people() {
    let test = TestTenant::new().await;
    let mut companies = Vec::new();
    for n in 0..30 {
        companies.push(test.create_company(&format!("c{n}")).await);
    }
    companies.sort();
    for order in [json!({}), json!({ "CreatedDate": "desc" })] {
        let body = json!({ "select": ["Gsid"], "orderBy": order });
        let reader = PageReader::new(&test);
        let mut met = Vec::new();
        for offset in (0..40).step_by(7) {
            let page = reader.read_page("company", &body, offset, 7).await.0;
            met.extend(column_texts(&page, "Gsid"));
            // What comes later neither moves the rows of the next page nor is needed.
            test.create_company("another").await;
        }
        for company in &companies {
            assert_eq!(met.iter().filter(|gsid| *gsid == company).count(), 1, "{order}");
        }
    }
}

#[tokio::test]
async fn each_access_key_has_pages_of_its_own() {
    let test = TestTenant::new().await;
    let mut crowd = Crowd::new(&test).await;
    let body = json!({ "select": ["Gsid"] });
    let (one, mut other) = (PageReader::new(&test), PageReader::new(&test));
    other.access_key = "another";
    let mut met = [Vec::new(), Vec::new()];
    for offset in (0..200).step_by(9) {
        for (reader, met) in [&one, &other].into_iter().zip(&mut met) {
            let page = reader.read_page("person", &body, offset, 9).await.0;
            met.extend(column_texts(&page, "Gsid"));
            crowd.change().await;
        }
    }
    for met in met {
        for gsid in &crowd.staying {
            assert_eq!(met.iter().filter(|known| *known == gsid).count(), 1);
        }
    }
}

/// The client saw the answer that came last: the next page goes on from that one.
#[tokio::test]
async fn a_page_that_is_asked_for_twice_leads_on_from_the_last_answer() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    let mut people = create_people(&test, "p", 30, &company).await;
    people.sort();
    for order in [json!({}), json!({ "Gsid": "desc" })] {
        let body = json!({ "select": ["Gsid"], "orderBy": order });
        let reader = PageReader::new(&test);
        let read = async |offset| {
            column_texts(&reader.read_page("person", &body, offset, 5).await.0, "Gsid")
        };
        let mut all = read(0).await;
        let unseen = read(5).await;
        erase_people(&test, &unseen[..2]).await;
        people.retain(|gsid| !unseen[..2].contains(gsid));
        for offset in (5..30).step_by(5) {
            all.extend(read(offset).await);
        }
        all.sort();
        assert_eq!(all, people, "{order}");
    }
}

#[tokio::test]
async fn a_page_costs_a_page_at_any_offset() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    create_people(&test, "p", 250, &company).await;
    let body = json!({ "select": ["Gsid", "Email"] });
    let reader = PageReader::new(&test);
    let mut units = Vec::new();
    for offset in (0..250).step_by(25) {
        units.push(reader.read_page("person", &body, offset, 25).await.1);
    }
    let (_, by_counting) = PageReader { access_key: "another", ..PageReader::new(&test) }
        .read_page("person", &body, 225, 25)
        .await;
    // 25 people are in about four of 36 partitions, at half a unit or more each.
    assert!(units.iter().all(|units| *units <= 10.0), "{units:?}");
    assert!(by_counting > 15.0, "an offset that no page led to is counted: {by_counting}");
    let last = reader.read_page("person", &body, 225, 25).await.0;
    let seek = gsids_where("Gsid", "GT", last[20]["Gsid"].clone());
    let (rows, units) = reader.read_page("person", &seek, 0, 25).await;
    assert_eq!(rows.len(), 4);
    assert!(units <= 4.0, "a range of GSIDs is read alone: {units}");
}

#[tokio::test]
async fn a_position_is_forgotten_after_a_day() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    let mut people = create_people(&test, "p", 20, &company).await;
    people.sort();
    for order in [json!({}), json!({ "Gsid": "desc" })] {
        let body = json!({ "select": ["Gsid"], "orderBy": order });
        for (hours, is_remembered) in [(23, true), (25, false)] {
            let mut reader = PageReader::new(&test);
            let first = column_texts(&reader.read_page("person", &body, 0, 10).await.0, "Gsid");
            // Two of the first page go: counting from the start would now miss two others.
            erase_people(&test, &first[..2]).await;
            people.retain(|gsid| !first[..2].contains(gsid));
            reader.clock_ahead = Duration::from_secs(hours * 3_600);
            let second = column_texts(&reader.read_page("person", &body, 10, 10).await.0, "Gsid");
            let missed =
                people.iter().filter(|gsid| !first.contains(gsid) && !second.contains(gsid));
            assert_eq!(
                missed.count(),
                if is_remembered { 0 } else { 2 },
                "{order} after {hours} h"
            );
        }
    }
}
