//! The command line: global options and the dispatch of each command.

use std::ffi::OsString;

use clap::builder::{NonEmptyStringValueParser, Resettable};
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::export::ExportArgs;
use crate::args::job::{ImportArgs, JobCommand};
use crate::args::person::PersonCommand;
use crate::args::schema::{DropdownCommand, FieldCommand, ObjectCommand, SchemaCommand};
#[cfg(feature = "serve")]
use crate::args::serve::ServeArgs;
use crate::args::{KeyCommand, TenantCommand};
use crate::error::CommandError;
use crate::output::CommandOutput;
#[cfg(feature = "serve")]
use crate::serve;
use crate::{
    dropdown, export, field, help, import, job, key, object, parsers, person, schema, store, tenant,
};

#[derive(Debug, Parser)]
#[command(name = "people", version, about = "Manage the tenants of a People API")]
#[command(long_about = help::ABOUT, after_help = help::ROOT)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    command: TopLevelCommand,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Where DynamoDB answers, when not at the region's own endpoint
    #[arg(long, global = true, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB")]
    #[arg(value_parser = parsers::parse_url)]
    pub(crate) endpoint_url: Option<String>,
    /// The service's table
    #[arg(long, global = true, value_name = "NAME", env = "TABLE_NAME")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) table: Option<String>,
    /// Answer with one JSON document on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
enum TopLevelCommand {
    /// Run the whole service in this process
    #[cfg(feature = "serve")]
    #[command(after_help = help::serve::SERVE)]
    Serve(ServeArgs),
    /// Create, look at and change tenants
    #[command(subcommand, after_help = help::TENANT)]
    Tenant(TenantCommand),
    /// Create, list and revoke access keys
    #[command(subcommand, after_help = help::KEY)]
    Key(KeyCommand),
    /// Apply, export and compare a tenant's schema
    #[command(subcommand, after_help = help::schema::SCHEMA)]
    Schema(SchemaCommand),
    /// Look at a tenant's objects
    #[command(subcommand, after_help = help::schema::OBJECT)]
    Object(ObjectCommand),
    /// Look at an object's fields
    #[command(subcommand, after_help = help::schema::FIELD)]
    Field(FieldCommand),
    /// Look at a tenant's dropdown lists
    #[command(subcommand, after_help = help::schema::DROPDOWN)]
    Dropdown(DropdownCommand),
    /// Send a file of people, and wait until they are written
    #[command(after_help = help::job::IMPORT)]
    Import(ImportArgs),
    /// List and count a tenant's people
    #[command(subcommand, after_help = help::person::PERSON)]
    Person(PersonCommand),
    /// Write a tenant's people, companies and other records into files
    #[command(after_help = help::export::EXPORT)]
    Export(ExportArgs),
    /// List, show, wait for and repeat jobs
    #[command(subcommand, after_help = help::job::JOB)]
    Job(JobCommand),
}

impl CommandLine {
    /// Parses the process's arguments. A usage error is printed and ends the process.
    pub(crate) fn parse_args() -> Self {
        let command = set_plain_usage(ignore_empty_variables(Self::command()));
        let matches = command.get_matches_from(drop_separator(std::env::args_os()));
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Whether the command serves many callers at once.
    pub(crate) fn is_server(&self) -> bool {
        #[cfg(feature = "serve")]
        if matches!(self.command, TopLevelCommand::Serve(_)) {
            return true;
        }
        false
    }

    pub(crate) async fn run(self) -> Result<CommandOutput, CommandError> {
        let open = || store::open_store(self.global.clone());
        match self.command {
            #[cfg(feature = "serve")]
            TopLevelCommand::Serve(args) => serve::run(args, self.global.json).await,
            TopLevelCommand::Tenant(command) => tenant::run(&open().await?, command).await,
            TopLevelCommand::Key(command) => key::run(&open().await?, command).await,
            TopLevelCommand::Schema(command) => schema::run(&open().await?, command).await,
            TopLevelCommand::Object(command) => object::run(&open().await?, command).await,
            TopLevelCommand::Field(command) => field::run(&open().await?, command).await,
            TopLevelCommand::Dropdown(command) => dropdown::run(&open().await?, command).await,
            // These open the store later, so that other missing settings are reported first.
            TopLevelCommand::Import(command) => import::run(self.global, command).await,
            TopLevelCommand::Person(command) => person::run(self.global, command).await,
            TopLevelCommand::Export(args) => export::run(self.global, args).await,
            TopLevelCommand::Job(command) => job::run(self.global, command).await,
        }
    }
}

/// Drops a `--` before the command: the alias `cargo people` ends with one.
fn drop_separator(typed: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    typed
        .enumerate()
        .filter(|(at, argument)| *at != 1 || argument != "--")
        .map(|(_, argument)| argument)
}

/// Replaces usage lines that depend on what was typed or set: clap would show each option that a
/// variable sets as one that must be given.
fn set_plain_usage(mut command: clap::Command) -> clap::Command {
    command.build();
    fix_usage(command)
}

fn fix_usage(mut command: clap::Command) -> clap::Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    command.override_usage(usage).mut_subcommands(fix_usage)
}

/// Ignores variables that are empty: emptying a variable is a common way to unset it.
fn ignore_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    let set = |arg: Arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg };
    command.mut_args(set).mut_subcommands(ignore_empty_variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_separator_before_the_command_is_left_out() {
        let without = |words: &str| {
            let typed = words.split(' ').map(OsString::from);
            drop_separator(typed).collect::<Vec<_>>().join(" ".as_ref())
        };
        for (typed, expected) in [
            ("people -- tenant list", "people tenant list"),
            ("people tenant list", "people tenant list"),
            ("people -- -- tenant list", "people -- tenant list"),
            ("people job results -- acme", "people job results -- acme"),
            ("people --", "people"),
        ] {
            assert_eq!(without(typed), expected, "{typed}");
        }
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n  people "), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&CommandLine::command());
    }
}
