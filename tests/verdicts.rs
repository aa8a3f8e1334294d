//! Verdicts: what is said of a claim must be what is true of the exact iterates.

#[path = "verdicts/answers.rs"]
mod answers;
#[path = "common/cases.rs"]
mod cases;
mod common;
#[path = "verdicts/definitions.rs"]
mod definitions;
#[path = "verdicts/near_misses.rs"]
mod near_misses;
#[path = "verdicts/oracle.rs"]
mod oracle;
#[path = "verdicts/random.rs"]
mod random;
#[path = "verdicts/ranges.rs"]
mod ranges;
#[path = "verdicts/scopes.rs"]
mod scopes;
#[path = "verdicts/support.rs"]
mod support;
#[path = "verdicts/table.rs"]
mod table;
#[path = "verdicts/tight.rs"]
mod tight;
