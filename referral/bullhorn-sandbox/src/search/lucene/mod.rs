//! The subset of Lucene's query language that Bullhorn's clients use.

mod ast;
mod bind;
mod eval;
mod parse;
#[cfg(test)]
mod parse_tests;
mod tokens;

pub(crate) use eval::Search;
