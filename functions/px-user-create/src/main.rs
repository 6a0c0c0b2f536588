fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_user_create::ROUTE_ACCESS,
        px_user_create::DEADLINE,
        |_| (),
        |()| px_user_create::routes(),
    )
}
