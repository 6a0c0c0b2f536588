//! Jobs of many rows: a payload is scanned once, then cut into chunks that are applied at the same
//! time without putting the rows of one person out of order (contract 9).

mod malformed;
pub mod scan;

pub use malformed::{Malformed, Member, Problem};
pub use scan::{Limits, Scanned, Scanner, Sources};
