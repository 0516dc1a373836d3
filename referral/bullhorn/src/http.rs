//! Sending requests: one request, and the loop that sends it until it is answered.

pub(crate) mod exchange;
pub(crate) mod outgoing;
pub(crate) mod reply;
pub(crate) mod transport;
