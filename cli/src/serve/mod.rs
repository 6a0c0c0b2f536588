//! `people serve`: the whole service in this process, until a signal ends it.

mod announcement;
mod data_folder;
mod environment_file;
mod secrets;
mod tenant_setup;

use std::net::{IpAddr, SocketAddr, TcpListener};

use people_domain::ids::access_key::AccessKey;
use people_lambda::{LogLevel, LogOutput, log_panics, set_log_output};
use people_server::{Server, ServerOptions, format_local_url};

use crate::args::serve::ServeArgs;
use crate::error::CommandError;
use crate::interrupt::Signals;
use crate::output::CommandOutput;
use announcement::Announcement;
use data_folder::DataFolder;
use environment_file::EnvironmentFile;
use secrets::Secrets;

/// The most runs of one function of a queue at the same time.
const CONCURRENCY: usize = 2;

/// The variable with the access key of the tenant.
const ACCESS_KEY_VARIABLE: &str = "PEOPLE_ACCESS_KEY";

const HOST_NEEDS: &str = "--host with an address that is not loopback needs --data DIR, so that people \
    and key survive a restart, and an access key of your own in PEOPLE_ACCESS_KEY; `people serve` on \
    loopback prints one that you can use";

const MALFORMED_KEY: &str = "PEOPLE_ACCESS_KEY is no access key: it begins with ppl_ and ends in a \
    checksum; `people serve` without it prints one that you can use";

pub(crate) async fn run(args: ServeArgs, json: bool) -> Result<CommandOutput, CommandError> {
    let given_key = read_access_key()?;
    let is_open = !args.host.is_loopback();
    if is_open && (args.data.is_none() || given_key.is_none()) {
        return Err(CommandError::Usage(HOST_NEEDS));
    }
    set_log_output(LogOutput::Stderr(if args.verbose { LogLevel::Info } else { LogLevel::Error }));
    log_panics();
    // Table, objects and secrets are their owner's alone.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    // A signal that comes from here on ends the server in order.
    let mut signals = Signals::listen();
    let (listener, base_url) = open_listener(args.host, args.port)?;
    let data = args.data.as_deref().map(DataFolder::open).transpose()?;
    let mut secrets = Secrets::open(data)?;
    let options = ServerOptions {
        listener,
        public_url: args.public_url.clone().unwrap_or_else(|| base_url.clone()),
        data: args.data.clone(),
        credentials: secrets.bucket_credentials(),
        concurrency: CONCURRENCY,
        retry_after: None,
        payload_limit_mb: None,
    };
    let refuse = |error: anyhow::Error| {
        CommandError::Refused(format!("the server does not start: {error:#}"))
    };
    let server = Server::open(options).await.map_err(refuse)?;
    tenant_setup::prepare_tenant(server.store(), &args).await?;
    let tenant = args.tenant.as_str();
    let key =
        tenant_setup::ensure_access_key(server.store(), tenant, given_key, &mut secrets).await?;
    let variables = server.operator_variables().map_err(refuse)?;
    let server = server.serve().await.map_err(refuse)?;
    let environment = EnvironmentFile::write(secrets.data(), &base_url, &variables);
    let announcement = Announcement {
        base_url: &base_url,
        access_key: key.expose_secret(),
        data: args.data.as_deref(),
        environment: environment.as_ref().map(EnvironmentFile::path),
    };
    announcement.print(json)?;
    signals.wait().await;
    // A chunk that is cut off fails by it; the next start on the data goes on with it.
    set_log_output(LogOutput::Nowhere);
    server.stop().await;
    Ok(CommandOutput::already_written())
}

/// Reads the key from the environment; `None` if it is not set.
fn read_access_key() -> Result<Option<AccessKey>, CommandError> {
    match std::env::var(ACCESS_KEY_VARIABLE) {
        Ok(text) if !text.is_empty() => {
            AccessKey::parse(&text).map(Some).ok_or(CommandError::Usage(MALFORMED_KEY))
        }
        _ => Ok(None),
    }
}

/// Opens the socket, and formats its address as programs of this machine reach it.
fn open_listener(host: IpAddr, port: u16) -> Result<(TcpListener, String), CommandError> {
    let refuse = |error| {
        CommandError::Refused(format!(
            "can't listen on {}: {error}; choose another port with --port, or --port 0 for a free \
             one",
            SocketAddr::new(host, port)
        ))
    };
    let listener = TcpListener::bind((host, port)).map_err(refuse)?;
    let address = listener.local_addr().map_err(refuse)?;
    Ok((listener, format_local_url(address)))
}
