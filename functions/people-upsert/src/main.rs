fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(people_upsert::ROUTE_ACCESS, people_upsert::routes())
}
