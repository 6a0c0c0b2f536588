//! `people person`: list and count, through the table.

mod condition;
mod count;
mod list;
mod matching;

use crate::args::person::PersonCommand;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::CommandOutput;
pub(crate) use condition::FieldCondition;

pub(crate) async fn run(
    global: GlobalArgs,
    command: PersonCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        PersonCommand::List(args) => list::list_people(global, args).await,
        PersonCommand::Count { filter } => count::count_people(global, filter).await,
    }
}
