//! The files that the pages were built into: part of a release program, and read from `ui/dist-recruiting` by a debug one.
//!
//! Without a build there are none. `cargo xtask ui` makes them, and touches this file, so that what was added or removed is noticed.

use std::borrow::Cow;

use rust_embed::Embed;

/// The built pages.
#[derive(Embed)]
#[folder = "../../ui/dist-recruiting"]
#[allow_missing = true]
struct Dist;

/// The file of that path, which is relative to the folder.
pub(super) fn file(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|found| found.data)
}
