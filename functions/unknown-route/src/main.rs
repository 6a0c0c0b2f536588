fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(unknown_route::ROUTE_ACCESS, unknown_route::routes())
}
