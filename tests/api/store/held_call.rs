//! A call that a proxy holds back, as a packet that arrives late or as a slow call.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::proxy::{Answer, Call, Throttle};

/// Longer than a test takes to send any call.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The call to hold, and its state.
pub(crate) struct HeldCall {
    operation: &'static str,
    /// Calls of the operation to let through first.
    before: AtomicUsize,
    /// Whether the client still waits for the answer, or has given up.
    pub(super) is_answered: bool,
    /// Whether the answers of the calls before it are lost.
    loses_answers: bool,
    is_taken: AtomicBool,
    held: Mutex<Option<PendingCall>>,
    taken: Notify,
}

struct PendingCall {
    call: Arc<Call>,
    answer: oneshot::Sender<Answer>,
}

impl HeldCall {
    /// The packet arrives late, after its client has sent another.
    pub(crate) fn late_packet(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 0, false))
    }

    /// The call is only slow.
    pub(crate) fn slow_call(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 0, true))
    }

    /// Holds the second call of the operation.
    pub(crate) fn second_call(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 1, true))
    }

    /// Lets a call through, drops its answer, and holds the client's retry.
    pub(crate) fn retried_call(operation: &'static str) -> Throttle {
        Throttle::Hold(Self { loses_answers: true, ..Self::new(operation, 1, true) })
    }

    fn new(operation: &'static str, before: usize, is_answered: bool) -> Self {
        let (before, is_taken) = (AtomicUsize::new(before), AtomicBool::new(false));
        let (held, taken) = (Mutex::default(), Notify::new());
        Self { operation, before, is_answered, loses_answers: false, is_taken, held, taken }
    }

    /// Holds the call if it is the one to hold; its answer is received once it is delivered.
    pub(super) fn try_hold(&self, call: &Arc<Call>) -> Option<oneshot::Receiver<Answer>> {
        if !call.is_operation(self.operation) {
            return None;
        }
        let less = |before: usize| before.checked_sub(1);
        let goes = self.before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if goes || self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        *self.held.lock().unwrap() = Some(PendingCall { call: Arc::clone(call), answer });
        self.taken.notify_one();
        Some(answered)
    }

    pub(super) fn loses_answer(&self, call: &Call) -> bool {
        self.loses_answers && call.is_operation(self.operation)
    }

    pub(super) async fn wait_until_held(&self) {
        tokio::time::timeout(CALL_TIMEOUT, self.taken.notified()).await.expect("the call comes");
    }

    /// Returns the held call and the channel of its answer.
    pub(super) fn release(&self) -> (Arc<Call>, oneshot::Sender<Answer>) {
        let PendingCall { call, answer } =
            self.held.lock().unwrap().take().expect("a call is held");
        (call, answer)
    }
}
