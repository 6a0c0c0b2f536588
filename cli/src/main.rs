//! `people`: the operator's command for tenants and their access keys.

mod args;
mod cli;
mod failure;
mod help;
mod key;
mod names;
mod output;
mod store;
mod tenant;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.global.json;
    output::finish(cli.run().await, json)
}
