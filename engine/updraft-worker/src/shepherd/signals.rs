//! Signals as bytes in a socket that can be polled.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCHLD, SIGTERM};
use signal_hook::low_level::pipe;

/// SIGTERM and SIGCHLD, from now on.
pub(super) struct Signals {
    /// A byte for each of either.
    any: UnixStream,
    /// A byte for each SIGTERM.
    terminate: UnixStream,
}

impl Signals {
    pub(super) fn install() -> io::Result<Self> {
        let (any, any_sender) = UnixStream::pair()?;
        let (terminate, terminate_sender) = UnixStream::pair()?;
        any.set_nonblocking(true)?;
        terminate.set_nonblocking(true)?;
        // Actions run in the order they are registered: when `any` can be read, `terminate` is already written.
        pipe::register(SIGTERM, terminate_sender)?;
        pipe::register(SIGTERM, any_sender.try_clone()?)?;
        pipe::register(SIGCHLD, any_sender)?;
        Ok(Self { any, terminate })
    }

    /// What to poll for a signal.
    pub(super) fn socket(&self) -> &UnixStream {
        &self.any
    }

    /// Forgets the signals that have come; says whether one was SIGTERM.
    pub(super) fn take_terminate(&mut self) -> bool {
        drain(&mut self.any);
        drain(&mut self.terminate)
    }
}

/// Reads what there is; says whether there was something.
fn drain(socket: &mut UnixStream) -> bool {
    let mut bytes = [0; 64];
    let mut is_filled = false;
    while let Ok(1..) = socket.read(&mut bytes) {
        is_filled = true;
    }
    is_filled
}
