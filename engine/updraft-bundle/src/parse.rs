//! From a bundle file and its program to DAGs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use updraft_protocol::launch::Launch;
use updraft_protocol::manifest::TaskOverrides;
use updraft_protocol::message::DagFileParsingResult;

use crate::ParsedSource;
use crate::error::Problem;
use crate::files::Candidate;
use crate::runtime::{ProgramError, describe};

/// How many programs describe their DAGs at once.
const PARALLEL_MAX: usize = 4;

/// What came of parsing a source.
#[derive(Debug)]
pub(crate) enum Parsing {
    /// All DAGs are valid.
    Parsed(ParsedSource),
    /// Something is wrong that only other files can put right.
    Failed(Problem),
    /// Something is wrong that may be right the next time.
    FailedForNow(Problem),
    /// The program was being written; to be tried again at once.
    Busy,
}

/// Parses sources, several at once; the results are in their order.
pub(crate) async fn parse_all(candidates: Vec<Candidate>, limit: Duration) -> Vec<Parsing> {
    let room = Arc::new(Semaphore::new(PARALLEL_MAX));
    let mut tasks = JoinSet::new();
    let mut results: Vec<Parsing> = candidates.iter().map(|_| Parsing::Busy).collect();
    for (index, candidate) in candidates.into_iter().enumerate() {
        let room = Arc::clone(&room);
        tasks.spawn(async move {
            let _place = room.acquire().await;
            (index, parse(candidate, limit).await)
        });
    }
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((index, parsing)) => {
                if let Some(result) = results.get_mut(index) {
                    *result = parsing;
                }
            }
            Err(error) => tracing::error!(%error, "parsing a DAG source panicked; it will be tried again"),
        }
    }
    results
}

async fn parse(candidate: Candidate, limit: Duration) -> Parsing {
    let Candidate { launch, default_args } = candidate;
    match describe(&launch, limit).await {
        Ok(description) => match accept(launch, &default_args, description) {
            Ok(parsed) => Parsing::Parsed(parsed),
            Err(problem) => Parsing::Failed(problem),
        },
        Err(ProgramError::Busy) => Parsing::Busy,
        Err(error) => {
            let problem = explain(&launch, &error);
            if error.may_pass() {
                Parsing::FailedForNow(problem)
            } else {
                Parsing::Failed(problem)
            }
        }
    }
}

/// Why a program did not describe its DAGs, for people.
fn explain(launch: &Launch, error: &ProgramError) -> Problem {
    let program = launch.program.display();
    let command = [&[program.to_string()], &launch.args[..], &["validate".to_owned()]]
        .concat()
        .join(" ");
    let cause = std::error::Error::source(error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    let problem = |more: &str| Problem::new(launch.file(), format!("{error}{cause}{more}"));
    match error {
        ProgramError::Ended { printed, .. } if !printed.is_empty() => {
            problem(&format!("; it printed:\n{printed}")).hint(format!("run `{command}` to see more"))
        }
        ProgramError::Start(_) => {
            problem("").hint(format!("check that `{program}` is a program for this machine"))
        }
        ProgramError::Timeout { .. } => {
            problem("").hint("raise `[core] dagbag_import_timeout`, or do less before `Bundle::run`")
        }
        ProgramError::Busy
        | ProgramError::Ended { .. }
        | ProgramError::Socket(_)
        | ProgramError::Frame(_)
        | ProgramError::Message { .. } => problem("").hint(format!(
            "it must be a program built on `updraft-sdk` whose `main` ends in `Bundle::run`; try `{command}`"
        )),
    }
}

/// Makes a source of a description, if every DAG in it is valid.
fn accept(
    launch: Launch,
    default_args: &TaskOverrides,
    description: DagFileParsingResult,
) -> Result<ParsedSource, Problem> {
    if let Some(errors) = description.import_errors.filter(|errors| !errors.is_empty()) {
        let mistakes = errors
            .iter()
            .map(|(place, message)| (place.as_str(), message.as_str().unwrap_or_default()));
        return Err(in_program(&launch, &mistakes.collect::<Vec<_>>()));
    }
    let mut dags = Vec::new();
    for serialized in description.serialized_dags {
        let mut dag = serialized.data;
        let apply = default_args.apply(&mut dag);
        apply
            .map_err(|error| Problem::new(launch.file(), format!("`default_args.trigger_rule`: {error}")))?;
        dag.fileloc.clone_from(&launch.source);
        let dag = Arc::new(dag);
        Arc::clone(&dag)
            .validate()
            .map_err(|error| Problem::new(launch.file(), error.to_string()))?;
        dags.push(dag);
    }
    Ok(ParsedSource {
        launch: Arc::new(launch),
        dags,
        warnings: description.warnings.unwrap_or_default(),
    })
}

/// Mistakes that the program itself has found, each with its `FILE:LINE`.
fn in_program(launch: &Launch, mistakes: &[(&str, &str)]) -> Problem {
    let hint = "correct the program and build it again";
    if let [(place, message)] = mistakes {
        let (file, line) = match place.rsplit_once(':') {
            Some((file, line)) => (file, line.parse().ok()),
            None => (*place, None),
        };
        let problem = Problem::new(PathBuf::from(file), (*message).to_owned()).hint(hint);
        return match line {
            Some(line) => problem.line(line),
            None => problem,
        };
    }
    let lines: Vec<String> = mistakes
        .iter()
        .map(|(place, message)| format!("{place}: {message}"))
        .collect();
    let message = format!("{} mistakes in the program:\n{}", lines.len(), lines.join("\n"));
    Problem::new(launch.file(), message).hint(hint)
}
