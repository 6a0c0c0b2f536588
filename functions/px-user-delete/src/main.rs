fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_user_delete::ROUTE_ACCESS,
        px_user_delete::DEADLINE,
        |_| (),
        |()| px_user_delete::routes(),
    )
}
