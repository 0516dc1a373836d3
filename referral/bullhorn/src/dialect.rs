//! The two query languages as types: Lucene for `/search`, a JPQL subset for `/query`.
//!
//! They write the same date differently, and a date in the wrong form is silently ignored by the server. So a field
//! path carries the kind of its values, and each language writes that kind in its own way.

pub(crate) mod jpql;
pub(crate) mod lucene;
pub(crate) mod path;
pub(crate) mod sort;
pub(crate) mod span;
