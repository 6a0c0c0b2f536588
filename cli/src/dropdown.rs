//! `people dropdown`: list, show.

use futures::{StreamExt, TryStreamExt, stream};
use people_storage::{Store, TenantStore};
use serde::Serialize;

use crate::args::schema::DropdownCommand;
use crate::error::CommandError;
use crate::output::{CommandOutput, format_table};
use crate::schema::find_tenant_store;

/// Lists that are read at the same time.
const CONCURRENCY: usize = 16;

#[derive(Debug, Serialize)]
struct DropdownSummary {
    name: String,
    closed: bool,
    items: usize,
}

#[derive(Debug, Serialize)]
struct DropdownDetails {
    name: String,
    closed: bool,
    items: Vec<DropdownItemSummary>,
}

#[derive(Debug, Serialize)]
struct DropdownItemSummary {
    label: String,
    gsid: String,
}

pub(crate) async fn run(
    store: &Store,
    command: DropdownCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        DropdownCommand::List { tenant } => {
            list_dropdowns(&find_tenant_store(store, tenant.as_str()).await?).await
        }
        DropdownCommand::Show { tenant, name } => {
            show_dropdown(&find_tenant_store(store, tenant.as_str()).await?, &name).await
        }
    }
}

async fn list_dropdowns(store: &TenantStore) -> Result<CommandOutput, CommandError> {
    let lists: Vec<_> = stream::iter(store.read_metadata().await?.categories())
        .map(|(name, closed)| async move {
            let items = store.list_labels(&name).await?.len();
            Ok::<_, CommandError>(DropdownSummary { name, closed, items })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let text = format_dropdowns(&lists);
    Ok(CommandOutput::new(lists, text))
}

async fn show_dropdown(store: &TenantStore, name: &str) -> Result<CommandOutput, CommandError> {
    let categories = store.read_metadata().await?.categories();
    let found = categories.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, closed) = found.ok_or_else(|| {
        let id = &store.tenant().id;
        CommandError::Refused(format!(
            "tenant {id} has no dropdown list {name}; `people dropdown list {id}` shows its lists"
        ))
    })?;
    let mut labels = store.list_labels(&name).await?;
    labels.sort();
    let item = |label: String| DropdownItemSummary {
        gsid: store.ids().dropdown_item_gsid(&name, &label),
        label,
    };
    let items: Vec<_> = labels.into_iter().map(item).collect();
    let text = format_table(
        ["GSID", "LABEL"],
        items.iter().map(|item| [item.gsid.clone(), item.label.clone()]).collect(),
    );
    Ok(CommandOutput::new(DropdownDetails { name, closed, items }, text))
}

fn format_dropdowns(lists: &[DropdownSummary]) -> String {
    let row = |list: &DropdownSummary| {
        let kind = if list.closed { "closed" } else { "open" };
        [list.name.clone(), kind.to_owned(), list.items.to_string()]
    };
    format_table(["DROPDOWN", "KIND", "ITEMS"], lists.iter().map(row).collect())
}
