//! Arguments of `people export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use people_domain::ids::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::parsers::{self, TenantId};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// The directory to write to: a new or empty one, or that of an export to go on with
    pub(crate) directory: PathBuf,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub(crate) format: ExportFormat,
    /// Only these objects, by their names with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) objects: Vec<String>,
    /// Only what changed since this time, as an earlier export printed it
    #[arg(long, value_name = "TIME", value_parser = parsers::parse_moment)]
    pub(crate) since: Option<Stamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    /// One row a line with all its fields: a file for each object
    Jsonl,
    /// The form that `people import` takes again, associations within their people
    Payload,
}
