//! stub
#[derive(Debug,thiserror::Error)] #[error("{0}")] pub struct InputError(String);
impl InputError{ pub fn in_source(_f:&crate::claim::SourceFile,_s:Option<crate::expression::Span>,m:&str)->Self{InputError(m.into())} pub fn internal(m:&str)->Self{InputError(m.into())} pub fn usage(m:&str)->Self{InputError(m.into())} pub fn is_io(&self)->bool{false}}
pub fn nearest<'a>(_n:&str,_c:impl Iterator<Item=&'a str>)->Option<&'a str>{None}
