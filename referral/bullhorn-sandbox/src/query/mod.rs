//! `/query`: the database, asked in a language like JPQL.

mod endpoint;
mod filter;
mod lex;
mod parse;

pub(crate) use endpoint::query;
pub(crate) use filter::{Where, WhereError};
