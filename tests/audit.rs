//! Floating-point audit: formats, orders, traces, and what is certified of them.

#[path = "audit/arithmetic.rs"]
mod arithmetic;
#[path = "audit/cause.rs"]
mod cause;
mod common;
#[path = "audit/observe.rs"]
mod observe;
#[path = "audit/remedy.rs"]
mod remedy;
#[path = "audit/support.rs"]
mod support;
#[path = "audit/traces.rs"]
mod traces;
