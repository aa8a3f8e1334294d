//! edgecert certifies statements about gradient descent at the edge of stability.
//!
//! Data flows one way: a run file with exact rational inputs ([`input`]) → the model
//! ([`model`]) → an enclosure of every iterate ([`enclosure`]) → claims evaluated on the
//! enclosures ([`claim`]) → verdicts ([`verdict`]) → reports ([`report`]).
//!
//! An *enclosure* is a set that provably contains the exact real value. Containing it is
//! correctness; being small is quality. Every operation that returns an enclosure says in
//! its documentation why the result contains the exact value.
#![warn(missing_docs)]

pub mod certify;
pub mod claim;
pub mod diagnostic;
pub mod document;
pub mod enclosure;
pub mod expression;
pub mod input;
pub mod model;
pub mod number;
pub mod report;
pub mod sharpness;
pub mod verdict;
