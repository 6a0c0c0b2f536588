//! The functions with routes, by the names of their binaries.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use people_jobs::Jobs;
use people_lambda::build_app;
use people_storage::Store;

/// Builds every function with routes. A call is answered with 503 after `deadline`, unless the
/// function has one of its own.
pub(crate) fn build_http_functions(
    store: &Store,
    jobs: &Jobs,
    deadline: Duration,
) -> BTreeMap<&'static str, Router> {
    let app = |access, own_deadline: Option<Duration>, routes| {
        build_app(store, own_deadline.unwrap_or(deadline), access, routes)
    };
    let snapshots = &jobs.query_snapshots();
    macro_rules! functions {
        ($($name:literal: $function:ident($($argument:expr)?) $(within $deadline:expr)?;)*) => {
            BTreeMap::from([$((
                $name,
                app(
                    $function::ROUTE_ACCESS,
                    [$($deadline)?].first().copied(),
                    $function::routes($($argument.clone())?),
                ),
            )),*])
        };
    }
    functions! {
        "bulk-async-jobs": bulk_async_jobs();
        "bulk-async-results": bulk_async_results(jobs);
        "bulk-async-status": bulk_async_status(jobs);
        "bulk-async-uploads": bulk_async_uploads(jobs);
        "bulk-async-upsert": bulk_async_upsert(jobs);
        "bulk-upsert": bulk_upsert();
        "metadata": metadata();
        "objects-delete": objects_delete();
        "objects-query": objects_query(snapshots) within objects_query::DEADLINE;
        "objects-write": objects_write();
        "people-async-status": people_async_status(jobs);
        "people-async-upsert": people_async_upsert(jobs);
        "people-delete": people_delete(jobs);
        "people-delete-status": people_delete_status(jobs);
        "people-get": people_get();
        "people-get-by-email": people_get_by_email();
        "people-upsert": people_upsert();
        "px-account-create": px_account_create() within px_account_create::DEADLINE;
        "px-account-get": px_account_get() within px_account_get::DEADLINE;
        "px-account-update": px_account_update() within px_account_update::DEADLINE;
        "px-accounts-list": px_accounts_list() within px_accounts_list::DEADLINE;
        "px-attributes": px_attributes() within px_attributes::DEADLINE;
        "px-events": px_events() within px_events::DEADLINE;
        "px-identify": px_identify() within px_identify::DEADLINE;
        "px-unserved": px_unserved() within px_unserved::DEADLINE;
        "px-user-create": px_user_create() within px_user_create::DEADLINE;
        "px-user-delete": px_user_delete() within px_user_delete::DEADLINE;
        "px-user-get": px_user_get() within px_user_get::DEADLINE;
        "px-user-preferences": px_user_preferences() within px_user_preferences::DEADLINE;
        "px-user-update": px_user_update() within px_user_update::DEADLINE;
        "px-users-list": px_users_list() within px_users_list::DEADLINE;
        "unknown-route": unknown_route();
    }
}
