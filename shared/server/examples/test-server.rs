//! A server for the tests of the workspace: it has no tenant yet, and delivers failed messages again
//! at once. It writes the variables of its environment to a file as JSON, and serves until it is
//! killed: `test-server PORT FILE RETRY_SECONDS CONCURRENCY`.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context, Result};
use people_lambda::{LogLevel, LogOutput, log_panics, set_log_output};
use people_server::{BucketCredentials, Server, ServerOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name| arguments.next().with_context(|| format!("no {name}"));
    let port: u16 = argument("port")?.parse()?;
    let file = argument("file")?;
    let retry_after = Duration::from_secs(argument("seconds")?.parse()?);
    let concurrency = argument("concurrency")?.parse()?;
    set_log_output(LogOutput::Stderr(LogLevel::Info));
    log_panics();
    let server = Server::start(ServerOptions {
        listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port))?,
        public_url: format!("http://127.0.0.1:{port}"),
        data: None,
        credentials: BucketCredentials { id: "test".to_owned(), secret: "test".to_owned() },
        concurrency,
        retry_after: Some(retry_after),
    })
    .await?;
    // Renamed, so that nobody reads half of it.
    let temporary = format!("{file}.new");
    std::fs::write(&temporary, serde_json::to_vec(server.environment())?)?;
    std::fs::rename(&temporary, &file)?;
    std::future::pending().await
}
