//! `POST` and `PUT` of data objects: inserts records, or updates those that match keys; a batch
//! is all or nothing (contract 12).

mod batch;

use axum::routing::post;
use people_lambda::domain::answer::objects;
use people_lambda::domain::gsid::GsidKind;
use people_lambda::domain::metadata::object;
use people_lambda::domain::objects::{ObjectCode, ObjectFault};
use people_lambda::{Answer, Caller, JsonBody, Params, PathParams, Refusal, Result, Routes};
use serde_json::Value as Json;

use batch::Batch;

/// The routes.
pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/{object}", post(insert).put(update))
}

async fn insert(
    caller: Caller,
    PathParams(object): PathParams,
    JsonBody(body): JsonBody,
) -> Result {
    let Some(kind) = writable(&object) else { return Ok(unknown_object(&object)) };
    let batch = Batch::parse(&body)?;
    caller.note("records", batch.records.len());
    let outcome = caller.store.insert_objects(&object, kind, batch.records, &batch.lookups).await?;
    Ok(answer(outcome))
}

async fn update(
    caller: Caller,
    PathParams(object): PathParams,
    params: Params,
    JsonBody(body): JsonBody,
) -> Result {
    if writable(&object).is_none() {
        return Ok(unknown_object(&object));
    }
    let keys = batch::keys(params.get("keys"))?;
    let batch = Batch::parse(&body)?;
    caller.note("records", batch.records.len());
    let outcome =
        caller.store.update_objects(&object, &keys, batch.records, &batch.lookups).await?;
    Ok(answer(outcome))
}

/// The objects that are written here; people are not (contract-details 30).
fn writable(name: &str) -> Option<GsidKind> {
    match name.to_ascii_lowercase().as_str() {
        object::COMPANY => Some(GsidKind::Company),
        object::RELATIONSHIP => Some(GsidKind::Relationship),
        _ => None,
    }
}

fn unknown_object(name: &str) -> Answer {
    let fault =
        ObjectFault { code: ObjectCode::Invalid, field: "object".to_owned(), value: name.into() };
    Answer::ObjectsRefused(fault.code, fault.message(), Json::Null)
}

fn answer(outcome: people_lambda::ObjectsOutcome) -> Answer {
    let faults = match outcome {
        Ok(records) => return Answer::Objects(objects::written(records)),
        Err(faults) => faults,
    };
    let Some(first) = faults.iter().flatten().next() else {
        return Answer::Refused(Refusal::Unexpected("refused without a fault".to_owned()));
    };
    // An update that matches nothing says no more than that (contract-details 30).
    let data = match first.code {
        ObjectCode::NoMatch => Json::Null,
        _ => objects::refused(&faults),
    };
    Answer::ObjectsRefused(first.code, first.message(), data)
}
