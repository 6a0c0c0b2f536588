fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(people_upsert::RATE_LIMIT_CLASS, people_upsert::routes())
}
