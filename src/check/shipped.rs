//! Which statements edgecert ships: an id alone says nothing of what a certificate states under it.

/// Id and hash of each shipped statement, a line each: `edgecert explain --hashes`.
const TABLE: &str = include_str!("shipped.txt");

/// What is known of a statement's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shipped {
    /// edgecert ships this statement under this id.
    Same,
    /// It ships another one under it: with other constants, for one.
    Different,
    /// It ships none.
    Unknown,
}

impl Shipped {
    /// The statement with this hash, under this id.
    pub fn of(id: &str, hash: &str) -> Self {
        let rows = TABLE.lines().filter_map(|line| line.split_once(' '));
        match rows.into_iter().find(|(name, _)| *name == id) {
            Some((_, shipped)) if shipped == hash => Shipped::Same,
            Some(_) => Shipped::Different,
            None => Shipped::Unknown,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Shipped::Same => "as shipped",
            Shipped::Different => "NOT as shipped",
            Shipped::Unknown => "not a shipped id",
        }
    }
}
