//! `people`: the operator's command for tenants, their access keys, schemas and jobs.

mod args;
mod cli;
mod dropdown;
mod failure;
mod field;
mod help;
mod import;
mod interrupt;
mod job;
mod key;
mod names;
mod object;
mod output;
mod place;
mod progress;
mod schema;
mod store;
mod tenant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let cli = cli::Cli::typed();
    let json = cli.global.json;
    output::finish(cli.run().await, json)
}
