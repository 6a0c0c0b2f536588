fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_users_list::ROUTE_ACCESS,
        px_users_list::DEADLINE,
        |_| (),
        |()| px_users_list::routes(),
    )
}
