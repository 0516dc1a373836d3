//! Opening a log: only a file, and only one inside of the logs folder, whatever links there are.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::failure::Failure;

/// How much is read at once.
pub(super) const PIECE: usize = 1 << 20;

/// An open log.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: File,
    /// Its length when it was opened.
    pub(crate) length: u64,
    /// Device and number: which file it is, whatever its name.
    pub(super) identity: (u64, u64),
}

impl LogFile {
    /// Opens a file; `None` if there is none.
    ///
    /// # Errors
    /// It is no file, or lies outside of the folder, or cannot be read.
    pub(crate) fn open(folder: &Path, path: &Path) -> Result<Option<Self>, Failure> {
        // What waits for somebody else to write (a named pipe) is not waited for.
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        // Asked after opening, so that nobody can change the way to it in between.
        let place = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !place.starts_with(&folder) || !about.is_file() {
            tracing::warn!(log = %path.display(), is = %place.display(), "a log is not a file inside of the logs folder, and not shown");
            return Err(Failure::NotFound(
                "the log is not a file inside of the logs folder, so it is not shown".to_owned(),
            ));
        }
        Ok(Some(Self {
            file,
            length: about.len(),
            identity: (about.dev(), about.ino()),
        }))
    }

    /// Reads from a place on, in pieces, until `take` says that it is enough (`false`), or the end is reached; the end as it was when the
    /// file was opened.
    ///
    /// # Errors
    /// It cannot be read; or that of `take`.
    pub(crate) fn read(
        &mut self,
        from: u64,
        take: &mut dyn FnMut(&[u8]) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let mut left = self.length.saturating_sub(from);
        let mut piece = vec![0; PIECE.min(left as usize)];
        while left > 0 {
            let room = piece.len().min(left as usize);
            let length = self.file.read(&mut piece[..room]).map_err(failed)?;
            // It has become shorter.
            if length == 0 {
                break;
            }
            left -= length as u64;
            if !take(&piece[..length])? {
                break;
            }
        }
        Ok(())
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::Internal(Box::new(error))
}
