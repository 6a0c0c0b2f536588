fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_identify::ROUTE_ACCESS,
        px_identify::DEADLINE,
        |_| (),
        |()| px_identify::routes(),
    )
}
