//! The web interface itself: its files, addresses of Airflow's interface, and what browsers are told about all answers.

mod assets;
mod headers;
mod legacy;
mod respond;

pub(crate) use headers::secured;
pub(crate) use legacy::encoded;
pub(crate) use respond::page;
