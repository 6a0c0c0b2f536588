//! Random numbers from the system.

/// 256 random bits. Without them no key and no GSID is safe to issue, so a system without a random
/// source is treated like a broken one: the process aborts.
pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

/// 128 random bits.
pub(crate) fn random_u128() -> u128 {
    let bytes = random_bytes();
    bytes.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}
