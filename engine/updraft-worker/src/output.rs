//! What a program prints.

use std::io::{self, PipeWriter};
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe::Receiver;

use crate::log::LineSplitter;

/// As much as a pipe holds: what was printed before a certain moment is no more than this.
const PIPE_CAPACITY: usize = 64 << 10;

/// What is printed is read in pieces of this size, in bytes.
const PIECE: usize = 16 << 10;

/// Where something was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Our end of a pipe that a program prints into.
pub(crate) struct Output {
    stream: Stream,
    /// `None` once nobody can write into it any more.
    pipe: Option<Receiver>,
    /// Where pieces are read into.
    piece: Vec<u8>,
    splitter: LineSplitter,
}

impl Output {
    /// A pipe: our end and the program's.
    pub(crate) fn pipe(stream: Stream) -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let output = Self {
            stream,
            pipe: Some(Receiver::from_owned_fd(OwnedFd::from(reader))?),
            piece: vec![0; PIECE],
            splitter: LineSplitter::default(),
        };
        Ok((output, writer))
    }

    /// Waits for the program to print; gives the lines that are complete, maybe none. Waits for ever once nobody can
    /// print any more.
    pub(crate) async fn lines(&mut self) -> Vec<String> {
        let Some(pipe) = &self.pipe else {
            return std::future::pending().await;
        };
        // An error shows when it is read from.
        let _ = pipe.readable().await;
        match pipe.try_read(&mut self.piece) {
            Ok(length @ 1..) => self.splitter.push(self.piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Vec::new(),
            Ok(_) | Err(_) => {
                tracing::trace!(stream = self.stream.as_str(), "closed");
                self.pipe = None;
                self.splitter.finish().into_iter().collect()
            }
        }
    }

    /// What was printed up to this moment, without waiting; an unfinished line counts as finished.
    pub(crate) fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(pipe) = &self.pipe {
            let mut left = PIPE_CAPACITY;
            // Read past the runtime, which may not know yet that there is something to read.
            while left > 0
                && let Ok(length @ 1..) = rustix::io::read(pipe, &mut self.piece[..])
            {
                lines.extend(self.splitter.push(self.piece.get(..length).unwrap_or_default()));
                left = left.saturating_sub(length);
            }
        }
        lines.extend(self.splitter.finish());
        lines
    }
}
