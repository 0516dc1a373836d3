//! Finds DAG sources, parses them through their runtime and keeps the last good version.
//!
//! A *source* is a file in the DAGs folder that describes DAGs: a `NAME.bundle.toml`, which names a program built on
//! `updraft-sdk`, or an Airflow DAG file in [`Python`]. [`SourceScanner`] looks through the folder and parses what has changed;
//! [`SourceWatcher`] does so again and again.
//!
//! A source is parsed again only when its text, its program or what it has read has changed; that its file was only
//! touched does not count. Parsing runs in a child process with a time limit, and so does [asking a timetable](ask_timetable)
//! that is the source's own. Sources are parsed beside each other, so one that takes its time holds up no other.

mod answers;
mod by_hand;
mod error;
mod files;
mod ignore;
mod index;
mod kind;
mod parse;
mod process;
mod program;
mod python;
mod runtime;
mod scanner;
mod shepherd;
mod source;
mod stamp;
mod watcher;

pub use answers::ParseAnswers;
pub use by_hand::answer_all;
pub use ignore::IgnoreSyntax;
pub use python::{NoPython, Python};
pub use runtime::{ProgramError, Purpose, ask_timetable};
pub use scanner::{SourceOptions, SourceScanner};
pub use shepherd::Shepherd;
pub use source::{Broken, ImportError, ParsedSource, SourceChange};
pub use watcher::SourceWatcher;
