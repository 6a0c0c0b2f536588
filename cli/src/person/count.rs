//! `people person count`.

use serde_json::json;

use super::matching::PersonFilter;
use crate::args::person::PersonFilterArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::CommandOutput;
use crate::{schema, store};

pub(super) async fn count_people(
    global: GlobalArgs,
    args: PersonFilterArgs,
) -> Result<CommandOutput, CommandError> {
    let store = store::open_store_for_passes(global).await?;
    let store = schema::find_tenant_store(&store, args.tenant.as_str()).await?;
    let count = if PersonFilter::is_empty(&args) {
        // The store counts by itself.
        store.count_people(|_| {}).await?
    } else {
        let metadata = store.read_metadata().await?;
        let filter = PersonFilter::new(&args, &["Gsid".to_owned()], &store, &metadata).await?;
        let mut count = 0;
        filter
            .read_matches(&store, &metadata, &mut |_, people, _| {
                count += people.len() as u64;
                true
            })
            .await?;
        count
    };
    Ok(CommandOutput::new(json!({ "people": count }), count.to_string()))
}
