//! Typed records: exactly the fields that the recruiting pipeline needs.

pub(crate) mod address;
pub(crate) mod candidate;
pub(crate) mod job_order;
pub(crate) mod named;
pub(crate) mod rows;
pub(crate) mod stub;

use jiff::Timestamp;

use crate::fields::Fields;
use crate::wire::row::{Row, RowFault};

/// A kind of record that can be read from a reply.
///
/// Implement it for a selection of fields of your own; [`Candidate`](crate::Candidate),
/// [`JobOrder`](crate::JobOrder), [`Named`](crate::Named) and [`Stub`](crate::Stub) are there already.
pub trait Record: Sized + Send + 'static {
    /// The fields to ask for. A call may ask for fewer, where the account lacks some.
    fn fields() -> Fields;

    /// Reads a record.
    ///
    /// # Errors
    /// [`RowFault`] names the field that cannot be understood. The row is then reported beside the others.
    fn from_row(row: &Row<'_>) -> Result<Self, RowFault>;

    /// Bullhorn's id.
    fn id(&self) -> i64;

    /// When it last changed, if the field was asked for.
    fn modified(&self) -> Option<Timestamp>;
}
