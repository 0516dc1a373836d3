//! Telling cheaply that a file may have changed, and surely that its content has.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use updraft_protocol::message::UpdraftRead;

/// What `stat` says about a file. As long as it stays the same, the file is taken as unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// Seconds and nanoseconds of the last change to the inode, which nobody can set.
    changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The stamp of a file that a program has read.
    pub(crate) const fn of_read(read: &UpdraftRead) -> Self {
        const SECOND: i64 = 1_000_000_000;
        Self {
            device: read.device,
            inode: read.inode,
            size: read.size,
            modified: (read.modified.div_euclid(SECOND), read.modified.rem_euclid(SECOND)),
            changed: (read.changed.div_euclid(SECOND), read.changed.rem_euclid(SECOND)),
        }
    }

    /// The stamp of the file behind a path, through symbolic links.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    /// Which file it is, whatever its name.
    pub(crate) const fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

/// Hashes of programs, computed once per stamp: they are large, and several sources may share one.
#[derive(Debug, Default)]
pub(crate) struct Hashes {
    by_path: HashMap<PathBuf, (Stamp, [u8; 32])>,
}

impl Hashes {
    /// SHA-256 of the file's content.
    pub(crate) fn of(&mut self, path: &Path, stamp: Stamp) -> io::Result<[u8; 32]> {
        if let Some((known, hash)) = self.by_path.get(path)
            && *known == stamp
        {
            return Ok(*hash);
        }
        let mut hasher = Sha256::new();
        let mut file = File::open(path)?;
        let mut bytes = vec![0; 1 << 18];
        loop {
            let length = file.read(&mut bytes)?;
            if length == 0 {
                break;
            }
            hasher.update(bytes.get(..length).unwrap_or_default());
        }
        let hash = hasher.finalize().into();
        self.by_path.insert(path.to_owned(), (stamp, hash));
        Ok(hash)
    }
}

/// The hash of a bundle file, its program and the environment that it is given together, hex.
pub(crate) fn fingerprint(text: &str, program: &[u8; 32], env: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(program);
    for (name, value) in env {
        hasher.update(format!("{name}={value}\0"));
    }
    hasher.update(text);
    hex(hasher)
}

/// The hash of a file's content, hex.
pub(crate) fn content_hash(bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(bytes);
    hex(hasher)
}

fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}
