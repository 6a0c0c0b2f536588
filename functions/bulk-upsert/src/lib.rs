//! `PUT bulk/ingestion/people`: upserts up to 50 people with their associations, each without the
//! parts that are invalid (contract: bulk#partial-success).

use axum::routing::put;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::limit;
use people_lambda::domain::people::row::count_associations;
use people_lambda::domain::response::bulk;
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PeopleBatch, RateLimitClass, RawRow, Result,
    RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/external/bulk/ingestion/people", put(upsert_people))
}

async fn upsert_people(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let people = PeopleBatch::parse(&body)?;
    // Checked before anything is written: the answer has to name each of them.
    let associations = people.records.iter().map(count_associations).sum();
    if associations > limit::BATCH_ASSOCIATIONS_MAX {
        return Err(ApiError::TooManyAssociations(associations));
    }
    let metadata = caller.store.read_metadata().await?;
    caller.report_ignored(IgnoredNames::of_people(&body, &people.lookups, &metadata));
    let rows: Vec<_> = (1..).zip(people.records).map(RawRow::from).collect();
    let rows = caller.store.ingest_partial(&rows, &people.lookups, None).await?;
    let counts = bulk::BulkCounts::from_rows(&rows);
    caller.record_field("rows", rows.len());
    caller.record_field("failed", usize::try_from(counts.failure).unwrap_or(usize::MAX));
    caller.record_field("partial", usize::try_from(counts.partial).unwrap_or(usize::MAX));
    Ok(ApiResponse::Success(bulk::render_batch(&rows)))
}
