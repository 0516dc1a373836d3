//! Every serialised message between the engine's processes.
//!
//! A task process and its supervisor talk over one socket in *frames*: a length, then a msgpack array of an id and a
//! body. Names and shapes of the bodies are those of Airflow 3's supervisor schema, so that programs written against
//! that schema and ours understand each other; what we add begins with `Updraft` and is never answered.
//!
//! - [`frame`]: how bodies become bytes and back, with a size limit and without panics on garbage;
//! - [`message`]: the bodies;
//! - [`manifest`]: `NAME.bundle.toml`, which says how a native bundle is started;
//! - [`launch`]: that program, found and ready to be started;
//! - [`zygote`]: the process that others of the same program are forked from;
//! - [`defaults`]: what it is told of the installation's settings.
//!
//! Nothing here does IO.

pub mod defaults;
mod duration;
pub mod frame;
pub mod launch;
pub mod manifest;
pub mod message;
mod time;
mod wire;
pub mod zygote;
