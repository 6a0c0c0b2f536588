//! `POST` and `PUT` of data objects: inserts records, or updates those that match keys; a batch
//! is all or nothing (contract: objects#insert-and-update).

mod batch;

use axum::routing::post;
use people_lambda::domain::ignored::Ignored;
use people_lambda::domain::objects::ObjectCode;
use people_lambda::domain::response::objects;
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
    let batch = Batch::parse(&body)?;
    name_ignored(&caller, &body, &batch, &object, &[]).await?;
    caller.note("records", batch.records.len());
    let outcome = caller.store.insert_objects(&object, batch.records, &batch.lookups).await?;
    Ok(answer(outcome))
}

async fn update(
    caller: Caller,
    PathParams(object): PathParams,
    params: Params,
    JsonBody(body): JsonBody,
) -> Result {
    let keys = batch::keys(params.get("keys"))?;
    let batch = Batch::parse(&body)?;
    name_ignored(&caller, &body, &batch, &object, &keys).await?;
    caller.note("records", batch.records.len());
    let outcome =
        caller.store.update_objects(&object, &keys, batch.records, &batch.lookups).await?;
    Ok(answer(outcome))
}

async fn name_ignored(
    caller: &Caller,
    body: &Json,
    batch: &Batch<'_>,
    object: &str,
    keys: &[String],
) -> Result<()> {
    let metadata = caller.store.metadata().await?;
    caller.name_ignored(Ignored::of_records(body, &batch.lookups, object, keys, &metadata));
    Ok(())
}

fn answer(outcome: people_lambda::ObjectsOutcome) -> Answer {
    let faults = match outcome {
        Ok(records) => return Answer::Objects(objects::written(records)),
        Err(faults) => faults,
    };
    let Some(first) = faults.iter().flatten().next() else {
        return Answer::Refused(Refusal::Unexpected("refused without a fault".to_owned()));
    };
    // An update that matches nothing says no more than that (contract: objects#no-matching-record).
    let data = match first.code {
        ObjectCode::NoMatch => Json::Null,
        _ => objects::refused(&faults),
    };
    Answer::ObjectsRefused(first.code, first.message(), data)
}
