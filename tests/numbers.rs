//! Inclusion of every operation of the number systems, against exact rationals.

#[path = "numbers/comparisons.rs"]
mod comparisons;
#[path = "numbers/corners.rs"]
mod corners;
#[path = "numbers/decimals.rs"]
mod decimals;
#[path = "numbers/functions.rs"]
mod functions;
#[path = "numbers/operations.rs"]
mod operations;
#[path = "numbers/subject.rs"]
mod subject;
