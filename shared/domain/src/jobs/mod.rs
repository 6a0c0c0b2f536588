//! Splits the payload of a job: it is scanned once, then split into chunks that run concurrently
//! while the rows of one person stay in order (contract: jobs#order-of-rows).

mod payload_error;
pub mod plan;
mod row_splitter;
pub mod scan;

pub use payload_error::{MalformedPayload, PayloadError, PayloadMember};
pub use plan::{ChunkPlan, ChunkSizes, PayloadPlan, plan_chunks};
pub use scan::{PayloadScan, PersonLookupSources, ScanLimits, Scanner};

/// Plans a payload in memory.
///
/// # Errors
/// The payload is malformed.
pub fn plan_payload(bytes: &[u8], sizes: ChunkSizes) -> Result<PayloadPlan, MalformedPayload> {
    let scan = |mut scanner: Scanner| {
        scanner.push(bytes)?;
        scanner.finish()
    };
    let limits = ScanLimits::default();
    let mut scanned = scan(Scanner::new(limits))?;
    if let Some(sources) = scanned.late_sources() {
        scanned = scan(Scanner::with_sources(limits, sources.clone()))?;
    }
    Ok(plan_chunks(scanned, sizes))
}
