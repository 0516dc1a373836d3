//! ONNX Runtime as the peer of our forward pass, in an environment of its own under `.cache`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace;

/// What the peer's script imports.
const PACKAGES: [&str; 4] = ["onnx", "onnxruntime", "safetensors", "numpy"];

/// Texts per second of ONNX Runtime on the same model and the same number of tokens.
///
/// # Errors
/// The packages cannot be installed, or the script fails.
pub(super) fn texts_per_s(model: &Path, threads: usize, texts: u32, tokens: u32) -> Result<f64> {
    let script = workspace::root().join("xtask/src/bench/onnx_peer.py");
    let mut command = Command::new(python()?);
    command
        .arg(script)
        .arg(model)
        .args([threads.to_string(), texts.to_string(), tokens.to_string()]);
    let value: Value = serde_json::from_str(&workspace::output(&mut command)?)?;
    value["texts_per_s"]
        .as_f64()
        .context("the peer printed no texts_per_s")
}

fn python() -> Result<PathBuf> {
    let folder = workspace::cache().join("peer");
    let python = folder.join("bin/python");
    if !folder.join("complete").exists() {
        workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        workspace::run(Command::new(&python).args(install).args(PACKAGES))?;
        std::fs::write(folder.join("complete"), "")?;
    }
    Ok(python)
}
