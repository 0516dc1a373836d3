//! Everything that touches the disk.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use updraft_protocol::defaults::DagDefaults;
use updraft_protocol::launch::Program;
use updraft_protocol::manifest::{BundleManifest, MANIFEST_SUFFIX, TaskOverrides};

use crate::SourceOptions;
use crate::error::Problem;
use crate::index::Index;
use crate::kind::SourceKind;
use crate::parse::Seen;
use crate::program::ProgramFolders;
use crate::python::Python;
use crate::stamp::{Hashes, Stamp, content_hash, fingerprint};

/// What a cheap look at a source's files gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Look {
    /// A bundle file and the program that it names.
    Native {
        manifest: Stamp,
        program: PathBuf,
        program_stamp: Stamp,
    },
    /// A DAG file in Python, the environment, and what the file had read when it was parsed.
    Python {
        file: Stamp,
        environment: Option<String>,
        reads: Vec<(PathBuf, Option<Stamp>)>,
    },
    /// Something is wrong before any program is started.
    Broken {
        manifest: Option<Stamp>,
        problem: Problem,
    },
}

impl Look {
    /// The look that is the same as long as nothing changes that a source depended on when it was parsed.
    pub(crate) fn after(self, seen: &Seen) -> Self {
        match self {
            Self::Python { file, .. } => Self::Python {
                file,
                environment: seen.environment.clone(),
                reads: seen
                    .reads
                    .iter()
                    .map(|(path, stamp)| (path.clone(), Some(*stamp)))
                    .collect(),
            },
            other => other,
        }
    }

    /// Whether everything besides the source's own file is as it was when it was parsed.
    pub(crate) fn is_as(&self, seen: &Seen) -> bool {
        *self == self.clone().after(seen)
    }
}

/// Sources by their path relative to the DAGs folder, with the state of their files.
pub(crate) type Looks = Vec<(String, Look)>;

/// What is wrong elsewhere in the folder, by path.
pub(crate) type Problems = Vec<(String, Problem)>;

/// The longest text of a source that people are shown, in bytes.
const CODE_BYTES_MAX: usize = 1 << 20;

/// A source to be parsed.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Relative to the DAGs folder.
    pub(crate) source: String,
    /// Hash of its content.
    pub(crate) fingerprint: String,
    /// Its text, for people.
    pub(crate) code: Option<Arc<str>>,
    pub(crate) runtime: Runtime,
}

/// What parses a source and runs its tasks.
#[derive(Debug, Clone)]
pub(crate) enum Runtime {
    /// A program of its own.
    Native {
        name: String,
        program: Arc<Program>,
        default_args: Box<TaskOverrides>,
    },
    /// The Python of the installation.
    Python,
}

