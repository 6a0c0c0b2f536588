//! Throws mutated payloads at the scanner and compares it with `serde_json`:
//! `cargo run --release -p people-domain --example fuzz_scan -- [executions] [seed]`.
#![allow(clippy::print_stdout, reason = "a tool talks on its standard output")]

mod mutate;
#[path = "../../tests/job/reference.rs"]
mod reference;

use mutate::Random;
use people_domain::jobs::ChunkSizes;
use people_domain::schema::metadata::Metadata;

/// Executions between two lines of progress.
const PROGRESS: u64 = 20_000;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut argument = |default| arguments.next().unwrap_or(Ok(default));
    let executions = argument(100_000).map_err(|error| error.to_string())?;
    let seed = argument(1).map_err(|error| error.to_string())?;
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
                return Err(format!("execution {execution}: {why}, pieces {pieces:?}: {text}"));
            }
        }
        if execution % PROGRESS == 0 || execution == executions {
            println!("{execution} executions, {accepted} accepted");
        }
    }
    Ok(())
}
