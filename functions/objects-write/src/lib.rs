//! `POST` and `PUT data/objects/{object}`: inserts records, or updates those that match keys. A
//! batch is written whole or not at all (contract: objects#insert-and-update).

mod batch;

use axum::routing::post;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::objects::ObjectCode;
use people_lambda::domain::response::objects;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PathParam, QueryParams, RateLimitClass, Result,
    RouteAccess, Routes,
};
use serde_json::Value as Json;

use batch::ObjectBatch;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/{object}", post(insert_objects).put(update_objects))
}

async fn insert_objects(
    caller: Caller,
    PathParam(object): PathParam,
    JsonBody(body): JsonBody,
) -> Result {
    let batch = ObjectBatch::parse(&body)?;
    report_ignored(&caller, &body, &batch, &object, &[]).await?;
    caller.record_field("records", batch.records.len());
    let outcome = caller.store.insert_objects(&object, batch.records, &batch.lookups).await?;
    Ok(build_response(outcome))
}

async fn update_objects(
    caller: Caller,
    PathParam(object): PathParam,
    params: QueryParams,
    JsonBody(body): JsonBody,
) -> Result {
    let keys = batch::parse_keys(params.get("keys"))?;
    let batch = ObjectBatch::parse(&body)?;
    report_ignored(&caller, &body, &batch, &object, &keys).await?;
    caller.record_field("records", batch.records.len());
    let outcome =
        caller.store.update_objects(&object, &keys, batch.records, &batch.lookups).await?;
    Ok(build_response(outcome))
}

async fn report_ignored(
    caller: &Caller,
    body: &Json,
    batch: &ObjectBatch<'_>,
    object: &str,
    keys: &[String],
) -> Result<()> {
    let metadata = caller.store.read_metadata().await?;
    caller.report_ignored(IgnoredNames::of_records(body, &batch.lookups, object, keys, &metadata));
    Ok(())
}

fn build_response(outcome: people_lambda::ObjectsOutcome) -> ApiResponse {
    let faults = match outcome {
        Ok(records) => return ApiResponse::Objects(objects::render_written_records(records)),
        Err(faults) => faults,
    };
    let Some(first) = faults.iter().flatten().next() else {
        return ApiResponse::Error(ApiError::Unexpected("refused without a fault".to_owned()));
    };
    // An update without a match reports nothing else (contract: objects#no-matching-record).
    let data = match first.code {
        ObjectCode::NoMatch => Json::Null,
        _ => objects::render_refused_batch(&faults),
    };
    ApiResponse::ObjectsFailure(first.code, first.message(), data)
}
