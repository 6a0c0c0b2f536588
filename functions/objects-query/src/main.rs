fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        objects_query::ROUTE_ACCESS,
        objects_query::DEADLINE,
        people_jobs::QuerySnapshots::connect,
        objects_query::routes,
    )
}
