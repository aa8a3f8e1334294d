//! stub
pub struct Limbs;
