//! The HTTP service, with a real database.

mod embeddings;
mod harness;
mod health;
mod matches;
mod openai;
