fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(objects_delete::ROUTE_ACCESS, objects_delete::routes())
}
