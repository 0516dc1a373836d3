//! A Python environment with our package: a virtual environment whose interpreter imports it as `airflow`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;
use std::{fs, io};

use crate::commands::{pip, run};
use crate::{EnvironmentError, package, providers};

/// The oldest Python that the package runs on.
const PYTHON_MIN: (u32, u32) = (3, 10);

/// The file that has the interpreter find our package.
const LINK: &str = "updraft.pth";

/// Written last: what was installed for the package.
const STAMP: &str = "updraft-requirements.txt";

/// The environment of an installation. It lies in a folder of its own, is made when it is needed, and holds, besides our
/// package, whatever users install into it.
#[derive(Debug, Clone)]
pub struct Environment {
    folder: PathBuf,
    base: PathBuf,
}

/// What is installed in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The interpreter.
    pub interpreter: PathBuf,
    /// Its version.
    pub version: String,
    /// The packages in it, as `NAME==VERSION`.
    pub packages: Vec<String>,
}

impl Environment {
    /// The environment in a folder; if it is to be made, with the interpreter `base`.
    pub const fn new(folder: PathBuf, base: PathBuf) -> Self {
        Self { folder, base }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its interpreter.
    pub fn interpreter(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Whether everything is there, in the state that this program needs.
    pub fn is_ready(&self) -> bool {
        let Some(site) = self.site_packages() else {
            return false;
        };
        let is_text = |path: PathBuf, wanted: &str| fs::read_to_string(path).is_ok_and(|text| text == wanted);
        self.interpreter().is_file()
            && is_text(site.join(LINK), &self.link())
            && is_text(self.folder.join(STAMP), package::REQUIREMENTS)
            && package::place(&self.packages()).is_dir()
    }

    /// Tells one state of the environment from another: it changes when packages come or go. `None` while it is not ready.
    pub fn fingerprint(&self) -> Option<String> {
        if !self.is_ready() {
            return None;
        }
        let changed = fs::metadata(self.site_packages()?).and_then(|metadata| metadata.modified());
        let changed = changed.ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(format!("{}-{}", package::hash(), changed.as_nanos()))
    }

    /// Makes the environment, or what is missing of it. `tell` hears what is being done, if there is something to do.
    ///
    /// # Errors
    /// Python is missing or too old, or a package cannot be installed. What was done stays, and is gone on with the next time.
    pub fn ensure(&self, tell: &dyn Fn(&str)) -> Result<(), EnvironmentError> {
        if self.is_ready() {
            return Ok(());
        }
        let _alone = self.lock()?;
        // Another process may have made it meanwhile.
        if self.is_ready() {
            return Ok(());
        }
        if !self.folder.join("pyvenv.cfg").is_file() || !self.interpreter().is_file() {
            self.make(tell)?;
        }
        let stamp = self.folder.join(STAMP);
        if fs::read_to_string(&stamp).is_ok_and(|text| text == package::REQUIREMENTS) {
            return self.link_package();
        }
        tell(&format!(
            "installing what DAG files need into {}",
            self.folder.display()
        ));
        let wanted = self.folder.join("updraft-requirements.wanted.txt");
        write(&wanted, package::REQUIREMENTS)?;
        let mut install = pip(&self.interpreter());
        install.args(["install", "--requirement"]).arg(&wanted);
        run("pip", &mut install)?;
        self.link_package()?;
        fs::rename(&wanted, &stamp).map_err(|error| disk(&stamp, error))
    }

    /// Installs packages beside ours: `requirements` as pip takes them, and requirements files. Provider packages of Airflow are
    /// installed without Airflow.
    ///
    /// # Errors
    /// As [`ensure`](Self::ensure); one of the packages is Airflow itself.
    pub fn install(
        &self,
        requirements: &[String],
        files: &[PathBuf],
        tell: &dyn Fn(&str),
    ) -> Result<(), EnvironmentError> {
        if let Some(airflow) = requirements.iter().find(|one| providers::is_airflow(one)) {
            return Err(EnvironmentError::Failed {
                what: format!("installing `{airflow}`"),
                output:
                    "DAG files need no Airflow here, and a real one beside Updraft's `airflow` is refused"
                        .to_owned(),
            });
        }
        self.ensure(tell)?;
        if requirements.is_empty() && files.is_empty() {
            return Ok(());
        }
        let _alone = self.lock()?;
        let stand_ins = providers::stand_ins(&self.interpreter(), &self.packages().join("stand-ins"))?;
        let mut install = pip(&self.interpreter());
        install.arg("install").args(stand_ins).args(requirements);
        for file in files {
            install.arg("--requirement").arg(file);
        }
        // A requirements file may name providers, too.
        if !files.is_empty() || requirements.iter().any(|one| providers::is_provider(one)) {
            install.args(providers::companions());
        }
        tell(&format!("installing into {}", self.folder.display()));
        run("pip", &mut install).map(drop)
    }

    /// What is installed, after a check that DAG files can be read.
    ///
    /// # Errors
    /// Our package cannot be imported, for example because a real Airflow lies beside it, or packages lack what they need.
    pub fn check(&self) -> Result<Installed, EnvironmentError> {
        let interpreter = self.interpreter();
        let code = "import airflow, sys; print('.'.join(map(str, sys.version_info[:3])))";
        let version = run(
            "importing Updraft's `airflow`",
            Command::new(&interpreter)
                .args(["-c", code])
                .current_dir(&self.folder),
        )?;
        run("`pip check`", pip(&interpreter).arg("check"))?;
        let mut list = Command::new(&interpreter);
        list.args([
            "-m",
            "pip",
            "--disable-pip-version-check",
            "list",
            "--format",
            "freeze",
        ]);
        let packages = run("`pip list`", &mut list)?;
        Ok(Installed {
            interpreter,
            version: version.trim().to_owned(),
            packages: packages.lines().map(str::to_owned).collect(),
        })
    }

    fn make(&self, tell: &dyn Fn(&str)) -> Result<(), EnvironmentError> {
        let is_occupied = fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_occupied && !self.folder.join("pyvenv.cfg").is_file() {
            return Err(EnvironmentError::Occupied {
                folder: self.folder.clone(),
            });
        }
        self.check_base()?;
        tell(&format!(
            "making a Python environment in {}",
            self.folder.display()
        ));
        let mut venv = Command::new(&self.base);
        venv.args(["-m", "venv", "--clear"]).arg(&self.folder);
        let output = run("`python -m venv`", &mut venv)?;
        if self.interpreter().is_file() {
            return Ok(());
        }
        Err(EnvironmentError::Failed {
            what: format!("making `{}`", self.interpreter().display()),
            output,
        })
    }

    fn check_base(&self) -> Result<(), EnvironmentError> {
        let code = "import sys; print(*sys.version_info[:2])";
        let said = run(
            "asking Python for its version",
            Command::new(&self.base).args(["-c", code]),
        )?;
        let mut numbers = said
            .split_whitespace()
            .map(|number| number.parse::<u32>().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if version < PYTHON_MIN {
            return Err(EnvironmentError::Old {
                interpreter: self.base.clone(),
                version: format!("{}.{}", version.0, version.1),
            });
        }
        Ok(())
    }

    /// Unpacks our package and has the interpreter find it.
    fn link_package(&self) -> Result<(), EnvironmentError> {
        let packages = self.packages();
        let place = package::unpack(&packages).map_err(|error| disk(&packages, error))?;
        // Not having it compiled costs time, nothing else.
        let _ = run(
            "compiling the package",
            Command::new(self.interpreter())
                .args(["-m", "compileall", "-q"])
                .arg(&place),
        );
        let site = self.site_packages().ok_or_else(|| {
            disk(
                &self.folder.join("lib"),
                io::Error::other("there is no folder `site-packages` in it"),
            )
        })?;
        let link = site.join(LINK);
        let before = fs::read_to_string(&link)
            .ok()
            .map(|text| PathBuf::from(text.trim()));
        let unfinished = site.join(".updraft.pth.new");
        write(&unfinished, &self.link())?;
        fs::rename(&unfinished, &link).map_err(|error| disk(&link, error))?;
        package::tidy(&packages, before.as_deref());
        Ok(())
    }

    /// What the link says: where our package lies.
    fn link(&self) -> String {
        format!("{}\n", package::place(&self.packages()).display())
    }

    /// Where our package is unpacked.
    fn packages(&self) -> PathBuf {
        self.folder.join("updraft")
    }

    fn site_packages(&self) -> Option<PathBuf> {
        let lib = fs::read_dir(self.folder.join("lib")).ok()?;
        lib.flatten()
            .map(|entry| entry.path().join("site-packages"))
            .find(|path| path.is_dir())
    }

    /// Keeps other processes from working on the same environment.
    fn lock(&self) -> Result<File, EnvironmentError> {
        let path = self.folder.with_extension("lock");
        let lock = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let file = File::create(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|error| disk(&path, error))
    }
}

fn write(path: &Path, text: &str) -> Result<(), EnvironmentError> {
    fs::write(path, text).map_err(|error| disk(path, error))
}

fn disk(path: &Path, error: io::Error) -> EnvironmentError {
    EnvironmentError::Disk {
        path: path.to_owned(),
        error,
    }
}
