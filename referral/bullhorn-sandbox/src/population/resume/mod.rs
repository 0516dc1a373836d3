//! Resumes: a person's profile and career as a document that somebody wrote and a system converted to HTML.

mod budget;
mod experience;
mod sections;
mod words;

pub(crate) use sections::{Subject, resume};
