//! Tests of whole populations.

mod determinism;
mod fields;
mod ranking;
mod support;
mod texts;
mod variety;
mod words;
