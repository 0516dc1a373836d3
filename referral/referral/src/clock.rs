//! The machine's clock; everything else is given the time.

use jiff::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that is passed to everybody else"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
