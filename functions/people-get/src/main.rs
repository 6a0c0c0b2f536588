fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(people_get::ROUTE_ACCESS, people_get::routes())
}
