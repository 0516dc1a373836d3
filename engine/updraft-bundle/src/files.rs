//! Everything that touches the disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use updraft_protocol::defaults::DagDefaults;
use updraft_protocol::launch::Launch;
use updraft_protocol::manifest::{BundleManifest, MANIFEST_SUFFIX, TaskOverrides};

use crate::SourceOptions;
use crate::error::Problem;
use crate::index::Index;
use crate::program::ProgramFolders;
use crate::stamp::{Hashes, Stamp, fingerprint};

/// What a cheap look at a source's files gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// Both files are there.
    Present {
        manifest: Stamp,
        program: PathBuf,
        program_stamp: Stamp,
    },
    /// Something is wrong before any program is started.
    Broken {
        manifest: Option<Stamp>,
        problem: Problem,
    },
}

/// Sources by their path relative to the DAGs folder, with the state of their files.
pub(crate) type Looks = Vec<(String, Look)>;

/// What is wrong elsewhere in the folder, by path.
pub(crate) type Problems = Vec<(String, Problem)>;

/// A source to be parsed.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) launch: Launch,
    pub(crate) default_args: TaskOverrides,
}

/// The DAGs folder and the programs, with what is remembered of them.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    index: Index,
    programs: ProgramFolders,
    defaults: DagDefaults,
    hashes: Hashes,
    /// Which program each bundle file names, with the stamp that the file had.
    named: BTreeMap<String, (Stamp, Result<String, Problem>)>,
}

impl Files {
    pub(crate) fn new(options: SourceOptions) -> Self {
        Self {
            index: Index::new(options.dags_folder.clone(), options.ignore_syntax),
            folder: options.dags_folder,
            programs: ProgramFolders {
                beside: options.program_folder,
                search_path: options.search_path,
            },
            defaults: options.defaults,
            hashes: Hashes::default(),
            named: BTreeMap::new(),
        }
    }

    /// Every source with the state of its files, and what is wrong elsewhere in the folder, by path.
    pub(crate) fn look(&mut self) -> (Looks, Problems) {
        let (sources, problems) = self.index.look();
        let sources = sources.to_vec();
        let problems: BTreeMap<String, Problem> = problems
            .iter()
            .rev()
            .map(|problem| (relative(&self.folder, &problem.file), problem.clone()))
            .collect();
        self.named.retain(|source, _| sources.contains(source));
        let looks = sources.into_iter().map(|source| {
            let look = self.look_at(&source);
            (source, look)
        });
        (looks.collect(), problems.into_iter().collect())
    }

    fn look_at(&mut self, source: &str) -> Look {
        let file = self.folder.join(source);
        let manifest = match Stamp::read(&file) {
            Ok(stamp) => stamp,
            Err(error) => {
                return Look::Broken {
                    manifest: None,
                    problem: unreadable(file, &error),
                };
            }
        };
        if self.named.get(source).is_none_or(|(known, _)| *known != manifest) {
            let program = read_manifest(&file).map(|(_, manifest)| manifest.program);
            self.named.insert(source.to_owned(), (manifest, program));
        }
        let program = match self.named.get(source) {
            Some((_, Ok(program))) => self.programs.find(&file, program),
            Some((_, Err(problem))) => Err(problem.clone()),
            None => Err(Problem::new(file, "was not read".to_owned())),
        };
        match program {
            Ok((program, program_stamp)) => Look::Present {
                manifest,
                program,
                program_stamp,
            },
            Err(problem) => Look::Broken {
                manifest: Some(manifest),
                problem,
            },
        }
    }

    /// Reads the files of a source completely.
    pub(crate) fn candidate(&mut self, source: &str, look: Look) -> Result<Candidate, Problem> {
        let (program, stamp) = match look {
            Look::Present {
                program,
                program_stamp,
                ..
            } => (program, program_stamp),
            Look::Broken { problem, .. } => return Err(problem),
        };
        let file = self.folder.join(source);
        let (text, manifest) = read_manifest(&file)?;
        let hash = self
            .hashes
            .of(&program, stamp)
            .map_err(|error| unreadable(program.clone(), &error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The bundle file has the last word.
        let mut env = self.defaults.to_variables();
        env.extend(manifest.env);
        Ok(Candidate {
            launch: Launch {
                name: name.strip_suffix(MANIFEST_SUFFIX).unwrap_or(&name).to_owned(),
                source: source.to_owned(),
                dags_folder: self.folder.clone(),
                program,
                args: manifest.args,
                fingerprint: fingerprint(&text, &hash, &env),
                env,
                folder: file.parent().unwrap_or(&self.folder).to_owned(),
            },
            default_args: manifest.default_args,
        })
    }
}

/// A path relative to the DAGs folder; the folder itself is `.`.
fn relative(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    if relative.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        relative.to_string_lossy().into_owned()
    }
}

fn read_manifest(file: &Path) -> Result<(String, BundleManifest), Problem> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file.to_owned(), &error))?;
    match BundleManifest::parse(&text) {
        Ok(manifest) => Ok((text, manifest)),
        Err(error) => {
            let line = u32::try_from(error.line).unwrap_or(u32::MAX);
            Err(Problem::new(file.to_owned(), error.message).line(line))
        }
    }
}

fn unreadable(file: PathBuf, error: &io::Error) -> Problem {
    Problem::new(file, format!("cannot be read: {error}"))
}
