//! `GET people/{gsid}`: returns one person with its associations (contract: get).

use axum::routing::get;
use people_lambda::domain::code::Code;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::{
    ApiError, ApiResponse, Caller, PathParam, RateLimitClass, Result, RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/people/{gsid}", get(get_person_by_gsid))
}

async fn get_person_by_gsid(caller: Caller, PathParam(gsid): PathParam) -> Result {
    let gsid = Gsid::parse(&gsid).ok_or(ApiError::Code(Code::Gsid))?;
    let person = caller
        .store
        .read_person_by_gsid(&gsid)
        .await?
        .ok_or(ApiError::Code(Code::PeopleNotFound))?;
    Ok(ApiResponse::Success(caller.store.render_person(&person).await?))
}
