//! stub
use super::*;
pub fn brief(_v:&Interval)->String{String::new()}
pub fn exact_ends(_v:&Interval)->(String,String){(String::new(),String::new())}
impl std::fmt::Display for Interval { fn fmt(&self,f:&mut std::fmt::Formatter<'_>)->std::fmt::Result{write!(f,"{:?}",self)} }
impl std::fmt::Display for Ball { fn fmt(&self,f:&mut std::fmt::Formatter<'_>)->std::fmt::Result{write!(f,"{:?}",self)} }
