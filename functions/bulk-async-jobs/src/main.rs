fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(bulk_async_jobs::ROUTE_ACCESS, bulk_async_jobs::routes())
}
