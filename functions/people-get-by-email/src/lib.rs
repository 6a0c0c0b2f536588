//! `GET people?Email=`: returns one person with its associations (contract: get).

use axum::routing::get;
use people_lambda::domain::code::Code;
use people_lambda::domain::ids::email::Email;
use people_lambda::{
    ApiError, ApiResponse, Caller, QueryParams, RateLimitClass, Result, RouteAccess, Routes,
};

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/people", get(get_person_by_email))
}

async fn get_person_by_email(caller: Caller, params: QueryParams) -> Result {
    let sent = params.get("Email").map(str::trim).filter(|text| !text.is_empty());
    let email = Email::parse(sent.ok_or(ApiError::Code(Code::QueryParamsEmpty))?)
        .map_err(ApiError::Code)?;
    let person = caller
        .store
        .read_person_by_email(&email)
        .await?
        .ok_or(ApiError::Code(Code::PeopleNotFound))?;
    Ok(ApiResponse::Success(caller.store.render_person(&person).await?))
}
