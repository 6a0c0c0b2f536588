fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_account_update::ROUTE_ACCESS,
        px_account_update::DEADLINE,
        |_| (),
        |()| px_account_update::routes(),
    )
}
