fn main() -> Result<(), people_lambda::Error> {
    people_lambda::serve_queue(people_jobs::Jobs::connect, settle_dead_letter::handle)
}
