fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(people_get::RATE_LIMIT_CLASS, people_get::routes())
}
