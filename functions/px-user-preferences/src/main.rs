fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_user_preferences::ROUTE_ACCESS,
        px_user_preferences::DEADLINE,
        |_| (),
        |()| px_user_preferences::routes(),
    )
}
