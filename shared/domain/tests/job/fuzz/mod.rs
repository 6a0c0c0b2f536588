//! Throws mutated payloads at the scanner and compares it with `serde_json`: a few with every run of
//! the tests, millions by `cargo xtask long fuzz`.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a payload that is read otherwise fails the test, and how far it is shall be seen"
)]

mod mutate;

use mutate::Random;
use people_domain::jobs::ChunkSizes;
use people_domain::schema::metadata::Metadata;

use crate::reference;

/// Payloads in every run of the tests, unless `FUZZ_EXECUTIONS` asks for more.
const PAYLOADS: u64 = 2_000;

/// Executions between two lines of progress.
const PROGRESS: u64 = 20_000;

/// `FUZZ_EXECUTIONS` sets the number of payloads, `FUZZ_SEED` which ones.
#[test]
fn mutated_payloads_are_read_as_serde_json_reads_them() {
    let number = |name, default| match std::env::var(name) {
        Ok(text) => text.parse().unwrap(),
        Err(_) => default,
    };
    let payloads = number("FUZZ_EXECUTIONS", PAYLOADS);
    let accepted = fuzz(payloads, number("FUZZ_SEED", 1));
    assert!((payloads / 4..payloads).contains(&accepted), "{accepted} of {payloads} are accepted");
}

/// Compares mutated payloads and returns the number of those that are accepted.
fn fuzz(executions: u64, seed: u64) -> u64 {
    let metadata = Metadata::new(false, &[]);
    let mut random = Random::new(seed);
    let mut accepted = 0;
    for execution in 1..=executions {
        let bytes = mutate::payload(&mut random);
        let pieces = [1 + random.below(7), 1 + random.below(40), 1 + random.below(400)];
        let sizes = ChunkSizes { rows: 1 + random.below(4) as u32, bytes: 200, chunks: 3 };
        match reference::check_agreement(&bytes, &pieces, sizes, &metadata) {
            Ok(sound) => accepted += u64::from(sound),
            Err(why) => {
                let text = String::from_utf8_lossy(&bytes);
                panic!("execution {execution} of seed {seed}: {why}, pieces {pieces:?}: {text}");
            }
        }
        if execution % PROGRESS == 0 || execution == executions {
            println!("{execution} executions, {accepted} accepted");
        }
    }
    accepted
}
