fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_account_create::ROUTE_ACCESS,
        px_account_create::DEADLINE,
        |_| (),
        |()| px_account_create::routes(),
    )
}
