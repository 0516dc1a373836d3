//! Where attempts run: the local executor and its slots.
