//! stub
pub struct Interval;
