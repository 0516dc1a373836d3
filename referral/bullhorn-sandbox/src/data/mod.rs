//! The records: generated ones, writes above them, and how a page of them is found.

pub(crate) mod base;
mod id_set;
pub(crate) mod journal;
mod overlay;
pub(crate) mod select;
pub(crate) mod store;
pub(crate) mod view;

pub(crate) use journal::ChangeKind;
pub use journal::StateFileError;
pub(crate) use select::{Filter, Order, Page, Predicate, Rest, SortKey, Ties, Window};
pub(crate) use store::{Change, Store};
pub(crate) use view::{Row, View};
