//! `POST` of a query of data objects: rows of any object, people and their associations too
//! (contract: query).

use axum::routing::post;
use people_lambda::domain::ignored::Ignored;
use people_lambda::domain::query::Request;
use people_lambda::domain::response::objects;
use people_lambda::{Answer, Caller, JsonBody, PathParams, QueryRefusal, Refusal, Result, Routes};

/// The route.
pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/query/{object}", post(query))
}

async fn query(caller: Caller, PathParams(object): PathParams, JsonBody(body): JsonBody) -> Result {
    caller.name_ignored(Ignored::of_query(&body));
    let request = Request::parse(&body).map_err(Refusal::bad)?;
    match caller.store.query_objects(&object, &request).await? {
        Ok(records) => {
            caller.note("records", records.len());
            Ok(Answer::Objects(objects::found(records)))
        }
        Err(refusal) => answer(&object, refusal),
    }
}

fn answer(object: &str, refusal: QueryRefusal) -> Result {
    match refusal {
        QueryRefusal::NoObject => Ok(Answer::unknown_object(object)),
        QueryRefusal::Fault(fault) => Ok(Answer::object_fault(fault)),
        QueryRefusal::TooMuch(text) => Err(Refusal::TooMuch(text)),
    }
}
