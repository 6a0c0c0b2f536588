fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_queue(people_jobs::Jobs::connect, split_payload::handle)
}
