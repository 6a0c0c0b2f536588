fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_attributes::ROUTE_ACCESS,
        px_attributes::DEADLINE,
        |_| (),
        |()| px_attributes::routes(),
    )
}
