//! The files that the interface was built into: part of a release program, and read from `ui/dist` by a debug one.
//!
//! Without a build there are none. `cargo xtask ui` makes them, and touches this file, so that what was added or removed is noticed.

use std::borrow::Cow;

use rust_embed::Embed;

/// The built interface.
#[derive(Embed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// A file.
pub(super) struct File {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) sha256: [u8; 32],
}

/// The file of that path, which is relative to the folder.
pub(super) fn file(path: &str) -> Option<File> {
    let found = Dist::get(path)?;
    Some(File {
        sha256: found.metadata.sha256_hash(),
        bytes: found.data,
    })
}
