//! Jobs of many rows: a payload is scanned once, then cut into chunks that are applied at the same
//! time without putting the rows of one person out of order (contract: jobs#order-of-rows).

mod payload_error;
pub mod plan;
mod row_splitter;
pub mod scan;

pub use payload_error::{MalformedPayload, PayloadError, PayloadMember};
pub use plan::{ChunkPlan, ChunkSizes, PayloadPlan, plan_chunks};
pub use scan::{PayloadScan, PersonLookupSources, ScanLimits, Scanner};

/// The plan of a payload that lies in memory.
///
/// # Errors
/// What is wrong with the payload.
pub fn plan_payload(bytes: &[u8], sizes: ChunkSizes) -> Result<PayloadPlan, MalformedPayload> {
    let scan = |mut scanner: Scanner| {
        scanner.push(bytes)?;
        scanner.finish()
    };
    let limits = ScanLimits::default();
    let mut scanned = scan(Scanner::new(limits))?;
    if let Some(sources) = scanned.needs_second_pass() {
        scanned = scan(Scanner::with_sources(limits, sources.clone()))?;
    }
    Ok(plan_chunks(scanned, sizes))
}
