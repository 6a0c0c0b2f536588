//! Checks that parts of the repository agree: template.yaml, the folders of functions/, Cargo's packages and what they
//! depend on, the routes that functions handle and those in CargoLambda.toml, the settings of queues, recursion,
//! citations, the glossary, and the quota that README names.

mod citations;
mod glossary;
mod handled_routes;
mod queue_settings;
mod recursion;
mod server_dependents;

use crate::cargo::read_workspace;
use crate::sync;
use anyhow::Result;
use people_template::Template;
use std::collections::BTreeSet;
use std::path::Path;

type NameSet = BTreeSet<String>;

/// The differences, a sentence each.
pub(crate) fn find_problems(root: &Path) -> Result<Vec<String>> {
    let template = Template::read(root)?;
    let expected = template.functions()?.into_iter().map(|function| function.name).collect();
    let mut problems = queue_settings::find_problems(&template)?;
    problems.extend(recursion::find_problems(&template)?);
    problems.extend(citations::find_problems(root)?);
    problems.extend(glossary::find_problems(root)?);
    problems.extend(server_dependents::find_problems(root)?);
    problems.extend(find_differences("functions/", &list_folders(root)?, &expected));
    problems.extend(find_differences(
        "the workspace (package and binary of one name)",
        &list_packages(root)?,
        &expected,
    ));
    problems.extend(handled_routes::find_problems(root, &template)?);
    let (actual, expected) = sync::read_routes_file(root)?;
    if actual != expected {
        problems.push(sync::OUT_OF_DATE.to_owned());
    }
    problems.extend(check_quota(root, &template)?);
    Ok(problems)
}

/// README names the quota to request from Lambda, which follows from the mappings of the queues.
fn check_quota(root: &Path, template: &Template) -> Result<Option<String>> {
    let phrase = format!("up to {} functions at once", template.queue_concurrency()?);
    let is_named = std::fs::read_to_string(root.join("README.md"))?.contains(&phrase);
    Ok((!is_named).then(|| format!("README.md does not say that the queues run {phrase}")))
}

fn list_folders(root: &Path) -> Result<NameSet> {
    let entries = std::fs::read_dir(root.join("functions"))?.collect::<Result<Vec<_>, _>>()?;
    let folders = entries.into_iter().filter(|entry| entry.path().is_dir());
    Ok(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// The packages under functions/ whose folder and binary have the name of the package.
fn list_packages(root: &Path) -> Result<NameSet> {
    let manifest = |name: &str| root.join("functions").join(name).join("Cargo.toml");
    let packages = read_workspace()?.packages.into_iter();
    let valid = packages.filter(|package| {
        package.manifest_path == manifest(&package.name) && package.has_binary(&package.name)
    });
    Ok(valid.map(|package| package.name).collect())
}

fn find_differences(place: &str, actual: &NameSet, expected: &NameSet) -> Vec<String> {
    let missing = expected
        .difference(actual)
        .map(|name| format!("{place} lacks {name}, which template.yaml names"));
    let unexpected = actual
        .difference(expected)
        .map(|name| format!("template.yaml lacks {name}, which {place} has"));
    missing.chain(unexpected).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::PoisonError;

    #[test]
    fn the_repository_is_tidy() {
        let _lock =
            crate::process::PROCESS_TEST_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let problems = find_problems(&crate::paths::workspace_root()).unwrap();
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn differences_are_found_in_both_directions() {
        let actual = NameSet::from(["a".into(), "b".into()]);
        let expected = NameSet::from(["b".into(), "c".into()]);
        let problems =
            ["here lacks c, which template.yaml names", "template.yaml lacks a, which here has"];
        assert_eq!(find_differences("here", &actual, &expected), problems);
    }
}
