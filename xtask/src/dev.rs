//! `cargo xtask dev`: the whole service on this machine, until Ctrl-C.

use crate::cli::DevArgs;
use crate::process::Supervisor;
use crate::stack::{LocalStack, Runner, StackOptions, StoreKind, start_stack};
use anyhow::{Context, Result};
use people_lambda_emulator::StartedBy;

/// The person in the vendor's article.
const PERSON: &str = r#"{"FirstName":"John","LastName":"Smith","Email":"jsmith@abc.com"}"#;

pub(crate) async fn run(supervisor: &Supervisor, args: DevArgs) -> Result<u8> {
    let DevArgs { port, release, concurrency, size_limits } = args;
    // It would run optimised functions through Cargo, without their profile.
    let runner = if release { Runner::Pools } else { Runner::Watch(StartedBy::Watch) };
    let stack = start_stack(
        supervisor,
        &StackOptions {
            store: StoreKind::DynamodbLocal,
            name: "stack",
            command: "cargo xtask dev",
            port,
            release,
            concurrency,
            runner,
            call_log: None,
            payload_limit: None,
            retry: None,
            size_limits,
        },
    )
    .await?;
    println!("{}", format_welcome(&stack)?);
    // A signal or the exit of a service ends it.
    std::future::pending().await
}

fn format_welcome(stack: &LocalStack) -> Result<String> {
    let description = &stack.file.description;
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
