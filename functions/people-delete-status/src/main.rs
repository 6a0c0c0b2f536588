//! Starts the function.

fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve(Some(people_lambda::Class::Sync), people_delete_status::routes())
}
