//! Who watches over the processes of programs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use updraft_protocol::launch::{Orphans, Program, ShepherdArguments, arguments};

/// How to start a shepherd, which ends with us and leaves nothing behind that its program has started; without one, the
/// program is started directly.
#[derive(Debug, Clone, Default)]
pub struct Shepherd {
    /// A program, and arguments that make it one with those that follow.
    pub command: Option<(PathBuf, Vec<OsString>)>,
}

impl Shepherd {
    pub(crate) const fn is_there(&self) -> bool {
        self.command.is_some()
    }

    /// What is to be started for a program.
    pub(crate) fn command(&self, program: &Program) -> (PathBuf, Vec<OsString>) {
        let Some((shepherd, own)) = &self.command else {
            return (program.path.clone(), arguments(&program.args, None));
        };
        let order = ShepherdArguments {
            grace: Duration::ZERO,
            orphans: Orphans::Keep,
            program: program.path.clone(),
            args: program.args.iter().map(Into::into).collect(),
        };
        let arguments = own.iter().cloned().chain(order.to_command_line());
        (shepherd.clone(), arguments.collect())
    }
}
