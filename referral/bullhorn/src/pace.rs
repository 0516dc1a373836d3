//! How fast calls are sent: one pace shared by everything that uses a client.

pub(crate) mod backoff;
pub(crate) mod deadline;
pub(crate) mod governor;
pub(crate) mod rhythm;