/// The DAGs folder and the programs, with what is remembered of them.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    index: Index,
    programs: ProgramFolders,
    defaults: DagDefaults,
    python: Option<Arc<dyn Python>>,
    safe_mode: bool,
    hashes: Hashes,
    /// Which program each bundle file names, with the stamp that the file had.
    named: BTreeMap<String, (Stamp, Result<String, Problem>)>,
    /// Whether each Python file speaks of DAGs, with the stamp that the file had.
    speaking: BTreeMap<String, (Stamp, bool)>,
    /// What Python files had read when they were parsed.
    reads: BTreeMap<String, Vec<PathBuf>>,
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
            python: options.python,
            safe_mode: options.safe_mode,
            hashes: Hashes::default(),
            named: BTreeMap::new(),
            speaking: BTreeMap::new(),
            reads: BTreeMap::new(),
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
        let is_there = |source: &String| sources.binary_search(source).is_ok();
        self.named.retain(|source, _| is_there(source));
        self.speaking.retain(|source, _| is_there(source));
        self.reads.retain(|source, _| is_there(source));
        let mut around = Around {
            environment: self.python.as_ref().and_then(|python| python.fingerprint()),
            stamps: HashMap::new(),
        };
        let looks = sources.into_iter().filter_map(|source| {
            let look = match SourceKind::of(&source)? {
                SourceKind::Native => self.look_at_native(&source),
                SourceKind::Python => self.look_at_python(&source, &mut around, self.safe_mode)?,
                SourceKind::PythonArchive => self.look_at_python(&source, &mut around, false)?,
            };
            Some((source, look))
        });
        (looks.collect(), problems.into_iter().collect())
    }

    /// Notes what sources have read, so that it is looked at, too.
    pub(crate) fn watch(&mut self, reads: Vec<(String, Vec<PathBuf>)>) {
        self.reads.extend(reads);
    }

    fn look_at_native(&mut self, source: &str) -> Look {
        let file = self.folder.join(source);
        let manifest = match Stamp::read(&file) {
            Ok(stamp) => stamp,
            Err(error) => return missing(file, &error),
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
            Ok((program, program_stamp)) => Look::Native {
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

    /// `None`: there is nothing in the file that is of interest, or no Python.
    fn look_at_python(&mut self, source: &str, around: &mut Around, safe_mode: bool) -> Option<Look> {
        self.python.as_ref()?;
        let path = self.folder.join(source);
        let file = match Stamp::read(&path) {
            Ok(stamp) => stamp,
            Err(error) => return Some(missing(path, &error)),
        };
        if safe_mode && self.speaking.get(source).is_none_or(|(known, _)| *known != file) {
            match std::fs::read(&path) {
                Ok(text) => self
                    .speaking
                    .insert(source.to_owned(), (file, speaks_of_dags(&text))),
                Err(error) => return Some(missing(path, &error)),
            };
        }
        if safe_mode && self.speaking.get(source).is_some_and(|(_, speaks)| !speaks) {
            return None;
        }
        let reads = self.reads.get(source).map(Vec::as_slice).unwrap_or_default();
        Some(Look::Python {
            file,
            environment: around.environment.clone(),
            reads: reads
                .iter()
                .map(|path| (path.clone(), around.stamp(path)))
                .collect(),
        })
    }

    /// Reads the files of a source completely.
    pub(crate) fn candidate(&mut self, source: &str, look: Look) -> Result<Candidate, Problem> {
        let file = self.folder.join(source);
        match look {
            Look::Native {
                program,
                program_stamp,
                ..
            } => self.native(source, &file, &program, program_stamp),
            Look::Python { .. } => {
                let text = std::fs::read(&file).map_err(|error| unreadable(file, &error))?;
                Ok(Candidate {
                    source: source.to_owned(),
                    fingerprint: content_hash(&text),
                    code: String::from_utf8(text).ok().and_then(shown),
                    runtime: Runtime::Python,
                })
            }
            Look::Broken { problem, .. } => Err(problem),
        }
    }

    fn native(
        &mut self,
        source: &str,
        file: &Path,
        program: &Path,
        stamp: Stamp,
    ) -> Result<Candidate, Problem> {
        let (text, manifest) = read_manifest(file)?;
        let hash = self
            .hashes
            .of(program, stamp)
            .map_err(|error| unreadable(program.to_owned(), &error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The bundle file has the last word.
        let mut env = self.defaults.to_variables();
        env.extend(manifest.env);
        let fingerprint = fingerprint(&text, &hash, &env);
        Ok(Candidate {
            source: source.to_owned(),
            fingerprint: fingerprint.clone(),
            code: shown(text),
            runtime: Runtime::Native {
                name: name.strip_suffix(MANIFEST_SUFFIX).unwrap_or(&name).to_owned(),
                program: Arc::new(Program {
                    path: program.to_owned(),
                    args: manifest.args,
                    env,
                    folder: file.parent().unwrap_or(&self.folder).to_owned(),
                    ends_late_tasks: false,
                    is_for_one_attempt: false,
                    zygote: None,
                    fingerprint,
                }),
                default_args: Box::new(manifest.default_args),
            },
        })
    }
}

/// The text of a source that people are shown.
fn shown(text: String) -> Option<Arc<str>> {
    (text.len() <= CODE_BYTES_MAX).then(|| text.into())
}

/// What the looks at several Python files have in common.
struct Around {
    environment: Option<String>,
    stamps: HashMap<PathBuf, Option<Stamp>>,
}

impl Around {
    fn stamp(&mut self, path: &Path) -> Option<Stamp> {
        if let Some(stamp) = self.stamps.get(path) {
            return *stamp;
        }
        let stamp = Stamp::read(path).ok();
        self.stamps.insert(path.to_owned(), stamp);
        stamp
    }
}

/// Airflow's safe mode: only a file that contains both words, in any case, is taken for a DAG file.
fn speaks_of_dags(text: &[u8]) -> bool {
    let contains = |word: &[u8]| {
        text.windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    };
    contains(b"dag") && contains(b"airflow")
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

fn missing(file: PathBuf, error: &io::Error) -> Look {
    Look::Broken {
        manifest: None,
        problem: unreadable(file, error),
    }
}

fn unreadable(file: PathBuf, error: &io::Error) -> Problem {
    Problem::new(file, format!("cannot be read: {error}"))
}
