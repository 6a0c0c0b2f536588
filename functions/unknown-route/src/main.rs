fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(None, unknown_route::routes())
}
