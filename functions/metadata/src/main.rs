fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(metadata::ROUTE_ACCESS, metadata::routes())
}
