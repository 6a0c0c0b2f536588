fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(unknown_route::RATE_LIMIT_CLASS, unknown_route::routes())
}
