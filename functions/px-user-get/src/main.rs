fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_user_get::ROUTE_ACCESS,
        px_user_get::DEADLINE,
        |_| (),
        |()| px_user_get::routes(),
    )
}
