//! `GET people?Email=`: one person with its associations (contract: get).

use axum::routing::get;
use people_lambda::domain::code::Code;
use people_lambda::domain::ids::email::Email;
use people_lambda::{Answer, Caller, Params, Refusal, Result, Routes};

/// The route.
pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/people", get(by_email))
}

async fn by_email(caller: Caller, params: Params) -> Result {
    let sent = params.get("Email").map(str::trim).filter(|text| !text.is_empty());
    let email =
        Email::parse(sent.ok_or(Refusal::Code(Code::QueryParamsEmpty))?).map_err(Refusal::Code)?;
    let person =
        caller.store.person_by_email(&email).await?.ok_or(Refusal::Code(Code::PeopleNotFound))?;
    Ok(Answer::Success(caller.store.print_person(&person).await?))
}
