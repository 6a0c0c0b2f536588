//! A call that a proxy holds back: a packet that arrives late, or a call that is only slow.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::proxy::{Answer, Call, Throttle};

/// Longer than any call of a test takes to come.
const LONG: Duration = Duration::from_secs(20);

/// The call to hold, and what became of it.
pub(crate) struct Hold {
    operation: &'static str,
    /// How many calls of it go before.
    before: AtomicUsize,
    /// Whether its client gets the answer, or has given up by then.
    pub(super) is_answered: bool,
    /// Whether the calls before it lose their answers.
    loses_answers: bool,
    is_taken: AtomicBool,
    held: Mutex<Option<Held>>,
    taken: Notify,
}

struct Held {
    call: Arc<Call>,
    answer: oneshot::Sender<Answer>,
}

impl Hold {
    /// The packet arrives late, when its client has sent another.
    pub(crate) fn packet(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 0, false))
    }

    /// The call is only slow.
    pub(crate) fn call(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 0, true))
    }

    /// Holds the second call of the operation.
    pub(crate) fn second(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, 1, true))
    }

    /// Lets a call through, loses its answer, and holds the client's retry.
    pub(crate) fn retry(operation: &'static str) -> Throttle {
        Throttle::Hold(Self { loses_answers: true, ..Self::new(operation, 1, true) })
    }

    fn new(operation: &'static str, before: usize, is_answered: bool) -> Self {
        let (before, is_taken) = (AtomicUsize::new(before), AtomicBool::new(false));
        let (held, taken) = (Mutex::default(), Notify::new());
        Self { operation, before, is_answered, loses_answers: false, is_taken, held, taken }
    }

    /// Keeps the call if it is the one to hold; its answer comes once it is delivered.
    pub(super) fn take(&self, call: &Arc<Call>) -> Option<oneshot::Receiver<Answer>> {
        if !call.is(self.operation) {
            return None;
        }
        let less = |before: usize| before.checked_sub(1);
        let goes = self.before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if goes || self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        *self.held.lock().unwrap() = Some(Held { call: Arc::clone(call), answer });
        self.taken.notify_one();
        Some(answered)
    }

    pub(super) fn loses_answer(&self, call: &Call) -> bool {
        self.loses_answers && call.is(self.operation)
    }

    pub(super) async fn is_taken(&self) {
        tokio::time::timeout(LONG, self.taken.notified()).await.expect("the call comes");
    }

    /// The call that is held, and where its answer goes.
    pub(super) fn let_go(&self) -> (Arc<Call>, oneshot::Sender<Answer>) {
        let Held { call, answer } = self.held.lock().unwrap().take().expect("a call is held");
        (call, answer)
    }
}
