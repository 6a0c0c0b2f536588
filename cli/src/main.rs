//! `people`: the operator's command for tenants, their access keys, schemas and jobs.

mod args;
mod aws_resources;
mod cli;
mod dropdown;
mod error;
mod field;
mod help;
mod import;
mod interrupt;
mod job;
mod key;
mod object;
mod output;
mod parsers;
mod progress;
mod schema;
mod store;
mod tenant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let cli = cli::CommandLine::parse_args();
    let json = cli.global.json;
    output::report_outcome(cli.run().await, json)
}
