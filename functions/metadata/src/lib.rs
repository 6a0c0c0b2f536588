//! What a tenant's objects look like: the list of them, one described, a dropdown list (contract 12).

use axum::routing::{get, post};
use people_lambda::domain::answer::meta;
use people_lambda::domain::code::Code;
use people_lambda::domain::lookup;
use people_lambda::{Answer, Caller, JsonBody, PathParams, Refusal, Result, Routes};
use serde_json::Value as Json;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/meta/services/objects/list", get(list))
        .route("/v1/meta/services/objects", post(list))
        .route("/v1/meta/services/objects/describe", post(describe_named))
        .route("/v1/meta/services/objects/{object}/describe", get(describe))
        .route("/v1/meta/services/dropdowns/{categoryId}", get(dropdown))
}

async fn list(caller: Caller) -> Result {
    let metadata = caller.store.metadata().await?;
    Ok(Answer::Objects(meta::list(&metadata)))
}

async fn describe(caller: Caller, PathParams(object): PathParams) -> Result {
    described(&caller, &object).await
}

/// The object's name stands in the body, under one of the names that clients use.
async fn describe_named(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let named = |name| body.as_object().and_then(|map| lookup::get(map, name));
    let object =
        named("objectName").or_else(|| named("object")).or_else(|| first(named("objects")));
    let object = object.and_then(Json::as_str);
    described(&caller, object.ok_or_else(|| Refusal::bad("The body takes {\"objectName\":\"…\"}"))?)
        .await
}

fn first(list: Option<&Json>) -> Option<&Json> {
    list.and_then(Json::as_array).and_then(|list| list.first())
}

async fn described(caller: &Caller, name: &str) -> Result {
    let metadata = caller.store.metadata().await?;
    Ok(match metadata.object(name) {
        Some(object) => Answer::Objects(meta::describe(object, caller.store.mint())),
        None => Answer::unknown_object(name),
    })
}

async fn dropdown(caller: Caller, PathParams(category): PathParams) -> Result {
    let metadata = caller.store.metadata().await?;
    let mint = caller.store.mint();
    let mut all = metadata.categories().into_iter();
    let found = all.find(|(name, _)| {
        meta::category_id(mint, name) == category || name.eq_ignore_ascii_case(&category)
    });
    let (name, closed) = found.ok_or(Refusal::Code(Code::PicklistCategory))?;
    let labels = caller.store.labels(&name).await?;
    Ok(Answer::Objects(meta::dropdown(&name, closed, labels, mint)))
}
