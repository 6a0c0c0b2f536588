//! objects-write
