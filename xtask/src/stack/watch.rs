//! `cargo lambda watch`, which serves the functions with the routes of Cargo.toml, to the gateway alone.

use super::child::Surroundings;
use super::{Options, free_port};
use crate::http::client;
use crate::process::{Family, tail};
use crate::progress::say;
use crate::root::local;
use crate::template::{DEFAULT_PATH, Function, Route, Template};
use crate::tools::Tools;
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Longest wait for the emulator itself; the functions are built by then.
const START: Duration = Duration::from_secs(60);

/// The emulators of Lambda that run, by their ports. One knows a function by its binary, so a function that runs the
/// binary of another has an emulator of its own, and with it instances of its own.
pub(super) struct Watches {
    pub(super) first: u16,
    /// By logical name of the function.
    further: BTreeMap<String, u16>,
}

impl Watches {
    /// The port of the emulator that serves a function.
    pub(super) fn port(&self, function: &str) -> u16 {
        self.further.get(function).copied().unwrap_or(self.first)
    }

    /// The log of a function, of all that the first emulator serves in one.
    pub(super) fn log(&self, options: &Options, function: &str) -> PathBuf {
        match self.further.contains_key(function) {
            true => further_log(options, function),
            false => log(options),
        }
    }

    /// The ports of all.
    pub(super) fn ports(&self) -> impl Iterator<Item = u16> {
        self.further.values().copied().chain([self.first])
    }
}

/// Starts them.
pub(super) fn start(
    family: &Family,
    tools: &Tools,
    options: &Options,
    surroundings: &Surroundings,
    template: &Template,
) -> Result<Watches> {
    let start = |log: PathBuf| start_one(family, tools, options, surroundings, log);
    let first = start(log(options))?;
    let further = template.further_functions()?.into_iter().map(|Function { resource, .. }| {
        let port = start(further_log(options, &resource))?;
        Ok((resource, port))
    });
    Ok(Watches { first, further: further.collect::<Result<_>>()? })
}

/// Never with `--timeout`: it ends idle functions.
fn start_one(
    family: &Family,
    tools: &Tools,
    options: &Options,
    surroundings: &Surroundings,
    mut log: PathBuf,
) -> Result<u16> {
    let port = free_port()?;
    let mut command = tools.python("cargo-lambda");
    command.args(["lambda", "watch", "--disable-cors", "--invoke-address", "127.0.0.1"]);
    command.args(["--invoke-port", &port.to_string()]);
    if options.reload {
        command.args(["--concurrency", &options.concurrency.to_string()]);
    } else {
        // The functions are started beside it, with logs of their own. With a concurrency it would start more of them.
        command.args(["--ignore-changes", "--only-lambda-apis"]);
        log.set_extension("lambda.log");
    }
    surroundings.give(&mut command);
    family.serve("cargo lambda watch", command, log)?;
    Ok(port)
}

/// Waits until every function answers. One after another: those that Cargo runs start on their first request.
pub(super) async fn warm(template: &Template, options: &Options, watches: &Watches) -> Result<()> {
    say("starting the functions");
    for port in watches.ports() {
        // A path that it answers by itself, since not every emulator has a function for a route.
        let path = invocations(&base(port), "none");
        crate::http::answers(&path, "cargo lambda watch", START).await?;
    }
    for function in template.functions()? {
        let asked = ask(&base(watches.port(&function.resource)), &function).await;
        asked.with_context(|| {
            let log = watches.log(options, &function.resource);
            format!("{}; its log ends:\n{}", function.resource, tail(&log, 20))
        })?;
    }
    Ok(())
}

/// A request that does nothing: one with no key, which the function itself must refuse, or an event of no message.
async fn ask(base: &str, function: &Function) -> Result<()> {
    match function.routes.first() {
        Some(route) => ask_route(base, route).await,
        None => ask_event(base, &function.name).await,
    }
}

async fn ask_event(base: &str, function: &str) -> Result<()> {
    let event = people_host::event::sqs(&[], "");
    let response = client()?.post(invocations(base, function)).body(event).send().await?;
    let (status, text) = (response.status(), response.text().await?);
    let json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
    ensure!(json && status.is_success(), "answers an event of no message with {status}: {text}");
    Ok(())
}

/// Where a function is given an event.
pub(super) fn invocations(base: &str, function: &str) -> String {
    format!("{base}/2015-03-31/functions/{function}/invocations")
}

async fn ask_route(base: &str, route: &Route) -> Result<()> {
    let (method, path) = match route.path.as_str() {
        DEFAULT_PATH => ("GET", "/".to_owned()),
        path => (route.method.as_str(), path.replace(['{', '}'], "")),
    };
    let response = client()?
        .request(Method::from_bytes(method.as_bytes())?, format!("{base}{path}"))
        .send()
        .await?;
    let (status, text) = (response.status(), response.text().await?);
    let json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
    ensure!(
        json && matches!(status.as_u16(), 401 | 404),
        "answers {method} {path} with {status}: {text}"
    );
    Ok(())
}

pub(super) fn base(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn further_log(options: &Options, function: &str) -> PathBuf {
    local().join(format!("{}.{function}.log", options.name))
}

fn log(options: &Options) -> PathBuf {
    local().join(format!("{}.functions.log", options.name))
}
