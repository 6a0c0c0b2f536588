fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        people_delete_status::ROUTE_ACCESS,
        people_jobs::Jobs::connect,
        people_delete_status::routes,
    )
}
