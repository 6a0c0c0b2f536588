//! Children that refuse to end, and their children, must be gone all the same.

use super::*;
use crate::process::ALONE;
use std::fs::File;
use std::future::Future;
use std::io::Read;

/// A child that refuses to end, with one of its own that says when it is in another session.
const STUBBORN: &str = "trap '' TERM
    python3 -c 'import os, time; os.setsid(); os.write(1, b\"out\"); time.sleep(300)' &
    while :; do wait; done";

/// What is left of a stubborn child and its own after the ending.
fn left_after<E: Future<Output = ()>>(ending: impl FnOnce(Family) -> E) -> usize {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (family, _deaths) = Family::new().unwrap();
        let mut command = crate::process::command("sh");
        command.args(["-c", STUBBORN]).stdout(Stdio::piped());
        let (_, mut child) = spawn(&family.leaders, &mut command).unwrap();
        let mut said = File::from(child.stdout.take().unwrap().into_owned_fd().unwrap());
        said.read_exact(&mut [0; 3]).unwrap();
        let mut tree = Tree::new().unwrap();
        tree.look();
        assert!(tree.len() >= 2, "a child and its own");
        ending(family).await;
        tree.gone_within(GRACE).await;
        tree.len()
    })
}

#[test]
fn nothing_outlives_the_end() {
    assert_eq!(left_after(|mut family| async move { family.end().await }), 0);
}

#[test]
fn nothing_outlives_a_panic() {
    assert_eq!(left_after(|family| async { drop(family) }), 0);
}
