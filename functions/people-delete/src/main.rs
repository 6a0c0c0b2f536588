fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        people_delete::ROUTE_ACCESS,
        people_jobs::Jobs::connect,
        people_delete::routes,
    )
}
