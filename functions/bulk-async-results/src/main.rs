fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        bulk_async_results::ROUTE_ACCESS,
        people_jobs::Jobs::connect,
        bulk_async_results::routes,
    )
}
