//! The socket of the API: requests come in whole, as behind API Gateway, and go to their function.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::router::FunctionRouter;

/// How long a client may pause while it sends a body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Returns the future that serves the API until `stopped`.
pub(crate) fn serve_api(
    listener: TcpListener,
    router: FunctionRouter,
    stopped: oneshot::Receiver<()>,
) -> Result<impl Future<Output = ()> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let answer = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request<Body>| {
        router.clone().answer_request(request, peer.ip())
    };
    let service =
        Router::new().fallback(answer).into_make_service_with_connect_info::<SocketAddr>();
    Ok(async move {
        let server = axum::serve(listener, service).with_graceful_shutdown(async {
            _ = stopped.await;
        });
        _ = server.await;
    })
}

/// Reads the body of a request before its function is called, whose deadline does not run while a
/// client sends. Of a body over `max` bytes, so much is kept that the function refuses it.
///
/// # Errors
/// When the body ends too early, or the client pauses too long.
pub(crate) async fn read_whole_body(request: Request<Body>, max: usize) -> Result<Request<Body>> {
    let (parts, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while bytes.len() <= max
        && let Some(frame) = timeout(BODY_TIMEOUT, body.frame()).await?
    {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
