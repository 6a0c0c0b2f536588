//! The dialogue between an instance and its process: the process asks for an event and responds to it.

use super::invocation_queue::PendingInvocation;
use super::mailbox::{InvocationResponse, NextResponder, RuntimeEvent, RuntimeRequest};
use crate::function::{FunctionSpec, InvokeError, InvokeResult};
use crate::process::FunctionProcess;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Gives one event to the process and waits for the result.
pub(super) async fn handle_event(
    spec: &FunctionSpec,
    process: &mut FunctionProcess,
    requests: &mut mpsc::Receiver<RuntimeRequest>,
    responder: NextResponder,
    invocation: &PendingInvocation,
) -> InvokeResult {
    let id = uuid::Uuid::now_v7().to_string();
    let deadline = SystemTime::now() + spec.timeout;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{}", spec.name);
    let (trace, body) = (invocation.trace.clone(), invocation.event.clone());
    // A process that no longer asks is about to end; if not, the deadline applies.
    let _ = responder.send(RuntimeEvent { id: id.clone(), deadline, arn, trace, body });
    let response = timeout(spec.timeout, wait_for_response(process, requests, &id)).await;
    response.unwrap_or(Err(InvokeError::TimedOut(spec.timeout)))
}

/// Waits until the process asks for an event.
pub(super) async fn wait_for_next(
    process: &mut FunctionProcess,
    requests: &mut mpsc::Receiver<RuntimeRequest>,
) -> Result<NextResponder, InvokeError> {
    loop {
        match receive_request(process, requests).await? {
            RuntimeRequest::Next(responder) => return Ok(responder),
            RuntimeRequest::InitError(error) => {
                return Err(InvokeError::NotStarted(String::from_utf8_lossy(&error).into_owned()));
            }
            // It belongs to an event that is over.
            RuntimeRequest::Response(..) => {}
        }
    }
}

/// Waits for the response to the event with this id.
async fn wait_for_response(
    process: &mut FunctionProcess,
    requests: &mut mpsc::Receiver<RuntimeRequest>,
    event_id: &str,
) -> InvokeResult {
    loop {
        match receive_request(process, requests).await? {
            RuntimeRequest::Response(id, response) if id == event_id => {
                return match response {
                    InvocationResponse::Success(body) => Ok(body),
                    InvocationResponse::Error(body) => Err(InvokeError::Function(body)),
                    InvocationResponse::TooLarge(length) => {
                        Err(InvokeError::ResponseTooLarge(length))
                    }
                };
            }
            // A runtime asks for an event only after its response.
            RuntimeRequest::Response(..)
            | RuntimeRequest::Next(_)
            | RuntimeRequest::InitError(_) => {}
        }
    }
}

/// The next request of the process. One that it sent before its end still counts.
async fn receive_request(
    process: &mut FunctionProcess,
    requests: &mut mpsc::Receiver<RuntimeRequest>,
) -> Result<RuntimeRequest, InvokeError> {
    tokio::select! {
        biased;
        Some(request) = requests.recv() => Ok(request),
        status = process.wait() => Err(InvokeError::ProcessEnded(status)),
    }
}
