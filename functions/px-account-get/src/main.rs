fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_account_get::ROUTE_ACCESS,
        px_account_get::DEADLINE,
        |_| (),
        |()| px_account_get::routes(),
    )
}
