//! A server for the tests and the soak of the workspace: it has no tenant yet. It writes the variables
//! of its environment to a file as JSON, and serves until it is killed:
//! `test-server PORT FILE RETRY_SECONDS CONCURRENCY PAYLOAD_MB`. An argument `-` leaves a setting as
//! it is in `people serve`.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context, Result};
use people_lambda::{LogLevel, LogOutput, log_panics, set_log_output};
use people_server::{BucketCredentials, Server, ServerOptions, THREAD_STACK_BYTES};

fn main() -> Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(THREAD_STACK_BYTES).build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name| arguments.next().with_context(|| format!("no {name}"));
    let port: u16 = argument("port")?.parse()?;
    let file = argument("file")?;
    let retry_after = parse_optional(&argument("seconds")?)?.map(Duration::from_secs);
    let concurrency = argument("concurrency")?.parse()?;
    let payload_limit_mb = parse_optional(&argument("megabytes")?)?;
    set_log_output(LogOutput::Stderr(LogLevel::Info));
    log_panics();
    let server = Server::open(ServerOptions {
        listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port))?,
        public_url: format!("http://127.0.0.1:{port}"),
        data: None,
        credentials: BucketCredentials { id: "test".to_owned(), secret: "test".to_owned() },
        concurrency,
        retry_after,
        payload_limit_mb,
    })
    .await?;
    let variables = serde_json::to_vec(&server.operator_variables()?)?;
    let _server = server.serve().await?;
    // Renamed, so that nobody reads half of it.
    let temporary = format!("{file}.new");
    std::fs::write(&temporary, variables)?;
    std::fs::rename(&temporary, &file)?;
    std::future::pending().await
}

fn parse_optional<T: std::str::FromStr<Err = std::num::ParseIntError>>(
    text: &str,
) -> Result<Option<T>> {
    Ok(if text == "-" { None } else { Some(text.parse()?) })
}
