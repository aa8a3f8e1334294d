//! How large things may be that are written and read again: whatever one part of edgecert writes,
//! another part reads. Run files, JSON reports, certificates and their checker share these.

/// Bits of the numerator and of the denominator of an exact number, at most.
pub const NUMBER_BITS: u64 = 1 << 16;

/// Characters of an exact number's text, at most: both halves of the largest fraction in decimal,
/// a sign and a bar (log₁₀ 2 < 0.302).
pub const NUMBER_CHARACTERS: usize = 2 * (NUMBER_BITS as usize * 302 / 1000 + 1) + 2;

/// Size of the exponent of a decimal, at most.
pub const DECIMAL_EXPONENT: i64 = 10_000;

/// Bytes of a file that a person writes, at most: a run, a claim, an order.
pub const SOURCE_BYTES: u64 = 4 << 20;

/// Bytes of a JSON report or baseline, at most.
pub const RECORD_BYTES: u64 = 1 << 30;

/// Bytes of a certificate, at most.
pub const CERTIFICATE_BYTES: usize = 1 << 21;

/// Claims of a certificate, at most, those that are listed as unchecked included.
pub const CERTIFICATE_CLAIMS: usize = 1000;

/// Steps of a run of which there is a certificate, at most.
pub const CERTIFICATE_STEPS: u64 = 1_000_000_000;
