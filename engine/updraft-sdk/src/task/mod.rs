//! Running a task: its function, what it is given, and how it fails.

mod arguments;
mod assets;
mod branch;
mod callback;
mod connection;
mod context;
mod defer;
mod engine;
mod error;
mod function;
mod logger;
mod run;
mod runs;
mod sensor;
mod sequence;
mod template;
mod work;
mod xcom;

pub use branch::Branch;
pub use callback::CallbackContext;
pub use connection::Connection;
pub use context::Context;
pub use defer::Defer;
pub use engine::RequestError;
pub use error::{TaskError, TaskResult};
pub use logger::Logger;
pub use runs::TriggerRun;
pub use sensor::{Poke, SensorMode};
pub use sequence::XComSequence;
pub use xcom::XComSource;

pub(crate) use callback::{CallbackFunction, Callbacks};
pub(crate) use defer::WaitFailure;
pub(crate) use engine::{Engine, Reply};
pub(crate) use function::TaskFunction;
pub(crate) use logger::now;
pub(crate) use run::{Attempt, Run, end, panic_message, run};
pub(crate) use sensor::Sensor;
pub(crate) use work::Work;
