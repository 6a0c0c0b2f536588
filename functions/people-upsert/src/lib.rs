//! `PUT people`: inserts or updates one person with its associations, all or nothing (contract:
//! upsert#atomic).

use axum::routing::put;
use people_lambda::domain::ignored::Ignored;
use people_lambda::domain::lookup::Lookups;
use people_lambda::domain::response::single;
use people_lambda::{Answer, Caller, JsonBody, Refusal, Result, Routes};
use serde_json::Value as Json;

/// The route and its alias.
pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/peoplemgmt/v1.0/people", put(upsert))
        .route("/v1.0/api/people", put(upsert))
}

async fn upsert(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let record = one_record(&body)?;
    let (metadata, lookups) = (caller.store.metadata().await?, Lookups::default());
    caller.name_ignored(Ignored::of_person(record, &lookups, &metadata));
    let outcome = caller.store.ingest(record, &lookups).await?;
    Ok(match outcome {
        Ok(upserted) => {
            caller.note(
                "associations",
                upserted.person.companies.len() + upserted.person.relationships.len(),
            );
            caller.note("inserted", usize::from(upserted.inserted));
            Answer::Success(single::success(&upserted.person.gsid))
        }
        Err(faults) => {
            caller.note("faults", faults.len());
            Answer::Failure(single::failure(&faults))
        }
    })
}

/// One object, or an array of exactly one record (contract: upsert#array-of-one,
/// upsert#unusable-single-bodies).
fn one_record(body: &Json) -> Result<&Json> {
    match body {
        Json::Object(_) => Ok(body),
        Json::Array(list) => match list.as_slice() {
            [record] => Ok(record),
            list => {
                Err(Refusal::bad(format!("The body takes exactly one record, not {}", list.len())))
            }
        },
        _ => Err(Refusal::bad("The body is not a record: send one JSON object")),
    }
}
