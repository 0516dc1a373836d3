//! Finds DAG sources, parses them through their runtime and keeps the last good version.
//!
//! A *source* is a file in the DAGs folder that describes DAGs. This crate knows one kind: `NAME.bundle.toml`, which
//! names a program built on `updraft-sdk`. [`SourceScanner`] looks through the folder and parses what has changed;
//! [`SourceWatcher`] does so again and again.
//!
//! A source is parsed again only when its text or its program has other content than before; that a file was only
//! touched does not count. Parsing runs in a child process with a time limit, and so does [asking a timetable](ask_timetable)
//! that is the source's own.

mod error;
mod files;
mod ignore;
mod index;
mod parse;
mod program;
mod runtime;
mod scanner;
mod source;
mod stamp;
mod watcher;

pub use ignore::IgnoreSyntax;
pub use runtime::{ProgramError, Purpose, ask_timetable};
pub use scanner::{SourceOptions, SourceScanner};
pub use source::{ImportError, ParsedSource, SourceChange};
pub use watcher::SourceWatcher;
