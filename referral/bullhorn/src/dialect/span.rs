//! Ranges in which both ends are of the same sort, the only ones that every version of the index understands.

/// A range of numbers or moments. Either both ends belong to it or neither does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<T> {
    pub(crate) from: Option<T>,
    pub(crate) to: Option<T>,
    pub(crate) ends: Ends,
}

/// Whether the ends of a [`Span`] belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Included,
    Excluded,
}

impl<T> Span<T> {
    /// From `from` to `to`, both included.
    pub const fn between(from: T, to: T) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            ends: Ends::Included,
        }
    }

    /// Strictly between `from` and `to`.
    pub const fn inside(from: T, to: T) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            ends: Ends::Excluded,
        }
    }

    /// `from` and everything above.
    pub const fn at_least(from: T) -> Self {
        Self {
            from: Some(from),
            to: None,
            ends: Ends::Included,
        }
    }

    /// Everything above `from`.
    pub const fn above(from: T) -> Self {
        Self {
            from: Some(from),
            to: None,
            ends: Ends::Excluded,
        }
    }

    /// `to` and everything below.
    pub const fn at_most(to: T) -> Self {
        Self {
            from: None,
            to: Some(to),
            ends: Ends::Included,
        }
    }

    /// Everything below `to`.
    pub const fn below(to: T) -> Self {
        Self {
            from: None,
            to: Some(to),
            ends: Ends::Excluded,
        }
    }
}
