//! `GET people/{gsid}`: one person with its associations (contract: get).

use axum::routing::get;
use people_lambda::domain::code::Code;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::{Answer, Caller, PathParams, Refusal, Result, Routes};

/// The route.
pub fn routes() -> Routes {
    Routes::new().route("/v1/peoplemgmt/v1.0/people/{gsid}", get(by_gsid))
}

async fn by_gsid(caller: Caller, PathParams(gsid): PathParams) -> Result {
    let gsid = Gsid::parse(&gsid).ok_or(Refusal::Code(Code::Gsid))?;
    let person =
        caller.store.person_by_gsid(&gsid).await?.ok_or(Refusal::Code(Code::PeopleNotFound))?;
    Ok(Answer::Success(caller.store.print_person(&person).await?))
}
