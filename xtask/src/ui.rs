//! `cargo xtask ui`: builds the web interface and the recruiting pages, which the programs then have in them.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// What the programs' code is told by: cargo builds the files again that embed the interface and the recruiting pages.
const EMBEDS: [&str; 2] = [
    "engine/updraft-api/src/site/assets.rs",
    "referral/referral-pages/src/site/assets.rs",
];
/// A copy of the lock file as it was installed.
const INSTALLED: &str = "node_modules/.installed-lock.json";

/// Installs what the interface is built with, if that has changed, and builds it into `ui/dist`, and the recruiting pages
/// into `ui/dist-recruiting`.
///
/// # Errors
/// There is no interface here, npm is missing, or the build fails.
pub(crate) fn build() -> Result<()> {
    build_in(&workspace::root().join("ui"), Path::new("npm"))?;
    for embeds in EMBEDS {
        let embeds = File::options()
            .append(true)
            .open(workspace::root().join(embeds))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "files have times of the machine's clock"
        )]
        embeds.set_modified(SystemTime::now())?;
    }
    Ok(())
}

/// Checks the style, the types and the logic of the interface, once it is installed.
///
/// # Errors
/// A check fails.
pub(crate) fn check() -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["run", "check"])
        .current_dir(workspace::root().join("ui"));
    workspace::run(&mut npm)
}

fn build_in(folder: &Path, npm: &Path) -> Result<()> {
    if !folder.join("package.json").is_file() {
        bail!(
            "there is no `{}`, so there is no web interface to build",
            folder.join("package.json").display()
        );
    }
    let lock = fs::read(folder.join("package-lock.json")).context("cannot read `ui/package-lock.json`")?;
    let installed = folder.join(INSTALLED);
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        workspace::quietly(Command::new(npm).arg("ci").current_dir(folder))
            .context("cannot install what the web interface is built with; Node 20 or newer is needed")?;
        fs::write(&installed, &lock)?;
    }
    workspace::quietly(Command::new(npm).args(["run", "build"]).current_dir(folder))
        .context("cannot build the web interface")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An `npm` that notes what it was asked for.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let npm = folder.path().join("npm");
        fs::write(&npm, "#!/bin/sh\nmkdir -p node_modules && echo \"$@\" >> asked\n").unwrap();
        fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn packages_are_installed_when_the_lock_file_has_changed_only() {
        let folder = folder();
        let (path, npm) = (folder.path(), folder.path().join("npm"));
        let missing = build_in(path, &npm).unwrap_err().to_string();
        assert!(missing.contains("package.json"), "{missing}");
        fs::write(path.join("package.json"), "{}").unwrap();
        for lock in ["1", "1", "2"] {
            fs::write(path.join("package-lock.json"), lock).unwrap();
            build_in(path, &npm).unwrap();
        }
        let asked = fs::read_to_string(path.join("asked")).unwrap();
        assert_eq!(asked, "ci\nrun build\nrun build\nci\nrun build\n");
    }
}
