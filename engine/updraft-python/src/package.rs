//! The Python package, as it is shipped in the binary.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, io, process};

use sha2::{Digest, Sha256};

/// The files of the package, by their path.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// What the package needs where tasks run, as `pip` reads it.
pub(crate) const REQUIREMENTS: &str = include_str!(concat!(env!("OUT_DIR"), "/requirements.txt"));

/// Names this state of the package: a hash of its content, in short.
pub(crate) fn hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = Sha256::new();
        for (name, content) in FILES {
            hasher.update(name);
            hasher.update((content.len() as u64).to_le_bytes());
            hasher.update(content);
        }
        hex::encode(hasher.finalize().into_iter().take(8).collect::<Vec<u8>>())
    });
    &HASH
}

/// Where the package lies, once it is unpacked below this folder.
pub(crate) fn place(below: &Path) -> PathBuf {
    below.join(hash())
}

/// Unpacks the package below a folder. It appears there complete or not at all.
pub(crate) fn unpack(below: &Path) -> io::Result<PathBuf> {
    let place = place(below);
    if place.is_dir() {
        return Ok(place);
    }
    let unfinished = below.join(format!(".{}.{}", hash(), process::id()));
    for (name, content) in FILES {
        let file = unfinished.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, content)?;
    }
    fs::rename(&unfinished, &place)?;
    Ok(place)
}

/// Deletes what older versions have unpacked there. The one before stays: processes of it may still run.
pub(crate) fn tidy(below: &Path, before: Option<&Path>) {
    let Ok(entries) = fs::read_dir(below) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_package = path.join("updraft_airflow").is_dir();
        if is_package && path != place(below) && Some(path.as_path()) != before {
            // What cannot be deleted costs a little room.
            let _ = fs::remove_dir_all(path);
        }
    }
}
