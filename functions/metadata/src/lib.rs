//! What a tenant's objects look like: the list of them, one described, a dropdown list (contract:
//! metadata).

use axum::routing::{get, post};
use people_lambda::domain::code::Code;
use people_lambda::domain::ignored::Ignored;
use people_lambda::domain::response::meta;
use people_lambda::domain::{limit, lookup};
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
    described(&caller, &[&object]).await
}

/// Names under which clients name objects.
const NAMES: [&str; 4] = ["objectName", "object", "objectNames", "objects"];

/// The names of the objects stand in the body, under one of the names that clients use.
async fn describe_named(caller: Caller, JsonBody(body): JsonBody) -> Result {
    let named = |name| body.as_object().and_then(|map| lookup::get(map, name));
    caller.name_ignored(Ignored::of_body(&body, &NAMES));
    let named = NAMES.into_iter().find_map(named);
    let names = match named {
        Some(Json::Array(list)) => list.iter().map(Json::as_str).collect(),
        name => name.and_then(Json::as_str).map(|name| vec![name]),
    };
    let names = names.filter(|names| (1..=limit::DESCRIBED).contains(&names.len()));
    described(&caller, &names.ok_or_else(wrong_names)?).await
}

fn wrong_names() -> Refusal {
    Refusal::bad(format!(
        "The body takes {{\"objectName\":\"…\"}} or {{\"objectNames\":[…]}} with 1 to {} names",
        limit::DESCRIBED
    ))
}

async fn described(caller: &Caller, names: &[&str]) -> Result {
    let (metadata, store) = (caller.store.metadata().await?, &caller.store);
    let mut data = Vec::with_capacity(names.len());
    let mut labels = meta::Labels::new();
    for name in names {
        let Some(object) = metadata.object(name) else { return Ok(Answer::unknown_object(name)) };
        for category in object.fields().iter().filter_map(|field| field.category.as_ref()) {
            if !labels.contains_key(category) {
                labels.insert(category.clone(), store.labels(category).await?);
            }
        }
        data.push(meta::describe(object, &labels, store.mint()));
    }
    Ok(Answer::Objects(data.into()))
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
