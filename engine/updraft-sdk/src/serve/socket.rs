//! Taking over the supervisor's socket.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::ServeError;

/// Makes the socket on standard input ours alone: standard input itself becomes empty, so that neither a task nor a
/// process started by one can read or hold the socket.
pub(super) fn take_stdin() -> Result<UnixStream, ServeError> {
    let stdin = io::stdin();
    rustix::net::sockopt::socket_type(stdin.as_fd()).map_err(|_| ServeError::NotASocket)?;
    let socket = stdin.as_fd().try_clone_to_owned().map_err(ServeError::SetUp)?;
    let nothing = File::open("/dev/null").map_err(ServeError::SetUp)?;
    rustix::stdio::dup2_stdin(&nothing).map_err(|error| ServeError::SetUp(error.into()))?;
    Ok(UnixStream::from(socket))
}
