//! The shepherd: the small process between a worker and a bundle program.
//!
//! It exists so that no process of a task can outlive its attempt, whatever happens to the worker. It adopts what the
//! program leaves behind (it is a *subreaper*, so even processes that left their session by `setsid` and lost their
//! parent by a double fork come to it), and it kills all of them when
//!
//! - the worker's end of the socket closes, because the worker died or wants it so: at once;
//! - it gets SIGTERM: the program's group gets SIGTERM first, and a grace;
//! - the program ends.
//!
//! Of a program whose children watch over their own processes, as those of a zygote do, it kills what comes to it at once: the
//! child that it was left by has ended.
//!
//! The socket between worker and program is standard input of both; the shepherd reads nothing from it and only
//! watches it for the end. It ends with the program's exit code; 128 plus a signal's number stands for that signal.

mod flock;
mod signals;

use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpid, kill_process_group, set_child_subreaper};
use updraft_protocol::launch::{self, Orphans, ShepherdArguments};

use self::flock::Flock;
use self::signals::Signals;

/// The exit code when the program does not exist, as in a shell.
pub(crate) const NOT_FOUND: u8 = 127;

/// The exit code when the program cannot be started for another reason, as in a shell.
pub(crate) const NOT_STARTED: u8 = 126;

/// The exit code when the worker has gone, as if by SIGKILL.
const ABANDONED: u8 = 137;

/// Runs the shepherd with these arguments (those behind the program's name and subcommand) until its program has
/// ended. The calling program must not have started any thread.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match ShepherdArguments::parse(arguments) {
        Ok(arguments) => Shepherd::start(&arguments)
            .and_then(Shepherd::watch)
            .unwrap_or_else(|error| {
                complain(&format!("{}: {error}", arguments.program.display()));
                let is_missing = error.kind() == io::ErrorKind::NotFound;
                ExitCode::from(if is_missing { NOT_FOUND } else { NOT_STARTED })
            }),
        Err(mistake) => {
            complain(&mistake);
            ExitCode::from(2)
        }
    }
}

fn complain(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "updraft shepherd: {text}");
}

struct Shepherd<'a> {
    arguments: &'a ShepherdArguments,
    signals: Signals,
    /// The program's process, which is also its group.
    program: Pid,
    flock: Flock,
    /// When the grace after SIGTERM is over.
    deadline: Option<Instant>,
}

impl<'a> Shepherd<'a> {
    fn start(arguments: &'a ShepherdArguments) -> io::Result<Self> {
        set_child_subreaper(Some(getpid()))?;
        let signals = Signals::install()?;
        let child = Command::new(&arguments.program)
            .args(launch::arguments(&arguments.args, Some(std::process::id())))
            .process_group(0)
            .spawn()?;
        let program = Pid::from_child(&child);
        Ok(Self {
            arguments,
            signals,
            program,
            flock: Flock::new(program),
            deadline: None,
        })
    }

    fn watch(mut self) -> io::Result<ExitCode> {
        loop {
            let (is_abandoned, has_signal) = self.wait()?;
            if is_abandoned {
                self.flock.kill();
                return Ok(ExitCode::from(ABANDONED));
            }
            let is_late = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
            if is_late {
                self.flock.kill();
            }
            if has_signal && self.signals.take_terminate() {
                self.deadline.get_or_insert(Instant::now() + self.arguments.grace);
                // A group that has ended needs no signal.
                let _ = kill_process_group(self.program, Signal::TERM);
            }
            self.flock.reap();
            if self.arguments.orphans == Orphans::Kill {
                self.flock.kill_orphans();
            }
            if let Some(code) = self.flock.program_exit() {
                self.flock.kill();
                return Ok(ExitCode::from(code));
            }
        }
    }

    /// Waits for something to do: whether the worker has gone, and whether a signal has come.
    fn wait(&self) -> io::Result<(bool, bool)> {
        let timeout = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A time that is too long to be written is as good as none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let stdin = io::stdin();
        let mut sources = [
            PollFd::new(&stdin, PollFlags::empty()),
            PollFd::new(self.signals.socket(), PollFlags::IN),
        ];
        match poll(&mut sources, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [stdin, signals] = sources.map(|source| source.revents());
        Ok((!stdin.is_empty(), !signals.is_empty()))
    }
}
