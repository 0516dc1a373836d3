//! From a source to its DAGs, by its program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use updraft_model::DagSpec;
use updraft_protocol::launch::{Launch, PYTHON_BUNDLE, Program};
use updraft_protocol::manifest::TaskOverrides;
use updraft_protocol::message::DagFileParsingResult;

use crate::answers::{Asked, ParseAnswers, Questions};
use crate::error::Problem;
use crate::files::{Candidate, Runtime};
use crate::python::{Python, Warm};
use crate::runtime::{ProgramError, ask_once, description};
use crate::shepherd::Shepherd;
use crate::stamp::Stamp;
use crate::{Broken, ParsedSource};

/// How many sources are parsed at once, at least; more where there are more cores.
const PARALLEL_MIN: usize = 4;

/// A Python program finds by itself that a file takes too long, and tells where it stands. It has so much more time for that.
const PYTHON_GRACE: Duration = Duration::from_secs(2);

/// What came of parsing a source.
#[derive(Debug)]
pub(crate) enum Parsing {
    /// DAGs, or what is wrong with the source as a whole.
    Done {
        result: Result<Box<ParsedSource>, Problem>,
        /// Whether something is wrong that may be right the next time, though the file is the same.
        may_pass: bool,
    },
    /// The program was being written; to be tried again at once.
    Busy,
}

/// What a source depended on when it was parsed, besides its own file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    /// The state of the Python environment.
    pub(crate) environment: Option<String>,
    /// Files and folders that it read.
    pub(crate) reads: Vec<(PathBuf, Stamp)>,
    /// What it asked.
    pub(crate) asked: Asked,
}

/// Parses sources.
pub(crate) struct Parser {
    pub(crate) dags_folder: PathBuf,
    pub(crate) limit: Duration,
    pub(crate) python: Option<Arc<dyn Python>>,
    pub(crate) answers: Option<Arc<dyn ParseAnswers>>,
    pub(crate) shepherd: Shepherd,
    warm: Warm,
    room: Semaphore,
}

impl Parser {
    pub(crate) fn new(
        dags_folder: PathBuf,
        limit: Duration,
        python: Option<Arc<dyn Python>>,
        answers: Option<Arc<dyn ParseAnswers>>,
        shepherd: Shepherd,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            dags_folder,
            limit,
            python,
            answers,
            shepherd,
            warm: Warm::default(),
            room: Semaphore::new(cores.max(PARALLEL_MIN)),
        }
    }

    /// Ends processes that have had nothing to do for long.
    pub(crate) fn cool(&self) {
        self.warm.cool();
    }

    /// Parses a source, when there is room for it.
    pub(crate) async fn parse(&self, candidate: Candidate) -> (Parsing, Seen) {
        let _place = self.room.acquire().await;
        let (mut parsing, seen) = match candidate.runtime {
            Runtime::Native {
                name,
                program,
                default_args,
            } => {
                let launch = self.launch(name, candidate.source, program);
                (self.native(launch, &default_args).await, Seen::default())
            }
            Runtime::Python => self.python(candidate.source).await,
        };
        if let Parsing::Done {
            result: Ok(parsed), ..
        } = &mut parsing
        {
            parsed.code = candidate.code;
        }
        (parsing, seen)
    }

    fn launch(&self, name: String, source: String, program: Arc<Program>) -> Launch {
        Launch {
            name,
            source,
            dags_folder: self.dags_folder.clone(),
            program,
        }
    }

    async fn native(&self, launch: Launch, default_args: &TaskOverrides) -> Parsing {
        let order = description(&launch);
        match ask_once(&launch.program, order, &self.shepherd, self.limit).await {
            Ok(description) => Parsing::Done {
                result: accept(launch, default_args, description, CORRECT),
                may_pass: false,
            },
            Err(ProgramError::Busy) => Parsing::Busy,
            Err(error) => Parsing::Done {
                result: Err(explain(&launch, &error)),
                may_pass: error.may_pass(),
            },
        }
    }

    async fn python(&self, source: String) -> (Parsing, Seen) {
        let file = self.dags_folder.join(&source);
        let program = match &self.python {
            Some(python) => python.program().await,
            None => return (Parsing::Busy, Seen::default()),
        };
        let environment = self.python.as_ref().and_then(|python| python.fingerprint());
        let seen = Seen {
            environment,
            ..Seen::default()
        };
        let program = match program {
            Ok(program) => program,
            Err(problem) => {
                let problem = Problem::new(file, problem.message).hint(problem.hint);
                return (failed_for_now(problem), seen);
            }
        };
        let launch = self.launch(PYTHON_BUNDLE.to_owned(), source, program);
        let mut questions = Questions::to(self.answers.clone());
        let described = self.read(&launch, &mut questions).await;
        let seen = Seen {
            asked: questions.asked,
            ..seen
        };
        match described {
            Ok(mut description) => {
                let reads = description.updraft_reads.take().unwrap_or_default();
                let reads = reads
                    .into_iter()
                    .map(|read| (PathBuf::from(&read.path), Stamp::of_read(&read)));
                let seen = Seen {
                    reads: reads.collect(),
                    ..seen
                };
                let result = accept(launch, &TaskOverrides::default(), description, "");
                // What it imports may have been mended elsewhere.
                let may_pass = result.as_ref().map_or(true, |parsed| parsed.broken.is_some());
                (Parsing::Done { result, may_pass }, seen)
            }
            Err(error) => (failed_for_now(unread(file, &error)), seen),
        }
    }

    /// Has a warm process read a DAG file.
    async fn read(
        &self,
        launch: &Launch,
        questions: &mut Questions,
    ) -> Result<DagFileParsingResult, ProgramError> {
        let mut process = self.warm.take(&launch.program, &self.shepherd)?;
        let limit = self.limit + PYTHON_GRACE;
        let described = process.ask(description(launch), questions, limit).await;
        match described {
            Ok(_) => self.warm.give(Arc::clone(&launch.program), process),
            Err(_) => process.end().await,
        }
        described
    }
}

