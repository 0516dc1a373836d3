//! DAG files in Python: the interpreter that reads them, and processes of it that stay warm while there are files to read.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use updraft_protocol::launch::Program;

use crate::process::Process;
use crate::runtime::ProgramError;
use crate::shepherd::Shepherd;

/// A process that has read no file for so long is ended.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// The Python that reads DAG files and runs their tasks: an interpreter that has our `airflow` package.
#[async_trait]
pub trait Python: Debug + Send + Sync + 'static {
    /// Tells one state of the environment from another, at the cost of a look at the disk; `None`: there is no environment. DAG
    /// files are read again when it changes.
    fn fingerprint(&self) -> Option<String>;

    /// The interpreter, ready to be started. If its environment is missing it is made, which takes a while.
    async fn program(&self) -> Result<Arc<Program>, NoPython>;
}

/// Why there is no interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPython {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Processes that read DAG files one after another.
#[derive(Debug, Default)]
pub(crate) struct Warm {
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    program: Arc<Program>,
    process: Process,
    since: Instant,
}

impl Warm {
    /// A process of this program: one that has nothing to do, or else a new one.
    pub(crate) fn take(&self, program: &Arc<Program>, shepherd: &Shepherd) -> Result<Process, ProgramError> {
        while let Some(mut idle) = self.pop(program) {
            if idle.process.is_usable() {
                return Ok(idle.process);
            }
        }
        Process::start(program, shepherd)
    }

    /// The one that was used last, so that others cool down.
    fn pop(&self, program: &Program) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let last = idle.iter().rposition(|idle| *idle.program == *program)?;
        Some(idle.remove(last))
    }

    /// Keeps a process for the next file.
    pub(crate) fn give(&self, program: Arc<Program>, process: Process) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle {
            program,
            process,
            since: Instant::now(),
        });
    }

    /// Ends processes that have had nothing to do for long.
    pub(crate) fn cool(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < IDLE_MAX);
    }
}
