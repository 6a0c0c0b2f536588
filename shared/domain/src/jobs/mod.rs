//! Jobs of many rows: a payload is scanned once, then cut into chunks that are applied at the same
//! time without putting the rows of one person out of order (contract: jobs#order-of-rows).

pub mod invariant;
mod malformed;
pub mod plan;
mod rows;
pub mod run;
pub mod scan;

pub use malformed::{Malformed, Member, Problem};
pub use plan::{ChunkPlan, Plan, Sizes, plan};
pub use scan::{Limits, Scanned, Scanner, Sources};

/// The plan of a payload that lies in memory.
///
/// # Errors
/// What is wrong with the payload.
pub fn whole(bytes: &[u8], sizes: Sizes) -> Result<Plan, Malformed> {
    let scan = |mut scanner: Scanner| {
        scanner.push(bytes)?;
        scanner.finish()
    };
    let limits = Limits::default();
    let mut scanned = scan(Scanner::new(limits))?;
    if let Some(sources) = scanned.needs_second_pass() {
        scanned = scan(Scanner::with_sources(limits, sources.clone()))?;
    }
    Ok(plan(scanned, sizes))
}