/// What to do about mistakes in a program.
const CORRECT: &str = "correct the program and build it again";

const fn failed_for_now(problem: Problem) -> Parsing {
    Parsing::Done {
        result: Err(problem),
        may_pass: true,
    }
}

/// Why a DAG file was not read although its program should have told what is wrong with it.
fn unread(file: PathBuf, error: &ProgramError) -> Problem {
    let problem = Problem::new(
        file,
        format!("the Python process that reads it failed: {}", error.explain()),
    );
    match error {
        ProgramError::Timeout { .. } => problem.hint(
            "raise `[core] dagbag_import_timeout`, or do less when the file is imported: move it into a task",
        ),
        _ => problem.hint("`updraft python install` checks the environment"),
    }
}

/// Why a program did not describe its DAGs, for people.
fn explain(launch: &Launch, error: &ProgramError) -> Problem {
    let program = launch.program.path.display();
    let command = [
        &[program.to_string()],
        &launch.program.args[..],
        &["validate".to_owned()],
    ]
    .concat()
    .join(" ");
    let problem = Problem::new(launch.file(), error.explain());
    match error {
        ProgramError::Ended { printed, .. } if !printed.is_empty() => {
            problem.hint(format!("run `{command}` to see more"))
        }
        ProgramError::Start(_) => {
            problem.hint(format!("check that `{program}` is a program for this machine"))
        }
        ProgramError::Timeout { .. } => {
            problem.hint("raise `[core] dagbag_import_timeout`, or do less before `Bundle::run`")
        }
        ProgramError::Busy
        | ProgramError::Ended { .. }
        | ProgramError::Socket(_)
        | ProgramError::Frame(_)
        | ProgramError::Message { .. } => problem.hint(format!(
            "it must be a program built on `updraft-sdk` whose `main` ends in `Bundle::run`; try `{command}`"
        )),
    }
}

/// Makes a source of a description: of the DAGs in it that are valid. `hint`: what to do about mistakes.
///
/// # Errors
/// Something is wrong, and there is no DAG to tell of.
fn accept(
    launch: Launch,
    default_args: &TaskOverrides,
    description: DagFileParsingResult,
    hint: &str,
) -> Result<Box<ParsedSource>, Problem> {
    let told = description.import_errors.unwrap_or_default();
    let mut mistakes: Vec<(String, String)> = told
        .iter()
        .map(|(place, message)| (place.clone(), message.as_str().unwrap_or_default().to_owned()))
        .collect();
    // Without mistakes it is known that there are no other DAGs.
    let mut failed = if mistakes.is_empty() {
        Some(Vec::new())
    } else {
        let dags = description.updraft_failed_dags;
        dags.map(|dags| dags.iter().filter_map(|dag_id| dag_id.parse().ok()).collect())
    };
    let mut dags = Vec::new();
    for serialized in description.serialized_dags {
        let dag_id = serialized.data.dag_id.clone();
        match valid(serialized.data, &launch, default_args) {
            Ok(dag) => dags.push(dag),
            Err(message) => {
                mistakes.push((launch.file().display().to_string(), message));
                if let Some(failed) = &mut failed {
                    failed.push(dag_id);
                }
            }
        }
    }
    let mut broken = None;
    if !mistakes.is_empty() {
        let problem = mistakes_at(&launch, &mistakes);
        let problem = if hint.is_empty() {
            problem
        } else {
            problem.hint(hint)
        };
        if dags.is_empty() && failed.is_none() {
            return Err(problem);
        }
        broken = Some(Broken {
            error: problem.of(&launch.source),
            dags: failed,
        });
    }
    Ok(Box::new(ParsedSource {
        launch: Arc::new(launch),
        code: None,
        dags,
        warnings: description.warnings.unwrap_or_default(),
        broken,
    }))
}

/// A DAG with the arguments of the bundle file, if it is valid; else what is wrong with it.
fn valid(mut dag: DagSpec, launch: &Launch, default_args: &TaskOverrides) -> Result<Arc<DagSpec>, String> {
    let applied = default_args.apply(&mut dag);
    applied.map_err(|error| format!("`default_args.trigger_rule`: {error}"))?;
    dag.fileloc.clone_from(&launch.source);
    let dag = Arc::new(dag);
    match Arc::clone(&dag).validate() {
        Ok(_) => Ok(dag),
        Err(error) => Err(error.to_string()),
    }
}

/// Mistakes that were found, each with its `FILE:LINE`.
fn mistakes_at(launch: &Launch, mistakes: &[(String, String)]) -> Problem {
    if let [(place, message)] = mistakes {
        let (file, line) = match place.rsplit_once(':') {
            Some((file, line)) => (file, line.parse().ok()),
            None => (place.as_str(), None),
        };
        let problem = Problem::new(PathBuf::from(file), message.clone());
        return match line {
            Some(line) => problem.line(line),
            None => problem,
        };
    }
    let lines: Vec<String> = mistakes
        .iter()
        .map(|(place, message)| format!("{place}: {message}"))
        .collect();
    let message = format!("{} mistakes:\n{}", lines.len(), lines.join("\n"));
    Problem::new(launch.file(), message)
}
