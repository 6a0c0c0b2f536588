fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(objects_delete::RATE_LIMIT_CLASS, objects_delete::routes())
}
