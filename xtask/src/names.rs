//! `cargo xtask names`: reports figures about the names in the workspace, next to those of other projects. It follows
//! modules from the roots of libraries and programs, so that tests are left out wherever they are.

use crate::cargo::{Package, read_workspace};
use crate::cli::NamesArgs;
use crate::paths::workspace_root;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item};

/// The figures of crates.io, docs.rs, dropshot, quickwit, meilisearch, cargo-lambda and the Lambda runtime.
const MODELS: &str = "models: 25-36 % one-word, mean 11.5-13.7 letters, few types defined twice";

/// Types that each crate may define for itself.
const REPEATABLE: [&str; 4] = ["Args", "Config", "Error", "Result"];

pub(crate) fn run(args: &NamesArgs) -> Result<u8> {
    let mut crates = BTreeMap::new();
    for package in read_workspace()?.packages {
        let names = package_names(&package)?;
        if !names.functions.is_empty() || !names.types.is_empty() {
            crates.insert(package.name, names);
        }
    }
    println!("{:<24} {:>9} {:>9} {:>7}", "crate", "functions", "one-word", "letters");
    for (name, names) in &crates {
        println!("{}", format_figures(name, &names.functions));
    }
    let all: Vec<_> =
        crates.values().flat_map(|names| &names.functions).map(String::clone).collect();
    println!("{}\n{MODELS}", format_figures("total", &all));
    print_repeated_types(&crates);
    if args.one_word {
        print_one_word_functions(&crates);
    }
    Ok(0)
}

fn format_figures(name: &str, functions: &[String]) -> String {
    let count = functions.len().max(1) as f64;
    let one_word = functions.iter().filter(|name| is_one_word(name)).count() as f64;
    let letters: usize = functions.iter().map(|name| name.chars().count()).sum();
    let (share, mean) = (100.0 * one_word / count, letters as f64 / count);
    format!("{name:<24} {:>9} {share:>7.0} % {mean:>7.1}", functions.len())
}

fn is_one_word(name: &str) -> bool {
    !name.trim_matches('_').contains('_')
}

fn print_repeated_types(crates: &BTreeMap<String, SourceNames>) {
    let mut places = BTreeMap::<&str, Vec<&str>>::new();
    for names in crates.values() {
        for (name, place) in &names.types {
            places.entry(name).or_default().push(place);
        }
    }
    places.retain(|name, places| places.len() > 1 && !REPEATABLE.contains(name));
    println!("\ntypes defined more than once: {}", places.len());
    for (name, places) in places {
        println!("{name:<24} {}", places.join(" "));
    }
}

/// The one-word names of each crate, with how often each is defined.
fn print_one_word_functions(crates: &BTreeMap<String, SourceNames>) {
    for (name, names) in crates {
        let mut counts = BTreeMap::<&str, usize>::new();
        for function in names.functions.iter().filter(|name| is_one_word(name)) {
            *counts.entry(function).or_default() += 1;
        }
        let shown = counts.into_iter().map(|(name, count)| match count {
            1 => name.to_owned(),
            _ => format!("{name}*{count}"),
        });
        println!("\n{name}: {}", shown.collect::<Vec<_>>().join(" "));
    }
}

/// The names that the source of a package defines.
#[derive(Default)]
struct SourceNames {
    functions: Vec<String>,
    /// Each type with the file that defines it.
    types: Vec<(String, String)>,
}

fn package_names(package: &Package) -> Result<SourceNames> {
    let mut collector = Collector::default();
    let built = ["lib", "bin", "proc-macro"];
    for target in &package.targets {
        if target.kind.iter().any(|kind| built.contains(&kind.as_str())) {
            collector.collect_file(&target.src_path)?;
        }
    }
    Ok(collector.names)
}

/// Walks through files and the modules that they declare.
#[derive(Default)]
struct Collector {
    names: SourceNames,
    file: String,
    /// Folder of the modules that the current file or inline module declares.
    folder: PathBuf,
    /// Files that are still to be read.
    declared: Vec<PathBuf>,
    read: BTreeSet<PathBuf>,
}

