fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(objects_write::ROUTE_ACCESS, objects_write::routes())
}
