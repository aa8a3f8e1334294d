//! stub
pub struct Ball;
