//! Starts the function.

fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_with(
        Some(people_lambda::Class::Delete),
        people_jobs::Jobs::connect(),
        people_delete::routes,
    )
}
