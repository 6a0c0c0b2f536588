//! Failpoints: named points at which a test kills the process, to check that the next delivery
//! completes the work. They do nothing in a release.

/// Every failpoint, in the order of the steps. Each is just after an effect.
pub const FAILPOINTS: [&str; 32] = [
    "submit.payload",
    "submit.job",
    "submit.sent",
    "upload.pinned",
    "upload.sent",
    "split.plain",
    "split.refused",
    "split.plan",
    "split.todos",
    "split.planned",
    "split.sent",
    "apply.begun",
    "apply.row",
    "apply.refused",
    "apply.labels",
    "apply.rows",
    "apply.result",
    "erase.begun",
    "erase.found",
    "erase.person",
    "erase.erased",
    "identity.entry",
    "identity.prepared",
    "identity.written",
    "identity.counted",
    "identity.released",
    "dead.look",
    "dead.result",
    "settle.chunk",
    "settle.next",
    "settle.todo",
    "settle.completed",
];

/// Kills the process, as a power failure would, when `PEOPLE_FAIL_AT=<name>[:<nth>]` names this
/// point.
#[cfg(debug_assertions)]
pub fn failpoint(name: &'static str) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static HITS: LazyLock<Mutex<HashMap<&str, u32>>> = LazyLock::new(Mutex::default);

    debug_assert!(FAILPOINTS.contains(&name), "{name} is not in FAILPOINTS");
    let mut hits = HITS.lock().unwrap_or_else(PoisonError::into_inner);
    let hit = hits.entry(name).or_insert(0);
    *hit += 1;
    let Ok(wanted) = std::env::var("PEOPLE_FAIL_AT") else { return };
    let (at, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if at == name && nth.parse() == Ok(*hit) {
        let own = nix::unistd::Pid::this();
        _ = nix::sys::signal::kill(own, nix::sys::signal::Signal::SIGKILL);
    }
}

/// Does nothing in a release.
#[cfg(not(debug_assertions))]
pub fn failpoint(_: &'static str) {}
