//! Floating-point audit: formats, orders, traces, and what is certified of them.

#[path = "audit/agreement.rs"]
mod agreement;
#[path = "audit/arithmetic.rs"]
mod arithmetic;
#[path = "audit/cause.rs"]
mod cause;
mod common;
#[path = "audit/compare/mod.rs"]
mod compare;
#[path = "audit/observe.rs"]
mod observe;
mod oracle;
#[path = "audit/orders.rs"]
mod orders;
mod program;
#[path = "audit/remedy.rs"]
mod remedy;
#[path = "audit/report.rs"]
mod report;
#[path = "audit/support.rs"]
mod support;
#[path = "audit/traces.rs"]
mod traces;