impl Collector {
    fn collect_file(&mut self, path: &Path) -> Result<()> {
        self.declared.push(path.to_owned());
        while let Some(path) = self.declared.pop() {
            if !self.read.insert(path.clone()) {
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("can't read {}", path.display()))?;
            let syntax = syn::parse_file(&text)
                .with_context(|| format!("can't parse {}", path.display()))?;
            self.file = path.strip_prefix(workspace_root()).unwrap_or(&path).display().to_string();
            self.folder = module_folder(&path);
            self.visit_file(&syntax);
        }
        Ok(())
    }

    fn declare_module(&mut self, name: &Ident) {
        let file = self.folder.join(format!("{name}.rs"));
        let found = if file.is_file() { file } else { self.folder.join(format!("{name}/mod.rs")) };
        self.declared.push(found);
    }

    fn add_type(&mut self, name: &Ident) {
        self.names.types.push((name.to_string(), self.file.clone()));
    }

    fn add_function(&mut self, name: &Ident) {
        self.names.functions.push(name.to_string());
    }
}

/// Folder of the modules that a file declares.
fn module_folder(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(file);
    match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    }
}

impl Visit<'_> for Collector {
    fn visit_item(&mut self, item: &Item) {
        let (attributes, name): (&[Attribute], _) = match item {
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, None),
            Item::Mod(item) => (&item.attrs, None),
            Item::Impl(item) => (&item.attrs, None),
            _ => (&[], None),
        };
        if attributes.iter().any(is_test) {
            return;
        }
        if let Some(name) = name {
            self.add_type(name);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        if module.content.is_none() {
            return self.declare_module(&module.ident);
        }
        let inner = self.folder.join(module.ident.to_string());
        let outer = std::mem::replace(&mut self.folder, inner);
        visit::visit_item_mod(self, module);
        self.folder = outer;
    }

    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        self.add_function(&function.sig.ident);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        if function.attrs.iter().any(is_test) {
            return;
        }
        self.add_function(&function.sig.ident);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &syn::TraitItemFn) {
        self.add_function(&function.sig.ident);
        visit::visit_trait_item_fn(self, function);
    }
}

/// Whether the attribute is `#[cfg(test)]`, `#[test]` or `#[tokio::test]`.
fn is_test(attribute: &Attribute) -> bool {
    let path = attribute.path();
    let ends_in_test = path.segments.last().is_some_and(|segment| segment.ident == "test");
    let condition = || attribute.parse_args::<syn::Ident>();
    ends_in_test || path.is_ident("cfg") && condition().is_ok_and(|name| name == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_left_out() {
        let source = r"
            struct One; enum Two {} trait Three { fn look(); } type Four = u8;
            fn read_all() { fn inner() {} }
            impl One { fn new() {} #[cfg(test)] fn for_a_test() {} }
            #[cfg(test)] fn helper() {}
            #[cfg(test)] mod tests { struct Fixture; fn f() {} }
            #[cfg(not(test))] fn kept() {}
            #[tokio::test] async fn a_test() {}
        ";
        let mut collector = Collector::default();
        collector.visit_file(&syn::parse_file(source).unwrap());
        let types = collector.names.types.iter().map(|(name, _)| name.as_str());
        assert_eq!(types.collect::<Vec<_>>(), ["One", "Two", "Three", "Four"]);
        assert_eq!(collector.names.functions, ["look", "read_all", "inner", "new", "kept"]);
    }

    #[test]
    fn a_name_is_one_word_or_more() {
        assert!(is_one_word("of") && is_one_word("_of"));
        assert!(!is_one_word("read_person"));
    }

    #[test]
    fn the_folder_of_modules_follows_from_the_file() {
        assert_eq!(module_folder(Path::new("src/lib.rs")), Path::new("src"));
        assert_eq!(module_folder(Path::new("src/a.rs")), Path::new("src/a"));
        assert_eq!(module_folder(Path::new("src/a/mod.rs")), Path::new("src/a"));
    }
}
