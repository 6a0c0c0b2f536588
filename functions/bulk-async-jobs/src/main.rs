fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(bulk_async_jobs::RATE_LIMIT_CLASS, bulk_async_jobs::routes())
}
