fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_routes_with(
        Some(people_lambda::RateLimitClass::Sync),
        people_jobs::Jobs::connect(),
        people_delete_status::routes,
    )
}
