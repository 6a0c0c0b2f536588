fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes(
        Some(people_lambda::RateLimitClass::Sync),
        bulk_async_jobs::routes(),
    )
}
