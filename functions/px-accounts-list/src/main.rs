fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_within(
        px_accounts_list::ROUTE_ACCESS,
        px_accounts_list::DEADLINE,
        |_| (),
        |()| px_accounts_list::routes(),
    )
}
