//! Writes what has to be repeated elsewhere: the routes of template.yaml into Cargo.toml, for `cargo lambda watch`.

use crate::root::root;
use crate::template::Template;
use crate::{house, router};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table};

/// Where the router stands in Cargo.toml; every table above it is only a name.
const PARENTS: [&str; 4] = ["workspace", "metadata", "lambda", "watch"];

const NOTE: &str = "\n# Written by `cargo xtask sync` from template.yaml.\n";

pub(crate) fn run(check: bool) -> Result<u8> {
    let root = root();
    let path = root.join("Cargo.toml");
    let (now, due) = texts(&root)?;
    if now != due {
        ensure!(
            !check,
            "Cargo.toml does not have the routes of template.yaml; run `cargo xtask sync`"
        );
        std::fs::write(&path, due)?;
        println!("wrote the routes of template.yaml into Cargo.toml");
    }
    let problems = house::problems(&root)?;
    ensure!(problems.is_empty(), "{}", problems.join("\nerror: "));
    Ok(0)
}

/// Cargo.toml as it is, and as template.yaml wants it.
pub(crate) fn texts(root: &Path) -> Result<(String, String)> {
    let now = std::fs::read_to_string(root.join("Cargo.toml")).context("can't read Cargo.toml")?;
    let due = with_router(&now, router::table(&Template::read(root)?.functions()?))?;
    Ok((now, due))
}

fn with_router(manifest: &str, mut router: Table) -> Result<String> {
    let mut document: DocumentMut = manifest.parse().context("Cargo.toml is not TOML")?;
    router.decor_mut().set_prefix(NOTE);
    // After every other table.
    router.set_position(Some(isize::MAX));
    let mut table = document.as_table_mut();
    for parent in PARENTS {
        let item = table.entry(parent).or_insert_with(|| implicit().into());
        table = item
            .as_table_mut()
            .with_context(|| format!("{parent} in Cargo.toml is not a table"))?;
    }
    table.insert("router", Item::Table(router));
    Ok(document.to_string())
}

fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_router_is_replaced() {
        let before = "[workspace]\nmembers = []\n\n[profile.dev]\ndebug = 1 # why\n";
        let mut router = Table::new();
        router.insert("/", toml_edit::value("old"));
        let once = with_router(before, router.clone()).unwrap();
        assert_eq!(
            once,
            format!("{before}{NOTE}[workspace.metadata.lambda.watch.router]\n\"/\" = \"old\"\n")
        );
        assert_eq!(with_router(&once, router).unwrap(), once);
        let mut other = Table::new();
        other.insert("/x", toml_edit::value("new"));
        assert_eq!(
            with_router(&once, other).unwrap(),
            once.replace("\"/\" = \"old\"", "\"/x\" = \"new\"")
        );
    }
}
