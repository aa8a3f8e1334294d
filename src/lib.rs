//! edgecert certifies statements about gradient descent at the edge of stability.
//!
//! Data flows one way: a run file with exact rational inputs ([`input`]) → the model
//! ([`model`]) → an enclosure of every iterate ([`enclosure`]) → claims evaluated on the
//! enclosures ([`claim`]) → verdicts ([`verdict`]) → reports ([`report`]). What changed from
//! one report to another is the subject of [`regression`]. A [`certificate`] is what somebody else
//! needs to check the verdicts; [`check`] does that, and shares no code with the rest.
//!
//! An *enclosure* is a set that provably contains the exact real value. Containing it is
//! correctness; being small is quality. Every operation that returns an enclosure says in
//! its documentation why the result contains the exact value.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use edgecert::certify::{Options, certify};
//! use edgecert::input::Run;
//! use edgecert::verdict::Verdict;
//!
//! let mut run = Run::load("proofs/runs/figure-1.toml".as_ref())?;
//! run.set_steps(600)?;
//! run.claims.retain(|claim| claim.id == "theorem-4.1.bound");
//! let interrupt = AtomicBool::new(false);
//! let outcome = certify(&run, &Options::default(), &interrupt, &mut |_| ())?;
//! // The first overshoot beyond (2 + 1/10)/η is at step 550: a certified violation.
//! assert_eq!(outcome.claims[0].verdict, Verdict::Violated);
//! assert_eq!(outcome.claims[0].violation.as_ref().map(|v| v.step), Some(550));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs)]

#[cfg(feature = "engine")]
pub mod audit;
#[cfg(feature = "engine")]
pub mod certificate;
#[cfg(feature = "engine")]
pub mod certify;
pub mod check;
#[cfg(feature = "engine")]
pub mod claim;
#[cfg(feature = "engine")]
pub mod diagnostic;
#[cfg(feature = "engine")]
pub mod document;
#[cfg(feature = "engine")]
pub mod enclosure;
#[cfg(feature = "engine")]
pub mod expression;
#[cfg(feature = "engine")]
pub mod falsify;
#[cfg(feature = "engine")]
pub mod figure;
#[cfg(feature = "engine")]
pub mod flow;
#[cfg(feature = "engine")]
pub mod input;
pub mod limits;
#[cfg(feature = "engine")]
pub mod model;
#[cfg(feature = "engine")]
pub mod number;
#[cfg(feature = "engine")]
pub mod regression;
#[cfg(feature = "engine")]
pub mod report;
#[cfg(feature = "engine")]
pub mod sharpness;
#[cfg(feature = "engine")]
pub mod tighten;
#[cfg(feature = "engine")]
pub mod trap;
#[cfg(feature = "engine")]
pub mod verdict;
pub mod visible;
