//! `cargo xtask dev`: the whole service on this machine, until Ctrl-C.

use crate::cli::DevArgs;
use crate::process::Family;
use crate::stack::{Options, Stack, start};
use anyhow::{Context, Result};

/// The person of the vendor's article.
const PERSON: &str = r#"{"FirstName":"John","LastName":"Smith","Email":"jsmith@abc.com"}"#;

pub(crate) async fn run(family: &Family, args: DevArgs) -> Result<u8> {
    let DevArgs { port, release, concurrency, size_limits } = args;
    let stack = start(
        family,
        &Options {
            name: "stack",
            command: "cargo xtask dev",
            port,
            release,
            concurrency,
            reload: !release,
            call_log: None,
            payload_limit: None,
            retry: None,
            size_limits,
        },
    )
    .await?;
    println!("{}", welcome(&stack)?);
    // Only a signal or a death ends it, and neither comes from here.
    std::future::pending().await
}

fn welcome(stack: &Stack) -> Result<String> {
    let description = &stack.published.description;
    let key = &description.tenants.get("demo").context("no tenant demo")?.access_key;
    let base = &description.base_url;
    let (put, get) = (
        stack.template.path("people-upsert", "PUT")?,
        stack.template.path("people-get-by-email", "GET")?,
    );
    Ok(format!(
        "
The People API is ready. Addresses and keys: target/local/stack.json. Logs: target/local/*.log. Ctrl-C ends it.
For the operator's command in another shell: `. target/local/stack.env`, then `cargo people --help`.

  base URL    {base}
  access key  {key}

curl -sS -X PUT '{base}{put}' -H 'Accesskey: {key}' -H 'Content-Type: application/json' -d '{PERSON}'

curl -sS '{base}{get}?Email=jsmith@abc.com' -H 'Accesskey: {key}'
"
    ))
}
