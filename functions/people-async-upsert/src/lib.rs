//! `PUT people/async`: accepts up to 50 records and answers at once (contract 7).

use axum::Router;
use axum::extract::State;
use axum::routing::put;
use people_jobs::Jobs;
use people_lambda::domain::limit;
use people_lambda::domain::lookup::{self, Lookups};
use people_lambda::{Answer, Caller, JsonBody, Refusal, Result, Routes};
use serde_json::{Value as Json, json};

/// The route.
pub fn routes(jobs: Jobs) -> Routes {
    Router::new().route("/v1/peoplemgmt/v1.0/people/async", put(upsert)).with_state(jobs)
}

async fn upsert(caller: Caller, State(jobs): State<Jobs>, JsonBody(body): JsonBody) -> Result {
    let batch = batch(&body)?;
    let job = jobs.submit_async(&caller.store, batch.to_string().into()).await?;
    caller.note("job", job.as_str());
    Ok(Answer::Success(json!({ "statusId": job.as_str() })))
}

/// The records and lookups of a call, under the names that the job knows: an object, or a list of
/// records alone.
fn batch(body: &Json) -> Result<Json> {
    let wrong = || Refusal::bad("The body takes {\"records\":[…]}");
    let (records, lookups) = match body {
        Json::Array(records) => (records, None),
        Json::Object(body) => (
            lookup::get(body, "records").and_then(Json::as_array).ok_or_else(wrong)?,
            lookup::get(body, "lookups").filter(|lookups| !lookups.is_null()),
        ),
        _ => return Err(wrong()),
    };
    if records.is_empty() || records.len() > limit::RECORDS {
        let (most, count) = (limit::RECORDS, records.len());
        return Err(Refusal::bad(format!("A call takes 1 to {most} records, not {count}")));
    }
    if lookups.is_some_and(|lookups| Lookups::parse(lookups).is_none()) {
        return Err(Refusal::bad(
            "lookups takes {\"companies\":{\"Field\":{\"fields\":{\"Source\":\"LookupField\"}}}}",
        ));
    }
    Ok(json!({ "records": records, "lookups": lookups }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_in_an_object_or_alone() {
        let record = json!({ "Email": "a@abc.com" });
        let lookups = json!({ "person": {} });
        for (body, lookups) in [
            (json!([record]), Json::Null),
            (json!({ "Records": [record], "lookups": null }), Json::Null),
            (json!({ "records": [record], "Lookups": lookups }), lookups.clone()),
        ] {
            let batch = batch(&body).unwrap();
            assert_eq!(batch, json!({ "records": [record], "lookups": lookups }));
        }
    }

    #[test]
    fn another_shape_is_refused() {
        let many = vec![json!({}); limit::RECORDS + 1];
        for body in [
            json!([]),
            json!({}),
            json!("records"),
            json!({ "records": [] }),
            json!({ "records": {} }),
            json!({ "records": many }),
            json!({ "records": [{}], "lookups": [] }),
        ] {
            assert!(matches!(batch(&body), Err(Refusal::BadRequest(_))), "{body}");
        }
    }
}
