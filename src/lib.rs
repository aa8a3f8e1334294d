//! edgecert certifies statements about gradient descent at the edge of stability.
//!
#![cfg_attr(feature = "engine", doc = include_str!("overview.md"))]
#![cfg_attr(
    not(feature = "engine"),
    doc = "This build, without the feature `engine`, holds the checker of certificates alone: [`check`]."
)]
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
