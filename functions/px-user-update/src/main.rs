fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_user_update::ROUTE_ACCESS,
        px_user_update::DEADLINE,
        |_| (),
        |()| px_user_update::routes(),
    )
}
