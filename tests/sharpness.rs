//! Certified sharpness against the exact characteristic polynomial.

#[path = "sharpness/known.rs"]
mod known;
#[path = "sharpness/random.rs"]
mod random;
#[path = "sharpness/sandwich.rs"]
mod sandwich;
#[path = "numbers/subject.rs"]
#[allow(dead_code)]
mod subject;
#[path = "sharpness/support.rs"]
mod support;
