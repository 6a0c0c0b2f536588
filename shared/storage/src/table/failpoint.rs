//! Named points at which a test kills the process, to see that the next delivery heals it. They
//! do nothing in a release.

/// Every point, in the order of the steps: each is just after an effect.
pub const FAILPOINTS: [&str; 27] = [
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
    "dead.look",
    "dead.result",
    "settle.chunk",
    "settle.next",
    "settle.todo",
    "settle.completed",
];

/// The process ends here, as at a power cut, when `PEOPLE_FAIL_AT=<name>[:<nth>]` says so.
#[cfg(debug_assertions)]
pub fn failpoint(name: &'static str) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static HITS: LazyLock<Mutex<HashMap<&str, u32>>> = LazyLock::new(Mutex::default);

    debug_assert!(FAILPOINTS.contains(&name), "{name} is no failpoint");
    let mut passed = HITS.lock().unwrap_or_else(PoisonError::into_inner);
    let times = passed.entry(name).or_insert(0);
    *times += 1;
    let Ok(wanted) = std::env::var("PEOPLE_FAIL_AT") else { return };
    let (at, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if at == name && nth.parse() == Ok(*times) {
        let own = nix::unistd::Pid::this();
        _ = nix::sys::signal::kill(own, nix::sys::signal::Signal::SIGKILL);
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn failpoint(_: &'static str) {}
