//! Verdicts: what is said of a claim must be what is true of the exact iterates.

#[path = "verdicts/answers.rs"]
mod answers;
mod common;
#[path = "verdicts/definitions.rs"]
mod definitions;
#[path = "verdicts/oracle.rs"]
mod oracle;
#[path = "verdicts/random.rs"]
mod random;
#[path = "verdicts/scopes.rs"]
mod scopes;
#[path = "verdicts/support.rs"]
mod support;
