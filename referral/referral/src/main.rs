//! The referral binary: services, sandbox and the DAG bundle.

fn main() {}
