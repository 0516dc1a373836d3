//! All processes that came of one program.

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group, wait};

use crate::tree::{children, descendants};

/// The program's process and all that came of it: every descendant of this process.
pub(super) struct Flock {
    program: Pid,
    /// The program's exit code, once it has ended and was waited for.
    exit: Option<u8>,
}

impl Flock {
    pub(super) const fn new(program: Pid) -> Self {
        Self { program, exit: None }
    }

    /// How the program ended: its exit code, or 128 plus the signal; `None` while it runs.
    pub(super) const fn program_exit(&self) -> Option<u8> {
        self.exit
    }

    /// Takes note of every child that has ended.
    pub(super) fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            self.note(pid, status);
        }
    }

    fn note(&mut self, pid: Pid, status: WaitStatus) {
        if pid == self.program {
            let signal = status.terminating_signal().map(|signal| 128 + signal);
            let code = status.exit_status().or(signal);
            self.exit = code.map(|code| u8::try_from(code).unwrap_or(u8::MAX));
        }
    }

    /// Kills the processes that have come to us, and all that came of them.
    pub(super) fn kill_orphans(&self) {
        for orphan in children(getpid()).unwrap_or_default() {
            if orphan != self.program {
                for pid in [vec![orphan], descendants(orphan)].concat() {
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
        }
    }

    /// Kills every process and waits until none is left.
    ///
    /// A process that is forked while this goes on is found the next time around: its parent is killed, so it becomes
    /// our child, and only when no child is left does this end.
    pub(super) fn kill(&mut self) {
        loop {
            // The group's number is ours to use only until its leader has been waited for.
            if self.exit.is_none() {
                let _ = kill_process_group(self.program, Signal::KILL);
            }
            for pid in descendants(getpid()) {
                let _ = kill_process(pid, Signal::KILL);
            }
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => self.note(pid, status),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                // No child is left.
                Err(_) => return,
            }
            self.reap();
        }
    }
}
