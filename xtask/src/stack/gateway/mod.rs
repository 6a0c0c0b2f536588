//! The part of API Gateway, which `cargo lambda watch` does not play: content types decide whether a body is a text, the
//! sizes of API Gateway and Lambda hold, and any number of requests may come at once.

mod message;
mod refusal;
mod size;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::http::uri::Authority;
use axum::response::Response;
use axum::serve::ListenerExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use refusal::Refusal;
pub(crate) use size::SizeLimits;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

#[derive(Clone)]
struct Gateway {
    client: Client<HttpConnector, Body>,
    emulator: Authority,
    places: Arc<Semaphore>,
    log: Arc<PathBuf>,
    limits: SizeLimits,
}

/// Serves the listener's port until the process ends; `port` is the emulator's, and `places` holds those of its
/// requests.
pub(crate) fn start(
    listener: TcpListener,
    port: u16,
    places: Arc<Semaphore>,
    log: PathBuf,
    limits: SizeLimits,
) -> Result<()> {
    File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
    listener.set_nonblocking(true)?;
    // A last short packet must not wait for the one before it to be acknowledged, on either side.
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let gateway = Gateway {
        client: Client::builder(TokioExecutor::new()).build(connector),
        emulator: Authority::try_from(format!("127.0.0.1:{port}"))?,
        places,
        log: Arc::new(log),
        limits,
    };
    // No router: it would add headers of its own.
    tokio::spawn(axum::serve(listener, answer.with_state(gateway)).into_future());
    Ok(())
}

async fn answer(State(gateway): State<Gateway>, request: Request) -> Result<Response, Refusal> {
    let method = request.method().clone();
    let request = message::inward(request, &gateway.emulator, gateway.limits).await?;
    match gateway.pass(request).await {
        Ok(answer) => message::outward(answer, gateway.limits).await,
        Err(error) => {
            gateway.note(&method, &error);
            Err(Refusal::Emulator)
        }
    }
}

impl Gateway {
    /// The place is free again when the function has answered, even if the reader takes long.
    async fn pass(&self, request: Request) -> Result<Response> {
        let place = Arc::clone(&self.places).acquire_owned().await?;
        let answer = self.client.request(request);
        // A task, so that a caller who goes away ends nothing: as behind API Gateway the function runs to its end, and
        // the emulator would tell a function that its answer is no longer wanted by failing it.
        let task = tokio::spawn(async move {
            let _place = place;
            answer.await
        });
        Ok(task.await??.map(Body::new))
    }

    /// Nothing of the request but its method: paths and queries name persons.
    fn note(&self, method: &Method, error: &anyhow::Error) {
        let log = File::options().append(true).open(self.log.as_path());
        // A full disk is no reason to leave the caller without an answer.
        let _ = log.and_then(|mut log| {
            writeln!(log, "{method}: no answer from cargo lambda watch: {error:#}")
        });
    }
}
