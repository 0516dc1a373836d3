//! Finding the program that a bundle file names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::stamp::Stamp;

/// Where programs are looked for.
#[derive(Debug, Clone)]
pub(crate) struct ProgramFolders {
    /// The folder of the running binary.
    pub(crate) beside: Option<PathBuf>,
    /// `PATH`.
    pub(crate) search_path: Vec<PathBuf>,
}

impl ProgramFolders {
    /// The program that the bundle file `manifest` calls `program`, and its stamp.
    ///
    /// A name with a `/` is a path relative to the file's folder. A bare name is looked for in that folder, beside the
    /// running binary, and on the search path.
    pub(crate) fn find(&self, manifest: &Path, program: &str) -> Result<(PathBuf, Stamp), Problem> {
        let folder = manifest.parent().unwrap_or(Path::new("/"));
        let folders: Vec<&Path> = if program.contains('/') {
            vec![folder]
        } else {
            let search_path = self.search_path.iter().map(PathBuf::as_path);
            [folder]
                .into_iter()
                .chain(self.beside.as_deref())
                .chain(search_path)
                .collect()
        };
        let mut unusable = None;
        for candidate in folders
            .iter()
            .map(|folder| folder.join(program.trim_start_matches("./")))
        {
            match fs::metadata(&candidate) {
                Ok(metadata) if !metadata.is_file() => {}
                Ok(metadata) if metadata.permissions().mode() & 0o111 == 0 => {
                    unusable.get_or_insert(candidate);
                }
                Ok(metadata) => return Ok((candidate, Stamp::of(&metadata))),
                // Not there, or in a folder that we may not look into, which is the same to us.
                Err(_) => {}
            }
        }
        let problem = |message| Problem::new(manifest.to_owned(), message);
        if let Some(file) = unusable {
            let message = format!("program `{}` is not executable", file.display());
            return Err(problem(message).hint(format!("run `chmod +x {}`", file.display())));
        }
        Err(problem(format!("program `{program}` does not exist")).hint(self.where_to_put(folder, program)))
    }

    fn where_to_put(&self, folder: &Path, program: &str) -> String {
        if program.contains('/') {
            return format!(
                "build it, or correct the path: it stands for `{}`",
                folder.join(program).display()
            );
        }
        let beside = self
            .beside
            .as_ref()
            .map(|beside| format!(" or `{}`", beside.display()))
            .unwrap_or_default();
        format!(
            "build it and put it into `{}`{beside} or on PATH, or write its path",
            folder.display()
        )
    }
}
