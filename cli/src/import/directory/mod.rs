//! `people import` of an export: companies, relationships and custom records first, then the people
//! that refer to them. Whatever is there already and equal is not written, so an import that was
//! killed is repeated from its beginning.

mod people;
mod person_refs;
mod records;
mod records_file;
mod result;
mod stored_person;

use std::path::Path;

use people_domain::export::ImportedIds;
use people_domain::schema::metadata::object;
use people_jobs::Jobs;
use people_storage::TenantStore;

use crate::args::export::ExportFormat;
use crate::args::job::ImportArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::export::{ExportState, STATE_FILE};
use crate::output::{CommandOutput, print_message};
use crate::{aws_resources, schema, store};
use person_refs::PersonRefs;
use records_file::RecordsFile;
use result::ImportResult;

const NO_WAIT: &str = "--no-wait is for a single file: an export is imported in steps, each after \
    the one before it";

/// An import of an export.
struct DirectoryImport<'a> {
    directory: &'a Path,
    state: ExportState,
    store: TenantStore,
    jobs: Jobs,
    ids: ImportedIds,
    args: &'a ImportArgs,
}

pub(super) async fn import_directory(
    global: GlobalArgs,
    args: ImportArgs,
) -> Result<CommandOutput, CommandError> {
    if args.no_wait {
        return Err(CommandError::Usage(NO_WAIT));
    }
    let state = open_export(&args.file)?;
    let config = aws_resources::config_for_upload(args.new.clone())?;
    let store = store::open_store_for_passes(global).await?;
    let store = schema::find_tenant_store(&store, args.tenant.as_str()).await?;
    let import = DirectoryImport {
        directory: &args.file,
        ids: ImportedIds::new(store.ids().clone(), &state.id_part),
        state,
        store,
        jobs: aws_resources::connect_jobs(config).await,
        args: &args,
    };
    import.run().await
}

/// The state of an export that can be imported.
fn open_export(directory: &Path) -> Result<ExportState, CommandError> {
    let refuse = |why: &str| Err(CommandError::Refused(format!("{}: {why}", directory.display())));
    match ExportState::load(directory)? {
        None => refuse(&format!("has no {STATE_FILE}; name a file, or the directory of an export")),
        Some(state) if state.format != ExportFormat::Payload => refuse(
            "is an export of JSON lines; `people export --format payload` makes one to import",
        ),
        Some(state) if !state.is_complete => {
            refuse("is an unfinished export; repeat its `people export` first")
        }
        Some(state) => Ok(state),
    }
}

impl DirectoryImport<'_> {
    async fn run(&self) -> Result<CommandOutput, CommandError> {
        let mut result = ImportResult::default();
        let mut refs = PersonRefs::default();
        let objects = self.state.objects.iter().filter(|name| *name != object::PERSON);
        let mut first_steps = Vec::new();
        for name in objects.clone() {
            first_steps.push(self.import_records(name, &mut refs, &mut result).await?);
        }
        let unwritten = self.import_people(&mut refs, &mut result).await?;
        if !refs.is_empty() {
            print_message("Ids of people in fields are written next.");
            self.resolve_person_refs(&mut refs).await?;
            for (name, first) in objects.zip(&first_steps) {
                self.import_record_refs(name, first, &mut refs, &mut result).await?;
            }
            self.import_people_refs(&unwritten, &mut refs, &mut result).await?;
            result.unresolved = refs.unresolved();
        }
        Ok(result.into_output(self.args.tenant.as_str()))
    }

    /// The files of an object.
    fn files_of<'s>(&'s self, object: &'s str) -> impl Iterator<Item = RecordsFile> + 's {
        let files = self.state.files.iter().filter(move |file| file.object == object);
        files.enumerate().map(|(at, file)| RecordsFile::new(at, self.directory.join(&file.name)))
    }
}
