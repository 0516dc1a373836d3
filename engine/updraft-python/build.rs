//! Puts the Python package into the library: a list of its files, with their content.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells build scripts everything by the environment"
)]
fn main() -> io::Result<()> {
    let own = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let python = own.join("../../python").canonicalize()?;
    let source = python.join("src");
    println!("cargo::rerun-if-changed={}", source.display());
    println!(
        "cargo::rerun-if-changed={}",
        python.join("requirements.txt").display()
    );
    let mut files = Vec::new();
    for package in ["airflow", "updraft_airflow"] {
        find(&source.join(package), &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&source).map_err(io::Error::other)?;
        // Names are quoted as Rust texts.
        let (name, place) = (name.display().to_string(), file.display().to_string());
        writeln!(code, "    ({name:?}, include_bytes!({place:?})),").map_err(io::Error::other)?;
    }
    code.push(']');
    let target = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(target.join("files.rs"), code)?;
    for name in ["requirements.txt", "provider-requirements.txt"] {
        let file = python.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        fs::copy(file, target.join(name))?;
    }
    Ok(())
}

/// Every file of the package; not what Python leaves beside them.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "__pycache__" {
            find(&path, files)?;
        } else if name.ends_with(".py") || name == "py.typed" {
            files.push(path);
        }
    }
    Ok(())
}
