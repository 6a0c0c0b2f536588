//! Every sample of the article for one person with standard fields: sent as printed and answered as
//! printed, except for ids and dates (contract: README#printed-answers).

use people_testkit::Reply;
use serde_json::{Value as Json, json};

use crate::fixture_run::{FixtureRun, assert_answered};
use crate::snapshot::take_snapshot;

/// Takes a snapshot of status, body and stored items.
async fn snapshot_of(sample: &FixtureRun, reply: &Reply) -> Json {
    let gsid = reply.body["data"]["personGsid"].as_str().unwrap_or(&"-".repeat(36)).to_owned();
    let id = |placeholder: &str| sample.names.fill_text(placeholder);
    let names = [
        ("abc", id("{{company:abc, Inc.}}")),
        ("drivedata", id("{{company:Drivedata}}")),
        ("asia", id("{{relationship:Asia Pacific}}")),
        ("person", gsid),
    ];
    let names = names.each_ref().map(|(name, id)| (*name, id.as_str()));
    take_snapshot(&sample.test, reply, &names).await
}

#[tokio::test]
async fn a_person_alone_is_made() {
    let (sample, reply) = assert_answered("people-upsert/person-alone").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
}

#[tokio::test]
async fn associations_are_made_by_id() {
    let (sample, reply) = assert_answered("people-upsert/associations-by-id").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
}

#[tokio::test]
async fn associations_are_made_by_lookup() {
    let (sample, reply) = assert_answered("people-upsert/associations-by-lookup").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
    let person = sample.test.api().get_person("jsmith@abc.com").await.body["data"].clone();
    let companies = person["companies"].as_array().unwrap().iter();
    let phones: Vec<_> = companies.map(|company| company["deskphone__gc"].clone()).collect();
    let phone = sample.names.fill_text("{{custom_table_name:9234567891}}");
    assert!(phones.contains(&json!(phone)) && phones.contains(&Json::Null), "{phones:?}");
}

#[tokio::test]
async fn a_relationship_alone_brings_its_company() {
    let (sample, reply) = assert_answered("people-upsert/relationship-alone").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
}

#[tokio::test]
async fn a_lookup_of_its_email_names_the_person() {
    let (sample, reply) = assert_answered("people-upsert/person-by-lookup").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
    assert_eq!(sample.send().await.gsid(), reply.gsid());
}

#[tokio::test]
async fn a_lookup_of_its_email_never_makes_a_person() {
    let (sample, reply) = assert_answered("people-upsert/person-by-lookup-unknown").await;
    insta::assert_json_snapshot!(snapshot_of(&sample, &reply).await);
}

#[tokio::test]
async fn a_company_that_is_not_found_is_named() {
    let (sample, _) = assert_answered("people-upsert/company-not-found").await;
    assert!(sample.test.read_items().await.is_empty());
}
