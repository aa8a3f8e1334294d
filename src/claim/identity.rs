//! stub
use crate::expression::Expr;
pub enum Identity {
    Holds,
    Fails,
    Unknown(String),
}
pub fn prove(_l: &Expr, _r: &Expr) -> Identity {
    Identity::Unknown(String::new())
}
pub fn differentiate(_e: &Expr, _n: &str) -> Result<Expr, String> {
    Err(String::new())
}
