fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_long_routes(
        objects_query::RATE_LIMIT_CLASS,
        objects_query::DEADLINE,
        people_jobs::QuerySnapshots::connect,
        objects_query::routes,
    )
}
