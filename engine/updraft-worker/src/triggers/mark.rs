//! Which trigger's code is at work in another process.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// A file in the memory of the process, which writes the number of a trigger into it before each step of that trigger, and 0 after it.
/// It stays readable when the process hangs, and after its end.
#[derive(Debug)]
pub(super) struct Mark(File);

impl Mark {
    /// The file that is this descriptor of that process; `None` if it cannot be opened, so that nobody knows who is at work.
    pub(super) fn open(pid: i32, descriptor: i32) -> Option<Self> {
        let opened = File::open(format!("/proc/{pid}/fd/{descriptor}"));
        if let Err(error) = &opened {
            tracing::warn!("it cannot be seen which trigger is at work: {error}");
        }
        opened.ok().map(Self)
    }

    /// The trigger that is at work, or was when the process ended.
    pub(super) fn at_work(&self) -> Option<u64> {
        let mut number = [0; 8];
        self.0.read_exact_at(&mut number, 0).ok()?;
        let number = u64::from_le_bytes(number);
        (number != 0).then_some(number)
    }
}
