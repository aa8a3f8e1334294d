//! stub
pub fn format(q:&rug::Rational)->String{q.to_string()}
