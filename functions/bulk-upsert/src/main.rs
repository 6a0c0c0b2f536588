fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(bulk_upsert::RATE_LIMIT_CLASS, bulk_upsert::routes())
}
