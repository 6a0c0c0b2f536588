//! `GET` and `POST` below `meta/services`: lists a tenant's objects, describes them, and returns
//! dropdown lists (contract: metadata).

use axum::routing::{get, post};
use people_lambda::domain::code::Code;
use people_lambda::domain::ignored::IgnoredNames;
use people_lambda::domain::response::meta;
use people_lambda::domain::{limit, lookup};
use people_lambda::{
    ApiError, ApiResponse, Caller, JsonBody, PathParam, RateLimitClass, Result, RouteAccess, Routes,
};
use serde_json::Value as Json;

/// The keys that are valid here, and the limits that the calls count towards.
pub const ROUTE_ACCESS: Option<RouteAccess> = Some(RouteAccess::people(RateLimitClass::Sync));

pub fn routes() -> Routes {
    Routes::new()
        .route("/v1/meta/services/objects/list", get(list_objects))
        .route("/v1/meta/services/objects", post(list_objects))
        .route("/v1/meta/services/objects/describe", post(describe_named_objects))
        .route("/v1/meta/services/objects/{object}/describe", get(describe_object))
        .route("/v1/meta/services/dropdowns/{categoryId}", get(get_dropdown))
}

async fn list_objects(caller: Caller) -> Result {
    let metadata = caller.store.read_metadata().await?;
    Ok(ApiResponse::Objects(meta::list_objects(&metadata)))
}

async fn describe_object(caller: Caller, PathParam(object): PathParam) -> Result {
    describe_objects(&caller, &[&object]).await
}

/// Names under which clients send the names of objects.
const OBJECT_NAME_KEYS: [&str; 4] = ["objectName", "object", "objectNames", "objects"];

async fn describe_named_objects(caller: Caller, JsonBody(body): JsonBody) -> Result {
    caller.report_ignored(IgnoredNames::of_body(&body, &OBJECT_NAME_KEYS));
    let get = |key| body.as_object().and_then(|map| lookup::get_member(map, key));
    let names = match OBJECT_NAME_KEYS.into_iter().find_map(get) {
        Some(Json::Array(list)) => list.iter().map(Json::as_str).collect(),
        name => name.and_then(Json::as_str).map(|name| vec![name]),
    };
    let names = names.filter(|names| (1..=limit::DESCRIBE_OBJECTS_MAX).contains(&names.len()));
    describe_objects(&caller, &names.ok_or_else(invalid_names_error)?).await
}

fn invalid_names_error() -> ApiError {
    ApiError::bad_request(format!(
        "The body takes {{\"objectName\":\"…\"}} or {{\"objectNames\":[…]}} with 1 to {} names",
        limit::DESCRIBE_OBJECTS_MAX
    ))
}

async fn describe_objects(caller: &Caller, names: &[&str]) -> Result {
    let (metadata, store) = (caller.store.read_metadata().await?, &caller.store);
    let mut data = Vec::with_capacity(names.len());
    let mut labels = meta::LabelsByCategory::new();
    for name in names {
        let Some(object) = metadata.object(name) else {
            return Ok(ApiResponse::unknown_object(name));
        };
        for category in object.fields().iter().filter_map(|field| field.category.as_ref()) {
            if !labels.contains_key(category) {
                labels.insert(category.clone(), store.list_labels(category).await?);
            }
        }
        data.push(meta::describe_object(object, &labels, store.ids()));
    }
    Ok(ApiResponse::Objects(data.into()))
}

async fn get_dropdown(caller: Caller, PathParam(category): PathParam) -> Result {
    let metadata = caller.store.read_metadata().await?;
    let tenant_ids = caller.store.ids();
    let mut categories = metadata.categories().into_iter();
    let found = categories.find(|(name, _)| {
        meta::category_id(tenant_ids, name) == category || name.eq_ignore_ascii_case(&category)
    });
    let (name, closed) = found.ok_or(ApiError::Code(Code::PicklistCategory))?;
    let labels = caller.store.list_labels(&name).await?;
    Ok(ApiResponse::Objects(meta::render_dropdown_list(&name, closed, labels, tenant_ids)))
}
