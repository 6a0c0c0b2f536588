//! Emulates an HTTP API of API Gateway with Lambda integrations, payload format 2.0: it finds the route of a request,
//! forms its event, invokes the function, and answers with what the function returns.

mod error;
mod http_event;
mod http_response;
mod request_body;
mod route_table;

use crate::InvokeError;
use anyhow::{Context, Result};
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::serve::ListenerExt;
use error::GatewayError;
pub use request_body::GATEWAY_BODY_BYTES_MAX;
pub use route_table::GatewayRoute;
use route_table::RouteTable;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Headers of one connection, to which the headers that `Connection` names are added.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A gateway that serves, until it is dropped.
#[derive(Debug)]
pub struct Gateway {
    _server: JoinSet<()>,
}

#[derive(Clone)]
struct GatewayState {
    routes: Arc<RouteTable>,
    body_bytes_max: usize,
    log: Arc<PathBuf>,
}

impl Gateway {
    /// Serves the routes on the port of the listener. Failed invocations are added to the log. API Gateway takes bodies
    /// of up to [`GATEWAY_BODY_BYTES_MAX`].
    ///
    /// # Errors
    /// When the log can't be written or the port can't be used.
    pub fn start(
        listener: TcpListener,
        routes: Vec<GatewayRoute>,
        body_bytes_max: usize,
        log: PathBuf,
    ) -> Result<Self> {
        File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
        listener.set_nonblocking(true)?;
        // A last short packet must not wait until the packet before it is acknowledged.
        let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let routes = Arc::new(RouteTable::new(routes));
        let state = GatewayState { routes, body_bytes_max, log: Arc::new(log) };
        let mut server = JoinSet::new();
        server.spawn(async move {
            // A handler instead of a router, which would add headers of its own. It serves until its task is aborted.
            let _ = axum::serve(listener, handle_request.with_state(state)).await;
        });
        Ok(Self { _server: server })
    }
}

async fn handle_request(
    State(gateway): State<GatewayState>,
    request: Request,
) -> Result<Response, GatewayError> {
    let (mut parts, body) = request.into_parts();
    remove_hop_by_hop_headers(&mut parts.headers);
    let body = request_body::read_body(&parts.headers, body, gateway.body_bytes_max).await?;
    let matched = gateway.routes.find(&parts.method, parts.uri.path());
    let matched = matched.ok_or(GatewayError::NoRoute)?;
    let event = http_event::build_event(&parts, &body, &matched);
    match matched.route.function.invoke(event).await {
        Ok(response) => http_response::parse_response(&response),
        Err(error) => {
            gateway.log_failure(&parts.method, &error);
            Err(GatewayError::Invoke(error))
        }
    }
}

impl GatewayState {
    /// Logs a failed invocation without path, query and body, which name persons.
    fn log_failure(&self, method: &Method, error: &InvokeError) {
        let log = File::options().append(true).open(self.log.as_path());
        // A full disk is no reason to leave the caller without an answer.
        let _ = log.and_then(|mut log| writeln!(log, "{method}: {error}"));
    }
}

fn remove_hop_by_hop_headers(headers: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in headers.get_all("connection") {
        let names = value.to_str().unwrap_or_default().split(',');
        named.extend(names.map(|name| name.trim().to_owned()));
    }
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}
