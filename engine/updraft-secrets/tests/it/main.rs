//! Everything of this crate against what Airflow and Python make of the same input.

mod connections;
mod fernet;
mod masking;
