//! The words the population is made of: families of occupations, phrase banks, and what follows from them.
//!
//! The texts lie in TOML files beside this module and are compiled into the program; `README.md` there explains the
//! format. They are read and checked once, at first use.

mod catalogue;
mod check;
#[cfg(test)]
mod check_tests;
mod error;
mod family;
mod phrases;
mod source;
mod template;

pub(crate) use catalogue::{Family, Occupation, SkillId, Vocabulary, vocabulary};
pub use error::VocabularyError;
pub(crate) use family::Remote;
pub(crate) use phrases::{Headings, Phrases, Place};
pub(crate) use template::{Facts, Template, grouped};
