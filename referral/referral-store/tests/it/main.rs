//! The store on both databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod catalogue;
mod differential;
mod embeddings;
mod fixtures;
mod matches;
mod pages;
mod recruiting_pages;
mod runs;
