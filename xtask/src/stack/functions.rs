//! The runner of the functions: `cargo lambda watch`, or process pools of their own. Both start a function on its first
//! invocation.

use super::environment::FunctionEnvironment;
use super::{StackOptions, programs_dir, watch};
use crate::paths::state_dir;
use crate::process::Supervisor;
use crate::tools::Tools;
use anyhow::{Context, Result};
use people_lambda_emulator::{FunctionPool, FunctionSpec, Invoke, StartedBy, WatchedFunction};
use people_template::{Function, Template};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The runner of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `cargo lambda watch`, which starts functions as the variant says.
    Watch(StartedBy),
    /// Process pools, for what `cargo lambda watch` can't do: optimised functions, large payloads, many callers.
    Pools,
}

/// Functions that can be invoked, by logical name.
pub(super) type Functions = BTreeMap<String, Arc<dyn Invoke>>;

/// Prepares every function of the template, and starts none.
pub(super) async fn prepare_functions(
    supervisor: &Supervisor,
    tools: &Tools,
    options: &StackOptions,
    environment: &FunctionEnvironment,
    template: &Template,
) -> Result<Functions> {
    let programs = programs_dir(options.release)?;
    let spec = |function: &Function, log: PathBuf| FunctionSpec {
        name: function.resource.clone(),
        binary: programs.join(&function.name),
        env: environment.variables.clone(),
        first_env: BTreeMap::new(),
        instances: usize::from(options.concurrency),
        timeout: Duration::from_secs(function.timeout),
        payload_bytes_max: options.size_limits.payload_bytes_max(),
        allow_recursion: function.allows_recursion,
        log: Some(log),
    };
    let shared_log = create_log(options, "functions")?;
    let watch = match options.runner {
        Runner::Pools => None,
        Runner::Watch(started_by) => {
            let log = &shared_log;
            let url = watch::start_watch(supervisor, tools, options, environment, started_by, log)
                .await?;
            Some((url, started_by))
        }
    };
    let mut functions = Functions::new();
    let mut by_binary = BTreeMap::<String, Arc<dyn Invoke>>::new();
    for function in template.functions()? {
        let same_binary = by_binary.get(&function.name);
        let prepared: Arc<dyn Invoke> = match (&watch, same_binary) {
            // It knows a function by its binary, so functions of one binary share the processes that it starts.
            (Some((_, StartedBy::Watch)), Some(first)) => Arc::clone(first),
            (_, Some(_)) => {
                let log = create_log(options, &function.resource)?;
                Arc::new(FunctionPool::new(spec(&function, log)))
            }
            (Some((url, started_by)), None) => {
                let spec = spec(&function, shared_log.clone());
                Arc::new(WatchedFunction::new(url, spec, *started_by)?)
            }
            (None, None) => Arc::new(FunctionPool::new(spec(&function, shared_log.clone()))),
        };
        by_binary.entry(function.name).or_insert_with(|| Arc::clone(&prepared));
        functions.insert(function.resource, prepared);
    }
    Ok(functions)
}

fn create_log(options: &StackOptions, name: &str) -> Result<PathBuf> {
    let path = state_dir().join(format!("{}.{name}.log", options.name));
    File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
    Ok(path)
}
