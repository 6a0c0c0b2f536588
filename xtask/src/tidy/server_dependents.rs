//! No function depends on the server of one process, so that none has its embedded store in it.

use crate::cargo::{Package, read_workspace};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The crate with the embedded store.
const SERVER: &str = "people-server";

/// A sentence for each function that depends on it.
pub(super) fn find_problems(root: &Path) -> Result<Vec<String>> {
    let packages = read_workspace()?.packages;
    let by_name: BTreeMap<_, _> =
        packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let functions = root.join("functions");
    let functions = packages.iter().filter(|package| package.manifest_path.starts_with(&functions));
    let dependents = functions.filter(|function| depends_on(function, SERVER, &by_name));
    Ok(dependents.map(|function| format!("{} depends on {SERVER}", function.name)).collect())
}

/// Whether a package is linked with another one of the workspace, whether directly or not.
fn depends_on(package: &Package, wanted: &str, by_name: &BTreeMap<&str, &Package>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![package]);
    while let Some(package) = open.pop() {
        for name in package.linked_dependencies().filter(|name| by_name.contains_key(name)) {
            if name == wanted {
                return true;
            }
            if seen.insert(name) {
                open.extend(by_name.get(name).copied());
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The operator's command has the server: the same look finds it there.
    #[test]
    fn a_dependent_is_found() {
        let packages = read_workspace().unwrap().packages;
        let by_name: BTreeMap<_, _> =
            packages.iter().map(|package| (package.name.as_str(), package)).collect();
        assert!(depends_on(by_name["people-cli"], SERVER, &by_name));
        assert!(depends_on(by_name["people-cli"], "people-domain", &by_name));
        assert!(!depends_on(by_name["people-get"], SERVER, &by_name));
    }
}
