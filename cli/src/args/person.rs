//! Arguments of `people person`.

use clap::{Args, Subcommand, ValueEnum};

use crate::help;
use crate::parsers::TenantId;
use crate::person::FieldCondition;

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// List people, those who meet all conditions
    #[command(after_help = help::person::LIST)]
    List(PersonListArgs),
    /// Count people, those who meet all conditions
    #[command(after_help = help::person::COUNT)]
    Count {
        #[command(flatten)]
        filter: PersonFilterArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PersonFilterArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// Only people of this company: its Gsid or its name
    #[arg(long, value_name = "COMPANY")]
    pub(crate) company: Option<String>,
    /// Only people whose field has this value; also with !=, <, <=, >, >= or ~ (contains)
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub(crate) conditions: Vec<FieldCondition>,
}

#[derive(Debug, Args)]
pub(crate) struct PersonListArgs {
    #[command(flatten)]
    pub(crate) filter: PersonFilterArgs,
    /// The fields to print, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    #[arg(default_values = ["Gsid", "Email", "Name"])]
    pub(crate) fields: Vec<String>,
    /// The most people to list, up to 10000
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) limit: u16,
    /// How they are printed
    #[arg(long, value_enum, default_value_t = PersonFormat::Table)]
    pub(crate) format: PersonFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PersonFormat {
    /// Columns for people to read
    Table,
    /// One JSON document a line, values as a query of the API answers them
    Jsonl,
}
