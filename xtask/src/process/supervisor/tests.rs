//! Processes that ignore SIGTERM, and their children, must be gone all the same.

use super::*;
use crate::process::PROCESS_TEST_LOCK;
use std::fs::File;
use std::future::Future;
use std::io::Read;
use std::sync::PoisonError;

/// A child that ignores SIGTERM, with a child of its own that prints when it is in another session.
const STUBBORN: &str = "trap '' TERM
    python3 -c 'import os, time; os.setsid(); os.write(1, b\"out\"); time.sleep(300)' &
    while :; do wait; done";

/// Counts what is left of a stubborn child and its own child after the supervisor has ended.
fn count_survivors<E: Future<Output = ()>>(end: impl FnOnce(Supervisor) -> E) -> usize {
    let _lock = PROCESS_TEST_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (supervisor, _exits) = Supervisor::new().unwrap();
        let mut command = crate::process::new_command("sh");
        command.args(["-c", STUBBORN]).stdout(Stdio::piped());
        let mut child = spawn_child(&mut command).unwrap();
        let mut output = File::from(child.stdout.take().unwrap().into_owned_fd().unwrap());
        output.read_exact(&mut [0; 3]).unwrap();
        let mut tree = ProcessTree::new().unwrap();
        tree.refresh();
        assert!(tree.len() >= 2, "a child and its own");
        end(supervisor).await;
        tree.wait_until_empty(GRACE).await;
        tree.len()
    })
}

#[test]
fn nothing_outlives_the_end() {
    assert_eq!(count_survivors(|mut supervisor| async move { supervisor.end_all().await }), 0);
}

#[test]
fn nothing_outlives_a_panic() {
    assert_eq!(count_survivors(|supervisor| async { drop(supervisor) }), 0);
}
