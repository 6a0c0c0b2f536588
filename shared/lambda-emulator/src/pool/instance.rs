//! One instance of a function: a process, and after its end the next one, each with one event at a time.

use super::exchange::{handle_event, wait_for_next};
use super::invocation_queue::{InvocationQueue, PendingInvocation};
use super::mailbox::{Mailboxes, NextResponder, RuntimeRequest};
use crate::function::{FunctionSpec, InvokeError, InvokeResult};
use crate::process::FunctionProcess;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// The time that Lambda gives a function to start, before it starts the function again within the time of its event.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a process that did not start, so that a broken one does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Instance {
    pub(super) spec: Arc<FunctionSpec>,
    /// Whether this instance starts the first process of the pool.
    pub(super) is_first: bool,
    pub(super) queue: Arc<InvocationQueue>,
    pub(super) mailboxes: Mailboxes,
    pub(super) peak_memory: Arc<AtomicU64>,
    pub(super) address: SocketAddr,
}

/// The end of a process: the event that it was handling, and its result if it gave one.
type LastInvocation = Option<(PendingInvocation, InvokeResult)>;

impl Instance {
    /// Runs process after process until the pool is stopped.
    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        let (mut is_first, mut kept) = (self.is_first, None);
        loop {
            let (number, requests) = self.mailboxes.open();
            let api = format!("http://{}/{number}", self.address);
            let result = match FunctionProcess::start(&self.spec, is_first, &api) {
                Err(error) => Err(error.to_string()),
                Ok(mut process) => {
                    let result = tokio::select! {
                        result = self.drive(&mut process, requests, &mut kept) => Some(result),
                        _ = stopped.wait_for(|is_stopped| *is_stopped) => None,
                    };
                    // Before the caller hears of a failure: it may rely on the process being gone.
                    process.kill().await;
                    let Some(result) = result else { return };
                    result.map(|last| {
                        last.into_iter()
                            .for_each(|(invocation, result)| invocation.complete(result))
                    })
                }
            };
            is_first = false;
            self.mailboxes.close(number);
            if let Err(reason) = result {
                // As on Lambda, an invocation reports that the function does not start.
                if let Some(invocation) = kept.take().or_else(|| self.queue.try_pop()) {
                    invocation.complete(Err(InvokeError::NotStarted(reason)));
                }
                let is_stopped = stopped.wait_for(|is_stopped| *is_stopped);
                if timeout(RESTART_PAUSE, is_stopped).await.is_ok() {
                    return;
                }
            }
        }
    }

    /// Gives a process its events until it ends or must be killed; an error if it never asked for an event.
    async fn drive(
        &self,
        process: &mut FunctionProcess,
        mut requests: mpsc::Receiver<RuntimeRequest>,
        kept: &mut Option<PendingInvocation>,
    ) -> Result<LastInvocation, String> {
        let first = wait_for_next(process, &mut requests);
        match timeout(START_TIMEOUT + self.spec.timeout, first).await {
            Ok(Ok(responder)) => {
                Ok(self.handle_events(process, &mut requests, responder, kept).await)
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("it does not ask for an event".to_owned()),
        }
    }

    /// Gives a process event after event. An event that the process can't take is kept for its successor; the one that
    /// it did not live to answer is returned.
    async fn handle_events(
        &self,
        process: &mut FunctionProcess,
        requests: &mut mpsc::Receiver<RuntimeRequest>,
        mut responder: NextResponder,
        kept: &mut Option<PendingInvocation>,
    ) -> LastInvocation {
        loop {
            let next = async {
                match kept.take() {
                    Some(invocation) => invocation,
                    None => self.queue.pop().await,
                }
            };
            let invocation = tokio::select! {
                biased;
                _ = process.wait() => return None,
                // The process stopped asking, and may ask again.
                () = responder.closed() => None,
                invocation = next => Some(invocation),
            };
            if let Some(invocation) = invocation {
                if process.has_ended() {
                    *kept = Some(invocation);
                    return None;
                }
                let result =
                    handle_event(&self.spec, process, requests, responder, &invocation).await;
                // The kernel keeps the peak, so that one look after each event suffices.
                self.peak_memory.fetch_max(process.peak_memory().unwrap_or(0), Ordering::Relaxed);
                if let Err(InvokeError::ProcessEnded(_) | InvokeError::TimedOut(_)) = result {
                    return Some((invocation, result));
                }
                invocation.complete(result);
            }
            responder = wait_for_next(process, requests).await.ok()?;
        }
    }
}
