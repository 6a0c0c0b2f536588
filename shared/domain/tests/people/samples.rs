//! Runs every sample of `tests/fixtures` that needs no table, bucket or queue, and compares its
//! `data`. Envelopes and the counts of jobs are compared over HTTP (`tests/api`).

use people_domain::jobs::{self, ChunkSizes};
use people_domain::lookup::Lookups;
use people_domain::objects::ObjectCode;
use people_domain::people::outcome::RowOutcome;
use people_domain::response::{bulk, objects, single};
use people_fixtures::{Fixture, IdNames, assert_matches};
use serde_json::{Value as Json, json};

use crate::pipeline::UpsertPolicy;
use crate::store::MemoryTenant;

/// An endpoint whose answers hold counts of the store.
const OF_THE_STORE: &str = "people-delete";

/// Runs every sample of an endpoint, and returns their number.
fn run_samples(endpoint: &str, answer: impl Fn(&mut MemoryTenant, &Fixture) -> (Json, Json)) {
    let names = Fixture::names_of(endpoint);
    for name in &names {
        let fixture = Fixture::load(name);
        let mut tenant = MemoryTenant::new(&fixture.given);
        let (actual, expected) = answer(&mut tenant, &fixture);
        for email in IdNames::people_of(&expected) {
            tenant.name_person(&email);
        }
        let actual = tenant.names.restore_names(&actual);
        assert_matches(&actual, &expected, fixture.answer.allows_more, name);
    }
}

fn fill_body(tenant: &MemoryTenant, fixture: &Fixture) -> Json {
    tenant.names.fill_ids(&fixture.request.body)
}

#[test]
fn bulk_upsert() {
    run_samples("bulk-upsert", |tenant, fixture| {
        let rows = tenant.upsert_bulk(&fill_body(tenant, fixture));
        (bulk::render_batch(&rows), fixture.answer.body["data"].clone())
    });
}

#[test]
fn bulk_async_upsert() {
    run_samples("bulk-async-upsert", |tenant, fixture| {
        let body = fill_body(tenant, fixture);
        let plan = jobs::plan_payload(body.to_string().as_bytes(), ChunkSizes::default())
            .expect("a payload");
        let rows = tenant.upsert_bulk(&body);
        let counts = bulk::BulkCounts::from_rows(&rows);
        let job = &fixture.answer.job.as_ref().expect("a job")["data"]["response"];
        let counted = json!([counts.success, counts.failure, counts.partial, plan.rows]);
        let names = ["successCount", "failureCount", "partialRecords", "totalRecords"];
        assert_eq!(counted, names.map(|name| job[name].clone()).into_iter().collect::<Json>());
        assert_eq!(plan.chunks.len(), fixture.answer.chunks.len());
        (bulk::render_chunk(&rows), fixture.answer.chunks[0].clone())
    });
}

#[test]
fn people_upsert() {
    run_samples("people-upsert", |tenant, fixture| {
        let ended = tenant.upsert_person(&fill_body(tenant, fixture));
        assert_eq!(fixture.answer.status, if ended.is_ok() { 200 } else { 400 });
        let data = ended.map_or_else(
            |faults| single::render_failure(&faults),
            |gsid| single::render_success(&gsid),
        );
        (data, fixture.answer.body["data"].clone())
    });
}

#[test]
fn people_async_upsert() {
    run_samples("people-async-upsert", |tenant, fixture| {
        let body = fill_body(tenant, fixture);
        let records = body["records"].as_array().expect("records");
        let ended = tenant.upsert_all(records, &Lookups::default(), UpsertPolicy::Atomic);
        let answer = |ended: RowOutcome| match ended {
            RowOutcome::Written(written) => single::render_success(&written.person.gsid),
            RowOutcome::Refused { faults, .. } => single::render_failure(&faults),
        };
        let job = fixture.answer.job.as_ref().expect("a job");
        (ended.into_iter().map(answer).collect(), job["data"]["response"].clone())
    });
}

#[test]
fn people_get() {
    run_samples("people-get", |tenant, fixture| {
        let path = tenant.names.fill_text(&fixture.request.path);
        let id = path.rsplit(['/', '=']).next().expect("an id").replace("%40", "@");
        (tenant.print_person(&id).expect("a person"), fixture.answer.body["data"].clone())
    });
}

#[test]
fn objects_write() {
    run_samples("objects-write", |tenant, fixture| {
        let body = fill_body(tenant, fixture);
        let records = body["records"].as_array().expect("records");
        let written = match fixture.request.path.split_once("?keys=") {
            None => tenant.insert_all("company", records),
            Some((_, key)) => tenant.find_for_update("company", &[key.to_owned()], records),
        };
        let expected = &fixture.answer.body;
        let actual = match written {
            Ok(written) => {
                json!({ "code": null, "desc": null, "data": objects::render_written_records(written) })
            }
            Err(faults) => {
                let first = faults.iter().flatten().next().expect("a fault");
                let is_match = first.code != ObjectCode::NoMatch;
                json!({ "code": first.code.as_str(), "desc": first.message(),
                    "data": is_match.then(|| objects::render_refused_batch(&faults)) })
            }
        };
        let expected = json!({ "code": expected["errorCode"], "desc": expected["errorDesc"], "data": expected["data"] });
        (actual, expected)
    });
}

#[test]
fn every_endpoint_with_samples_is_run() {
    let run = ["bulk-async-upsert", "bulk-upsert", "objects-write", "people-async-upsert"];
    let run = run.into_iter().chain([OF_THE_STORE, "people-get", "people-upsert"]);
    assert_eq!(Fixture::endpoints(), run.collect::<Vec<_>>());
}
