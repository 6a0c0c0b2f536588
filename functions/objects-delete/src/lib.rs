//! `DELETE data/objects/{object}/{gsid}`: deletes one record of a data object (contract:
//! objects#delete-of-a-record).

use axum::routing::delete;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::domain::objects::{ObjectCode, ObjectFault};
use people_lambda::domain::people;
use people_lambda::domain::response::objects;
use people_lambda::{ApiResponse, Caller, PathParamPair, RateLimitClass, Result, Routes};

/// The calls of this function count towards these limits.
pub const RATE_LIMIT_CLASS: Option<RateLimitClass> = Some(RateLimitClass::Sync);

pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/{object}/{gsid}", delete(delete_record))
}

async fn delete_record(caller: Caller, PathParamPair(object, sent): PathParamPair) -> Result {
    let object = object.to_ascii_lowercase();
    let is_known = caller.store.read_metadata().await?.object(&object).is_some();
    // People are deleted by `DELETE people` alone.
    if !is_known || people::is_person_object(&object) {
        return Ok(ApiResponse::unknown_object(&object));
    }
    let Some(gsid) = Gsid::parse(&sent) else {
        return Ok(build_fault_response(ObjectCode::Gsid, sent));
    };
    Ok(if caller.store.delete_record(&object, &gsid).await? {
        ApiResponse::Objects(objects::render_deleted_record(gsid.as_str()))
    } else {
        build_fault_response(ObjectCode::NoMatch, sent)
    })
}

fn build_fault_response(code: ObjectCode, gsid: String) -> ApiResponse {
    ApiResponse::object_fault(ObjectFault::with_value(code, "Gsid", gsid))
}
