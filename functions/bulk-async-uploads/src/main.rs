fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        Some(people_lambda::RateLimitClass::Async),
        people_jobs::Jobs::connect(),
        bulk_async_uploads::routes,
    )
}
