fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        people_async_status::ROUTE_ACCESS,
        people_jobs::Jobs::connect,
        people_async_status::routes,
    )
}
