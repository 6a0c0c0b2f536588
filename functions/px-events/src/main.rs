fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_events::ROUTE_ACCESS,
        px_events::DEADLINE,
        |_| (),
        |()| px_events::routes(),
    )
}
