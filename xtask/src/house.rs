//! The house in order: template.yaml, the folders of functions/, Cargo's packages and the routes of
//! `cargo lambda watch` name the same functions, each queue is held as it must be, those functions
//! allow recursion that feed themselves, and README tells the quota that they need.

mod citations;
mod queues;
mod recursion;

use crate::cargo::workspace;
use crate::sync;
use crate::template::Template;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

type Names = BTreeSet<String>;

/// What differs, a sentence each.
pub(crate) fn problems(root: &Path) -> Result<Vec<String>> {
    let template = Template::read(root)?;
    let named = template.functions()?.into_iter().map(|function| function.name).collect();
    let mut problems = queues::problems(&template)?;
    problems.extend(recursion::problems(&template)?);
    problems.extend(citations::problems(root)?);
    problems.extend(differences("functions/", &folders(root)?, &named));
    problems.extend(differences(
        "the workspace (package and binary of one name)",
        &packages(root)?,
        &named,
    ));
    let (now, due) = sync::texts(root)?;
    if now != due {
        problems.push(
            "Cargo.toml does not have the routes of template.yaml; run `cargo xtask sync`"
                .to_owned(),
        );
    }
    problems.extend(quota(root, &template)?);
    Ok(problems)
}

/// README tells which quota to ask Lambda for, which follows from the mappings of the queues.
fn quota(root: &Path, template: &Template) -> Result<Option<String>> {
    let due = format!("up to {} functions at once", template.queue_concurrency()?);
    let is_told = std::fs::read_to_string(root.join("README.md"))?.contains(&due);
    Ok((!is_told).then(|| format!("README.md does not say that the queues run {due}")))
}

fn folders(root: &Path) -> Result<Names> {
    let entries = std::fs::read_dir(root.join("functions"))?.collect::<Result<Vec<_>, _>>()?;
    let folders = entries.into_iter().filter(|entry| entry.path().is_dir());
    Ok(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Packages under functions/ whose folder and binary have the package's name.
fn packages(root: &Path) -> Result<Names> {
    let folder = |name: &str| root.join("functions").join(name).join("Cargo.toml");
    let packages = workspace()?.packages.into_iter();
    let sound = packages.filter(|package| {
        package.manifest_path == folder(&package.name) && package.has_binary(&package.name)
    });
    Ok(sound.map(|package| package.name).collect())
}

fn differences(place: &str, found: &Names, named: &Names) -> Vec<String> {
    let lacks = named
        .difference(found)
        .map(|name| format!("{place} lacks {name}, which template.yaml names"));
    let extra = found
        .difference(named)
        .map(|name| format!("template.yaml lacks {name}, which {place} has"));
    lacks.chain(extra).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::PoisonError;

    #[test]
    fn the_house_is_in_order() {
        let _alone = crate::process::ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(problems(&crate::root::root()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn each_side_is_missed() {
        let (one, two) =
            (Names::from(["a".into(), "b".into()]), Names::from(["b".into(), "c".into()]));
        let expected =
            ["here lacks c, which template.yaml names", "template.yaml lacks a, which here has"];
        assert_eq!(differences("here", &one, &two), expected);
    }
}
