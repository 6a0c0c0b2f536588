//! `people`: the operator's command for tenants, their access keys, schemas and jobs.

mod args;
mod atomic_file;
mod aws_resources;
mod cli;
mod dropdown;
mod error;
mod export;
mod field;
mod help;
mod import;
mod interrupt;
mod job;
mod key;
mod object;
mod output;
mod parsers;
mod pass_progress;
mod person;
mod progress;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod store;
mod tenant;

use std::process::ExitCode;

use tokio::runtime::Builder;

fn main() -> ExitCode {
    let cli = cli::CommandLine::parse_args();
    let json = cli.global.json;
    let mut builder =
        if cli.is_server() { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    #[cfg(feature = "serve")]
    builder.thread_stack_size(people_server::THREAD_STACK_BYTES);
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::report_start_error(&error),
    };
    let outcome = runtime.block_on(cli.run());
    // Work that can't be interrupted ends with the process.
    runtime.shutdown_background();
    output::report_outcome(outcome, json)
}
