fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(objects_query::RATE_LIMIT_CLASS, objects_query::routes())
}
