//! stub
pub struct Magnitude;
