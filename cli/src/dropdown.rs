//! `people dropdown`: list, show.

use futures::{StreamExt, TryStreamExt, stream};
use people_storage::{Store, TenantStore};
use serde::Serialize;

use crate::args::schema::DropdownCommand;
use crate::failure::Failure;
use crate::output::{Answer, table};
use crate::schema::of;

/// Lists read at once.
const READS: usize = 16;

/// What is shown of a list.
#[derive(Debug, Serialize)]
struct Summary {
    name: String,
    closed: bool,
    items: usize,
}

/// A list with its items.
#[derive(Debug, Serialize)]
struct Whole {
    name: String,
    closed: bool,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    label: String,
    gsid: String,
}

pub(crate) async fn run(store: &Store, command: DropdownCommand) -> Result<Answer, Failure> {
    match command {
        DropdownCommand::List { tenant } => list(&of(store, tenant.as_str()).await?).await,
        DropdownCommand::Show { tenant, name } => {
            show(&of(store, tenant.as_str()).await?, &name).await
        }
    }
}

async fn list(store: &TenantStore) -> Result<Answer, Failure> {
    let lists: Vec<_> = stream::iter(store.metadata().await?.categories())
        .map(|(name, closed)| async move {
            let items = store.labels(&name).await?.len();
            Ok::<_, Failure>(Summary { name, closed, items })
        })
        .buffered(READS)
        .try_collect()
        .await?;
    let text = rows(&lists);
    Ok(Answer::new(lists, text))
}

async fn show(store: &TenantStore, name: &str) -> Result<Answer, Failure> {
    let categories = store.metadata().await?.categories();
    let found = categories.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, closed) = found.ok_or_else(|| {
        let id = &store.tenant().id;
        Failure::Refused(format!(
            "tenant {id} has no dropdown list {name}; `people dropdown list {id}` shows its lists"
        ))
    })?;
    let mut labels = store.labels(&name).await?;
    labels.sort();
    let item = |label: String| Item { gsid: store.mint().dropdown_item(&name, &label), label };
    let items: Vec<_> = labels.into_iter().map(item).collect();
    let text = table(
        ["GSID", "LABEL"],
        items.iter().map(|item| [item.gsid.clone(), item.label.clone()]).collect(),
    );
    Ok(Answer::new(Whole { name, closed, items }, text))
}

fn rows(lists: &[Summary]) -> String {
    let row = |list: &Summary| {
        let kind = if list.closed { "closed" } else { "open" };
        [list.name.clone(), kind.to_owned(), list.items.to_string()]
    };
    table(["DROPDOWN", "KIND", "ITEMS"], lists.iter().map(row).collect())
}
