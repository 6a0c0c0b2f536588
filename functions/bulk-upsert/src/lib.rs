//! `PUT bulk/ingestion/people`: up to 50 people with their associations, each as far as it is
//! sound (contract: bulk#partial-success).

use axum::routing::put;
use people_lambda::domain::ignored::Ignored;
use people_lambda::domain::limit;
use people_lambda::domain::people::row::count_associations;
use people_lambda::domain::response::bulk;
use people_lambda::{Answer, Caller, Incoming, JsonBody, People, Refusal, Result, Routes};

/// The route.
pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/external/bulk/ingestion/people", put(upsert))
}

async fn upsert(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let people = People::parse(&body)?;
    // Before anything is written: its answer has to name each of them.
    let associations = people.records.iter().map(count_associations).sum();
    if associations > limit::BATCH_ASSOCIATIONS {
        return Err(Refusal::TooManyAssociations(associations));
    }
    let metadata = caller.store.metadata().await?;
    caller.name_ignored(Ignored::of_people(&body, &people.lookups, &metadata));
    let rows: Vec<_> = (1..).zip(people.records).map(Incoming::from).collect();
    let rows = caller.store.ingest_partial(&rows, &people.lookups, None).await?;
    let counts = bulk::Counts::of(&rows);
    caller.note("rows", rows.len());
    caller.note("failed", usize::try_from(counts.failure).unwrap_or(usize::MAX));
    caller.note("partial", usize::try_from(counts.partial).unwrap_or(usize::MAX));
    Ok(Answer::Success(bulk::batch(&rows)))
}
