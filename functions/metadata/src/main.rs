fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(metadata::RATE_LIMIT_CLASS, metadata::routes())
}
