fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_unserved::ROUTE_ACCESS,
        px_unserved::DEADLINE,
        |_| (),
        |()| px_unserved::routes(),
    )
}
