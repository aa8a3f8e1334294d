//! What floating point does to gradient descent, against the certified truth.
//!
//! A *format* ([`mod@format`]) says which numbers there are, an *order* ([`order`]) in which
//! operations the step is computed. Together they make a [`simulation`]: a trace of floats.
//! Its numbers are exact once they are there, so every statement about a trace, and about its
//! distance from the exact trajectory, can be certified.
//!
//! An audit ([`audit`]) compares traces with the [`truth`]: how they go ([`outcome`]: crossings
//! of the edge, divergence, the side of 2/η at the end), what claims say of them ([`observe`]),
//! and in what they deviate beyond stated bounds ([`deviation`]). It names the [`cause`] of each difference by ablation, the set of outcomes of
//! neighbouring inputs ([`robustness`]), and what would help ([`remedy`]).
//!
//! *Observed* values are what a trace holds; *certified* values are enclosures of the exact
//! trajectory or of a comparison with it. They are different types ([`Observed`]) and never
//! share a column.

pub mod arithmetic;
pub mod cause;
pub mod compare;
pub mod deviation;
mod domain;
pub mod events;
pub mod format;
#[cfg(target_arch = "x86_64")]
pub mod hardware;
pub mod observe;
pub mod order;
pub mod outcome;
mod parallel;
pub mod playback;
pub mod remedy;
pub mod robustness;
pub mod run;
pub mod simulation;
pub mod source;
pub mod truth;

pub use arithmetic::Backend;
pub use format::Format;
pub use order::Order;
pub use run::{Audit, audit};
pub use simulation::{Observed, Simulation};
