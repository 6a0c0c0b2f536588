//! `people export`: writes the rows of a tenant into the files of a directory. It can be killed at
//! any time; the same command goes on where the last durable piece ends.

mod files;
mod pass;
mod people;
mod records;
mod rows;
mod state;
mod summary;
mod writer;

use std::fs::DirBuilder;
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
    print_message(&format!("going on with the export in {directory}"));
    Ok(found)
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
