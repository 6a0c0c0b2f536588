fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(objects_write::RATE_LIMIT_CLASS, objects_write::routes())
}
