//! The server behind the gateway: it says what it got, or waits when asked to.

use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http_body_util::BodyExt;
use std::fmt::Write;
use std::sync::Arc;
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(super) struct Upstream {
    pub(super) port: u16,
    /// One for each request that waits.
    pub(super) arrived: Arc<Semaphore>,
    /// Closed, it lets those that wait go.
    pub(super) gate: Arc<Semaphore>,
    /// One for each that waited and went on.
    pub(super) left: Arc<Semaphore>,
}

impl Upstream {
    pub(super) fn start() -> Self {
        let listener = crate::stack::listen(0).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let none = || Arc::new(Semaphore::new(0));
        let upstream = Self { port, arrived: none(), gate: none(), left: none() };
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let server = axum::serve(listener, answer.with_state(upstream.clone()));
        tokio::spawn(server.into_future());
        upstream
    }
}

async fn answer(State(upstream): State<Upstream>, request: Request) -> Response {
    match request.uri().path() {
        "/moved" => moved(),
        "/wait" => {
            upstream.arrived.add_permits(1);
            let _closed = upstream.gate.acquire().await;
            upstream.left.add_permits(1);
            StatusCode::OK.into_response()
        }
        "/length" => length(request).await.into_response(),
        _ => echo(request).await.into_response(),
    }
}

fn moved() -> Response {
    let headers = [("location", "/elsewhere"), ("set-cookie", "a=1"), ("set-cookie", "b=2")];
    (StatusCode::PERMANENT_REDIRECT, AppendHeaders(headers), "moved").into_response()
}

async fn length(request: Request) -> String {
    request.into_body().collect().await.unwrap().to_bytes().len().to_string()
}

/// Request line, headers and the bytes of the body; the length, which the client adds, is left out.
async fn echo(request: Request) -> String {
    let (parts, body) = request.into_parts();
    let mut told = format!("{} {}\n", parts.method, parts.uri);
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != "content-length") {
        writeln!(told, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    write!(told, "\n{:?}", body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    told
}
