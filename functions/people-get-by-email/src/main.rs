fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(people_get_by_email::ROUTE_ACCESS, people_get_by_email::routes())
}
