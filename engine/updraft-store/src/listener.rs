//! Wake-ups of the scheduler: `NOTIFY` on PostgreSQL, a datagram on SQLite, and a slow look at the database as the net.
//!
//! A wake-up is a hint and carries nothing; the truth is in the change feed.

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixDatagram;
use updraft_sql::ChangeSignal;

use crate::error::StoreError;
use crate::store::Store;

/// The name of the scheduler's socket in the run folder.
const SOCKET: &str = "scheduler.sock";
/// The longest path of a socket on Linux, in bytes (`sun_path` less its final NUL).
const SOCKET_PATH_MAX: usize = 107;
/// The pause after the database could not be asked, so that a loop around it does not spin.
const PAUSE: Duration = Duration::from_secs(1);

/// Hears that another process may have changed something. Made by [`Store::listen`].
#[derive(Debug)]
pub struct ChangeListener {
    signal: ChangeSignal,
    socket: Option<Socket>,
}

/// The bound socket; its file is removed with it.
#[derive(Debug)]
struct Socket {
    datagrams: UnixDatagram,
    path: PathBuf,
    /// Tells the file from one that another scheduler made in its place.
    inode: u64,
}

impl Store {
    /// Begins to listen for what other processes change. Only the scheduler that holds the lease does: on SQLite it takes
    /// over the one socket of the run folder. `interval_max` is how long a change may stay unnoticed when its wake-up was
    /// lost; on SQLite about a second is cheap.
    ///
    /// # Errors
    /// [`StoreError`]. A socket that cannot be made is only logged: changes are then noticed by the net.
    pub async fn listen(&self, interval_max: Duration) -> Result<ChangeListener, StoreError> {
        let signal = self.db.signal(&self.channel(), interval_max).await?;
        let socket = self.options.run_dir.as_deref().and_then(|run_dir| match bind(run_dir) {
            Ok(socket) => Some(socket),
            Err(error) => {
                tracing::warn!(
                    "no socket in `{}`: {error}; changes by other processes are noticed after {interval_max:?}",
                    run_dir.display()
                );
                None
            }
        });
        Ok(ChangeListener { signal, socket })
    }
}

impl ChangeListener {
    /// Without a socket.
    pub(crate) fn of(signal: ChangeSignal) -> Self {
        Self { signal, socket: None }
    }

    /// Waits until another process may have changed something. Safe to cancel. Comes back after a while also when the
    /// database cannot be asked; reading the change feed then tells what is wrong.
    pub async fn changed(&mut self) {
        let heard = match &self.socket {
            Some(socket) => tokio::select! {
                heard = self.signal.changed() => heard,
                () = socket.receive() => Ok(()),
            },
            None => self.signal.changed().await,
        };
        if let Err(error) = heard {
            tracing::warn!("cannot listen for changes: {error}");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Socket {
    /// Waits for a datagram and takes all that have come.
    async fn receive(&self) {
        let mut nothing = [0; 1];
        if self.datagrams.recv(&mut nothing).await.is_ok() {
            while self.datagrams.try_recv(&mut nothing).is_ok() {}
        } else {
            // A socket that fails once fails always; the net below it goes on.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Wakes the scheduler, if there is one. Never waits: a full queue means that it will wake anyway.
pub(crate) fn wake(run_dir: &Path) {
    let sent = with_short_path(run_dir, |path| {
        let socket = std::os::unix::net::UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.send_to(&[1], path)
    });
    if let Err(error) = sent {
        tracing::debug!("no scheduler was woken through `{}`: {error}", run_dir.display());
    }
}

/// Binds the socket in the folder, which is made for this user alone.
fn bind(run_dir: &Path) -> io::Result<Socket> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(run_dir)?;
    let path = run_dir.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let datagrams = with_short_path(run_dir, UnixDatagram::bind)?;
    let inode = fs::metadata(&path)?.ino();
    Ok(Socket {
        datagrams,
        path,
        inode,
    })
}

/// Runs something with a path of the socket that the kernel accepts: a long one goes through the open folder.
fn with_short_path<T>(run_dir: &Path, run: impl FnOnce(PathBuf) -> io::Result<T>) -> io::Result<T> {
    let path = run_dir.join(SOCKET);
    if path.as_os_str().len() <= SOCKET_PATH_MAX {
        return run(path);
    }
    let folder = fs::File::open(run_dir)?;
    run(PathBuf::from(format!(
        "/proc/self/fd/{}/{SOCKET}",
        folder.as_raw_fd()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_path_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = folder.path().join("x".repeat(200)).join("run");
        let socket = bind(&run_dir).unwrap();
        wake(&run_dir);
        socket.receive().await;
        drop(socket);
        assert!(!run_dir.join(SOCKET).exists());
        wake(&run_dir);
    }
}
