//! The state of an export, a file beside its files: what is durable, and where each pass goes on.
//! Of a complete export it is the table of contents.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use people_domain::ids::stamp::Stamp;
use people_domain::px::PxObject;
use people_domain::schema::metadata::{Metadata, object};
use people_storage::{PeoplePosition, TenantStore};
use serde::{Deserialize, Serialize};

use super::describe_file_error;
use crate::args::export::{ExportArgs, ExportFormat};
use crate::atomic_file::AtomicFile;
use crate::error::CommandError;
use crate::output::format_time;

/// The file's name.
pub(crate) const STATE_FILE: &str = "export.json";

/// The version of the file's form.
const VERSION: u32 = 1;

/// How far a partition or an object was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Progress<P> {
    #[default]
    Unread,
    At(P),
    Done,
}

impl<P> Progress<P> {
    /// The progress after a page whose successor begins at `next`.
    pub(super) fn after_page(next: Option<P>) -> Self {
        next.map_or(Self::Done, Self::At)
    }
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedFile {
    pub(crate) name: String,
    pub(crate) object: String,
    pub(crate) rows: u64,
    /// Bytes that are durable; what follows them is cut off when the export goes on.
    pub(crate) bytes: u64,
    pub(crate) plain_bytes: u64,
    /// Whether no more rows are written to it.
    pub(crate) is_closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportState {
    version: u32,
    pub(crate) tenant: String,
    /// The tenant's share of all ids in the files.
    pub(crate) id_part: String,
    pub(crate) format: ExportFormat,
    pub(crate) objects: Vec<String>,
    since: Option<String>,
    /// The time from which the next export has to read.
    pub(crate) next_since: String,
    pub(crate) is_complete: bool,
    pub(crate) files: Vec<ExportedFile>,
    pub(crate) records: BTreeMap<String, Progress<String>>,
    /// By number of the partition.
    pub(crate) people: Vec<Progress<PeoplePosition>>,
}

impl ExportState {
    /// The state of an export that begins; `begun` is what the next export reads from.
    pub(super) fn new(
        args: &ExportArgs,
        tenant: &TenantStore,
        metadata: &Metadata,
        begun: Stamp,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            version: VERSION,
            tenant: args.tenant.to_string(),
            id_part: tenant.ids().tenant_part().to_owned(),
            format: args.format,
            objects: choose_objects(args, metadata)?,
            since: args.since.map(|since| since.as_str().to_owned()),
            next_since: format_time(begun.millis()),
            is_complete: false,
            files: Vec::new(),
            records: BTreeMap::new(),
            people: vec![Progress::Unread; tenant.people_partition_count()],
        })
    }

    /// Reads the state of an export; `None` if the directory holds none.
    pub(crate) fn load(directory: &Path) -> Result<Option<Self>, CommandError> {
        let path = directory.join(STATE_FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(describe_file_error(&path, &error)),
        };
        let state: Option<Self> = serde_json::from_slice(&text).ok();
        let state = state.filter(|state| state.version == VERSION);
        state.map(Some).ok_or_else(|| {
            CommandError::Refused(format!("{}: is no state of an export", path.display()))
        })
    }

    /// Replaces the state in the directory.
    pub(super) fn save(&self, directory: &Path) -> std::io::Result<()> {
        let mut file = AtomicFile::new(&directory.join(STATE_FILE))?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.commit()
    }

    /// Whether another state is of an export with the same tenant and options.
    pub(super) fn is_same_export(&self, other: &Self) -> bool {
        let options = |state: &Self| {
            (state.id_part.clone(), state.format, state.objects.clone(), state.since.clone())
        };
        options(self) == options(other)
    }

    /// Whether all objects of the export still exist.
    pub(super) fn fits_metadata(&self, metadata: &Metadata) -> bool {
        let is_px = |name: &str| PxObject::from_schema_name(name).is_some();
        self.objects.iter().all(|name| is_px(name) || metadata.object(name).is_some())
    }

    pub(super) fn since(&self) -> Option<Stamp> {
        self.since.as_deref().and_then(Stamp::parse)
    }

    pub(super) fn has_object(&self, name: &str) -> bool {
        self.objects.iter().any(|object| object == name)
    }

    /// Whether every pass is at its end.
    pub(super) fn has_read_all(&self) -> bool {
        let is_people = |name: &&String| PEOPLE_OBJECTS.contains(&name.as_str());
        let mut records = self.objects.iter().filter(|name| !is_people(name));
        let is_read = |name| self.records.get(name) == Some(&Progress::Done);
        let mut people = self.people.iter();
        records.all(is_read)
            && (!self.reads_people() || people.all(|progress| *progress == Progress::Done))
    }

    /// Whether people are read.
    pub(super) fn reads_people(&self) -> bool {
        PEOPLE_OBJECTS.iter().any(|name| self.has_object(name))
    }
}

/// The objects whose rows are read from people.
const PEOPLE_OBJECTS: [&str; 3] =
    [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON];

/// The objects to export, records before the people that refer to them.
fn choose_objects(args: &ExportArgs, metadata: &Metadata) -> Result<Vec<String>, CommandError> {
    let mut custom: Vec<_> = metadata.objects().filter(|object| object.custom).collect();
    custom.sort_by(|a, b| a.name.cmp(&b.name));
    let people = match args.format {
        ExportFormat::Jsonl => &PEOPLE_OBJECTS[..],
        ExportFormat::Payload => &[object::PERSON],
    };
    // Gainsight PX has no payload form.
    let px = match args.format {
        ExportFormat::Jsonl => &[object::PX_ACCOUNT, object::PX_USER][..],
        ExportFormat::Payload => &[],
    };
    let all: Vec<&str> = [object::COMPANY, object::RELATIONSHIP]
        .into_iter()
        .chain(custom.iter().map(|object| object.name.as_str()))
        .chain(px.iter().copied())
        .chain(people.iter().copied())
        .collect();
    let wanted: Vec<_> = args.objects.iter().map(|name| name.trim().to_lowercase()).collect();
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(&name.as_str())) {
        return Err(CommandError::Refused(format!(
            "--objects {unknown} is none of the tenant's: {}{}",
            all.join(", "),
            if args.format == ExportFormat::Payload {
                "; in payloads associations are within their people"
            } else {
                ""
            }
        )));
    }
    let is_wanted = |name: &&str| wanted.is_empty() || wanted.iter().any(|own| own == name);
    Ok(all.into_iter().filter(is_wanted).map(str::to_owned).collect())
}
