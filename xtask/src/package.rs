//! `cargo xtask package`: builds every function for Lambda in one run of Cargo, where template.yaml expects it, so that
//! `sam deploy` builds nothing.

use crate::cli::PackageArgs;
use crate::paths::workspace_root;
use crate::process::Supervisor;
use crate::progress::{print_step, run_inherited};
use crate::tools::Tools;
use crate::{lint, sync};
use anyhow::{Context, Result, ensure};
use people_template::{PACKAGES, Template};
use std::collections::BTreeSet;
use std::time::Instant;

const MB: f64 = 1024.0 * 1024.0;

pub(crate) async fn run(supervisor: &Supervisor, args: PackageArgs) -> Result<u8> {
    let began = Instant::now();
    let tools = Tools::ensure_installed(supervisor).await?;
    sync::run(true)?;
    let template = Template::read(&workspace_root())?;
    let functions = select_programs(&template, &args.functions)?;
    let check = lint::check_template(&tools, &workspace_root().join("template.yaml"))?;
    run_inherited(supervisor, "checking the template", check).await?;
    // cargo-lambda brings the linker for arm64.
    let mut command = tools.python_command("cargo-lambda");
    command.args(["lambda", "build", "--arm64", "--lambda-dir", PACKAGES]);
    if !args.dev {
        command.arg("--release");
    }
    command.args(functions.iter().flat_map(|function| ["--bin", function]));
    run_inherited(supervisor, "building the functions for Lambda, arm64", command).await?;
    let bytes = functions.iter().map(|function| read_size(function)).sum::<Result<u64>>()?;
    print_step(&format!(
        "{} programs, {:.0} MB before they are zipped, in {PACKAGES}, after {:.1} minutes",
        functions.len(),
        bytes as f64 / MB,
        began.elapsed().as_secs_f64() / 60.0
    ));
    if args.dev || !args.functions.is_empty() {
        return Ok(0);
    }
    println!(
        "\nNext: `sam deploy`. The queues may run {} functions at once: ask Lambda for a quota of that many concurrent\n\
         executions, and as many as your API calls take (README, \"Deploy it\").",
        template.queue_concurrency()?
    );
    Ok(0)
}

/// Selects the programs to build: all, or those that are named.
fn select_programs(template: &Template, named: &[String]) -> Result<BTreeSet<String>> {
    let all: BTreeSet<_> =
        template.functions()?.into_iter().map(|function| function.name).collect();
    let unknown = named.iter().find(|name| !all.contains(*name));
    ensure!(
        unknown.is_none(),
        "no function has the program {}",
        unknown.map_or("", String::as_str)
    );
    Ok(if named.is_empty() { all } else { named.iter().cloned().collect() })
}

fn read_size(function: &str) -> Result<u64> {
    let path = workspace_root().join(PACKAGES).join(function).join("bootstrap");
    let file = std::fs::metadata(&path);
    Ok(file.with_context(|| format!("{} was not built", path.display()))?.len())
}
