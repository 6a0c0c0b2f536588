//! Arguments of the commands about schemas, objects, fields and dropdown lists.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::help;
use crate::parsers::TenantId;

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Make a tenant's schema as a file says, after showing what changes
    #[command(after_help = help::schema::APPLY)]
    Apply(ApplyArgs),
    /// Print a tenant's schema as a file
    #[command(after_help = help::schema::EXPORT)]
    Export {
        /// The tenant's id
        tenant: TenantId,
        /// How it is written
        #[arg(long, value_enum, default_value_t = SchemaFormat::Yaml)]
        format: SchemaFormat,
    },
    /// Show what `apply` would change; exit code 1 when that is anything
    #[command(after_help = help::schema::DIFF)]
    Diff {
        /// The tenant's id
        tenant: TenantId,
        /// The schema, in YAML or JSON
        file: PathBuf,
    },
    /// Go on with the indexes that an interrupted `apply` left unfinished
    #[command(after_help = help::schema::INDEX)]
    Index {
        /// The tenant's id
        tenant: TenantId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The tenant's id
    pub(crate) tenant: TenantId,
    /// The schema, in YAML or JSON
    pub(crate) file: PathBuf,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Don't ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// YAML
    Yaml,
    /// JSON
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectCommand {
    /// List the objects, standard and the tenant's own
    #[command(after_help = help::schema::OBJECT_LIST)]
    List {
        /// The tenant's id
        tenant: TenantId,
    },
    /// Show one object and its fields
    #[command(after_help = help::schema::OBJECT_SHOW)]
    Show {
        /// The tenant's id
        tenant: TenantId,
        /// The object's name; case is ignored
        object: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FieldCommand {
    /// List an object's fields
    #[command(after_help = help::schema::FIELD_LIST)]
    List {
        /// The tenant's id
        tenant: TenantId,
        /// The object's name; case is ignored
        object: String,
    },
    /// Show all that is known of one field
    #[command(after_help = help::schema::FIELD_SHOW)]
    Show {
        /// The tenant's id
        tenant: TenantId,
        /// The object's name; case is ignored
        object: String,
        /// The field's name; case is ignored
        field: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DropdownCommand {
    /// List the dropdown lists
    #[command(after_help = help::schema::DROPDOWN_LIST)]
    List {
        /// The tenant's id
        tenant: TenantId,
    },
    /// Show one dropdown list: its labels with the GSID of each
    #[command(after_help = help::schema::DROPDOWN_SHOW)]
    Show {
        /// The tenant's id
        tenant: TenantId,
        /// The list's name; case is ignored
        name: String,
    },
}
