//! To-many fields, which usually arrive incomplete.

/// The members of a to-many field that came with a record. Bullhorn sends only the first few: when
/// [`ToMany::is_complete`] is false, fetch the rest with [`Client::associations`](crate::Client::associations).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToMany<T> {
    /// How many members there are; at least `members.len()`.
    pub total: u64,
    /// The members that came along.
    pub members: Vec<T>,
}

impl<T> ToMany<T> {
    /// No members.
    pub const fn empty() -> Self {
        Self {
            total: 0,
            members: Vec::new(),
        }
    }

    /// Whether all members came along.
    pub fn is_complete(&self) -> bool {
        self.total == self.members.len() as u64
    }
}
