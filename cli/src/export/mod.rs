//! `people export`: writes the rows of a tenant into the files of a directory. It can be killed at
//! any time; the same command goes on where the last durable piece ends.

mod files;
mod pages;
mod pass;
mod people;
mod px;
mod records;
mod rows;
mod state;
mod summary;
mod writer;

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use people_domain::schema::metadata::Metadata;

use crate::args::export::ExportArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::interrupt::run_interruptible;
use crate::output::{CommandOutput, print_message};
use crate::{schema, store};
use pass::ExportPass;
pub(crate) use state::{ExportState, STATE_FILE};
use summary::summarize_export;

/// The next export begins this long before the present one began. A write takes its stamp before it
/// is stored, at most this long, and clocks of processes differ.
const OVERLAP: Duration = Duration::from_secs(60);

pub(crate) async fn run(
    global: GlobalArgs,
    args: ExportArgs,
) -> Result<CommandOutput, CommandError> {
    let store = store::open_store_for_passes(global).await?;
    let tenant = schema::find_tenant_store(&store, args.tenant.as_str()).await?;
    let metadata = tenant.read_metadata().await?;
    let begun = store.new_stamp().earlier_by(OVERLAP);
    let new = ExportState::new(&args, &tenant, &metadata, begun)?;
    create_directory(&args.directory)?;
    // Held until the export ends.
    let _lock = lock_directory(&args.directory)?;
    let state = open_state(&args, &metadata, new)?;
    let directory = args.directory.clone();
    let advice = || {
        format!(
            "the export is unfinished; the same command goes on with what is in {}",
            directory.display()
        )
    };
    let pass = ExportPass { store: &tenant, metadata: &metadata, directory: &args.directory };
    let state = run_interruptible(pass.run(state), advice).await?;
    Ok(summarize_export(&state, &args.directory))
}

/// The state of an export that is in the directory, or the one to begin.
fn open_state(
    args: &ExportArgs,
    metadata: &Metadata,
    new: ExportState,
) -> Result<ExportState, CommandError> {
    let directory = args.directory.display();
    let Some(found) = ExportState::load(&args.directory)? else {
        if !is_empty(&args.directory)? {
            return Err(CommandError::Refused(format!(
                "{directory} has files and no {STATE_FILE}; name a new directory"
            )));
        }
        return Ok(new);
    };
    if found.is_complete {
        return Err(CommandError::Refused(format!(
            "{directory} holds a complete export; name a new directory"
        )));
    }
    if !found.is_same_export(&new) || !found.fits_metadata(metadata) {
        return Err(CommandError::Refused(format!(
            "{directory} holds an unfinished export of another tenant, with other options or of \
             another schema; repeat its command, or name a new directory"
        )));
    }
    check_files(&args.directory, &found)?;
    print_message(&format!("going on with the export in {directory}"));
    Ok(found)
}

/// Checks that the files have what the export has written so far.
fn check_files(directory: &Path, state: &ExportState) -> Result<(), CommandError> {
    for file in &state.files {
        let path = directory.join(&file.name);
        let bytes = path.metadata().map_err(|error| describe_file_error(&path, &error))?.len();
        if bytes < file.bytes {
            return Err(CommandError::Refused(format!(
                "{} has {bytes} bytes, and the export has written {} to it; name a new directory",
                path.display(),
                file.bytes
            )));
        }
    }
    Ok(())
}

/// Keeps other exports out of the directory for as long as the lock is held.
fn lock_directory(path: &Path) -> Result<File, CommandError> {
    let directory = File::open(path).map_err(|error| describe_file_error(path, &error))?;
    match directory.try_lock() {
        Ok(()) => Ok(directory),
        Err(TryLockError::WouldBlock) => Err(CommandError::Refused(format!(
            "another export is writing to {}; wait until it ends, or name another directory",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(describe_file_error(path, &error)),
    }
}

/// Creates the directory, readable by its owner alone: the files hold personal data.
fn create_directory(path: &Path) -> Result<(), CommandError> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|error| describe_file_error(path, &error))
}

fn is_empty(path: &Path) -> Result<bool, CommandError> {
    let mut entries = path.read_dir().map_err(|error| describe_file_error(path, &error))?;
    Ok(entries.next().is_none())
}

fn describe_file_error(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Refused(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_export_at_a_time_writes_to_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let first = lock_directory(directory.path()).unwrap();
        let Err(CommandError::Refused(text)) = lock_directory(directory.path()) else {
            panic!("two exports have the directory")
        };
        assert!(text.contains("another export"), "{text}");
        drop(first);
        assert!(lock_directory(directory.path()).is_ok());
    }

    #[test]
    fn an_export_goes_on_with_all_that_it_wrote_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = serde_json::json!({ "name": "person.jsonl.gz", "object": "person", "rows": 1,
            "bytes": 10, "plainBytes": 10, "isClosed": false });
        let state = serde_json::json!({ "version": 1, "tenant": "demo", "idPart": "x",
            "format": "jsonl", "objects": ["person"], "since": null, "nextSince": "",
            "isComplete": false, "files": [file], "records": {}, "people": [] });
        let state: ExportState = serde_json::from_value(state).unwrap();
        let path = directory.path().join("person.jsonl.gz");
        for (bytes, is_whole) in [(9, false), (10, true), (11, true)] {
            std::fs::write(&path, vec![0; bytes]).unwrap();
            assert_eq!(check_files(directory.path(), &state).is_ok(), is_whole, "{bytes}");
        }
    }
}
