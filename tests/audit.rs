//! Floating-point audit: formats, orders, traces, and what is certified of them.

#[path = "audit/arithmetic.rs"]
mod arithmetic;
mod common;
#[path = "audit/compare/mod.rs"]
mod compare;
mod oracle;
#[path = "audit/orders.rs"]
mod orders;
#[path = "audit/traces.rs"]
mod traces;
