//! The functions as they were built, as processes that ask `cargo lambda watch` for their events. Left to itself it runs
//! each through Cargo on its first request, which takes seconds for each and builds again what Cargo takes for another
//! build.

use super::child::Surroundings;
use super::watch::{Watches, base};
use super::{Options, programs};
use crate::process::{Family, append_to, command};
use crate::template::Template;
use anyhow::{Context, Result};
use people_host::lambda_environment;
use std::fs::File;

/// Starts every function, as many processes of each as may run at once.
pub(super) fn start(
    family: &Family,
    options: &Options,
    surroundings: &Surroundings,
    template: &Template,
    watches: &Watches,
) -> Result<()> {
    for function in template.functions()? {
        let log = watches.log(options, &function.resource);
        File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
    }
    let programs = programs(options.release)?;
    for function in template.functions()? {
        let api = format!("{}/.rt/{}", base(watches.port(&function.resource)), function.name);
        let log = watches.log(options, &function.resource);
        for _ in 0..options.concurrency {
            let mut command = command(programs.join(&function.name));
            surroundings.give(&mut command);
            command.envs(lambda_environment(&function.resource, &api));
            append_to(&mut command, &log)?;
            family.serve_again(command)?;
        }
    }
    Ok(())
}
