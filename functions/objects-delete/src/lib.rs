//! `DELETE data/objects/{object}/{gsid}`: deletes one record of a data object, or one association of
//! a person (contract: objects#delete-of-a-record, objects#delete-of-an-association).

use axum::routing::delete;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::domain::objects::{ObjectCode, ObjectFault};
use people_lambda::domain::people;
use people_lambda::domain::response::objects;
use people_lambda::{
    ApiResponse, Caller, PathParamPair, QueryParams, RateLimitClass, Result, RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/{object}/{gsid}", delete(delete_row))
}

async fn delete_row(
    caller: Caller,
    PathParamPair(object, sent): PathParamPair,
    query: QueryParams,
) -> Result {
    let object = object.to_ascii_lowercase();
    if people::is_association_object(&object) {
        return delete_association(&caller, &object, &sent, &query).await;
    }
    let is_known = caller.store.read_metadata().await?.object(&object).is_some();
    // People are deleted by `DELETE people` alone.
    if !is_known || people::is_person_object(&object) {
        return Ok(ApiResponse::unknown_object(&object));
    }
    let gsid = match parse_gsid("Gsid", &sent) {
        Ok(gsid) => gsid,
        Err(fault) => return Ok(ApiResponse::object_fault(fault)),
    };
    Ok(build_response(caller.store.delete_record(&object, &gsid).await?, &gsid))
}

async fn delete_association(
    caller: &Caller,
    object: &str,
    sent: &str,
    query: &QueryParams,
) -> Result {
    let (gsid, person) = match parse_association(sent, query) {
        Ok(parsed) => parsed,
        Err(fault) => return Ok(ApiResponse::object_fault(fault)),
    };
    Ok(build_response(caller.store.remove_association(object, &gsid, &person).await?, &gsid))
}

/// The GSIDs of the association and of its person: the former does not tell the latter, which is
/// needed to find it.
fn parse_association(
    sent: &str,
    query: &QueryParams,
) -> std::result::Result<(Gsid, Gsid), ObjectFault> {
    const PERSON_ID: &str = "Person_ID";
    let gsid = parse_gsid("Gsid", sent)?;
    match query.get(PERSON_ID).filter(|person| !person.is_empty()) {
        Some(person) => Ok((gsid, parse_gsid(PERSON_ID, person)?)),
        None => Err(ObjectFault::with_value(ObjectCode::Required, PERSON_ID, ())),
    }
}

fn parse_gsid(field: &str, sent: &str) -> std::result::Result<Gsid, ObjectFault> {
    Gsid::parse(sent).ok_or_else(|| ObjectFault::with_value(ObjectCode::Gsid, field, sent))
}

fn build_response(is_deleted: bool, gsid: &Gsid) -> ApiResponse {
    if is_deleted {
        ApiResponse::Objects(objects::render_deleted_record(gsid.as_str()))
    } else {
        let fault = ObjectFault::with_value(ObjectCode::NoMatch, "Gsid", gsid.as_str());
        ApiResponse::object_fault(fault)
    }
}
