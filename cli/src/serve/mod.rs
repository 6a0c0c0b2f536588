//! `people serve`: the whole service in this process, until a signal ends it.

mod announcement;
mod data_folder;
mod environment_file;
mod tenant_setup;

use std::net::{IpAddr, SocketAddr, TcpListener};

use people_domain::ids::access_key::AccessKey;
use people_lambda::{LogLevel, LogOutput};
use people_server::{Server, ServerOptions};

use crate::args::serve::ServeArgs;
use crate::error::CommandError;
use crate::interrupt::await_signal;
use crate::output::CommandOutput;
use announcement::Announcement;
use data_folder::DataFolder;
use environment_file::EnvironmentFile;

/// The most runs of one function of a queue at the same time.
const CONCURRENCY: usize = 2;

/// The variable with the access key of the tenant.
const ACCESS_KEY_VARIABLE: &str = "PEOPLE_ACCESS_KEY";

const HOST_NEEDS_DATA: &str = "--host with an address that is not loopback needs --data DIR, so that \
    its access key and people survive a restart";

const HOST_NEEDS_KEY: &str = "--host with an address that is not loopback needs an access key of \
    your own in PEOPLE_ACCESS_KEY; `people serve` on loopback prints one that you can use";

const MALFORMED_KEY: &str = "PEOPLE_ACCESS_KEY is no access key: it begins with ppl_ and ends in a \
    checksum; `people serve` without it prints one that you can use";

pub(crate) async fn run(args: ServeArgs, json: bool) -> Result<CommandOutput, CommandError> {
    let given_key = read_access_key()?;
    check_host(&args, given_key.as_ref())?;
    people_lambda::set_log_output(LogOutput::Stderr(if args.verbose {
        LogLevel::Info
    } else {
        LogLevel::Error
    }));
    people_lambda::log_panics();
    // Table, objects and secrets are their owner's alone.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let listener = listen(args.host, args.port)?;
    let base_url = base_url(&listener)?;
    let data = args.data.as_deref().map(DataFolder::open).transpose()?;
    let mut secrets = data_folder::read_secrets(data.as_ref())?;
    let options = ServerOptions {
        listener,
        public_url: args.public_url.clone().unwrap_or_else(|| base_url.clone()),
        data: args.data.clone(),
        credentials: secrets.bucket_credentials(),
        concurrency: CONCURRENCY,
        retry_after: None,
    };
    let server = Server::start(options)
        .await
        .map_err(|error| CommandError::Refused(format!("the server does not start: {error:#}")))?;
    tenant_setup::prepare_tenant(server.store(), &args).await?;
    if let Some(key) = given_key {
        secrets.access_key = key;
    }
    tenant_setup::ensure_access_key(server.store(), args.tenant.as_str(), &secrets.access_key)
        .await?;
    let environment = EnvironmentFile::write(data.as_ref(), &base_url, server.environment());
    let announcement = Announcement {
        base_url: &base_url,
        access_key: secrets.access_key.expose_secret(),
        data: args.data.as_deref(),
        environment: environment.as_ref().map(EnvironmentFile::path),
    };
    announcement.print(json)?;
    await_signal().await;
    // A chunk that is cut off fails by it; the next start on the data goes on with it.
    people_lambda::set_log_output(LogOutput::Nowhere);
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

/// Refuses to be reachable from other machines with a key that the next start would change.
fn check_host(args: &ServeArgs, key: Option<&AccessKey>) -> Result<(), CommandError> {
    match (args.host.is_loopback(), &args.data, key) {
        (true, ..) | (false, Some(_), Some(_)) => Ok(()),
        (false, None, _) => Err(CommandError::Usage(HOST_NEEDS_DATA)),
        (false, _, None) => Err(CommandError::Usage(HOST_NEEDS_KEY)),
    }
}

fn listen(host: IpAddr, port: u16) -> Result<TcpListener, CommandError> {
    TcpListener::bind((host, port)).map_err(|error| {
        CommandError::Refused(format!(
            "can't listen on {}: {error}; choose another port with --port, or --port 0 for a free one",
            SocketAddr::new(host, port)
        ))
    })
}

/// The address of the server from this machine.
fn base_url(listener: &TcpListener) -> Result<String, CommandError> {
    let mut address = listener
        .local_addr()
        .map_err(|error| CommandError::Refused(format!("the socket has no address: {error}")))?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        });
    }
    Ok(format!("http://{address}"))
}
