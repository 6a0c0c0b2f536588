fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(
        people_get_by_email::RATE_LIMIT_CLASS,
        people_get_by_email::routes(),
    )
}
