fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(bulk_upsert::ROUTE_ACCESS, bulk_upsert::routes())
}
