//! Looking through the DAGs folder and parsing what has changed.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use updraft_model::DagId;
use updraft_protocol::defaults::DagDefaults;

use crate::answers::ParseAnswers;
use crate::error::Problem;
use crate::files::{Candidate, Files, Look};
use crate::parse::{Parser, Parsing, Seen};
use crate::python::Python;
use crate::shepherd::Shepherd;
use crate::{Broken, IgnoreSyntax, ImportError, ParsedSource, SourceChange};

/// After how many scans a source is parsed again that failed without its file being to blame, for example because it took too
/// long, or what it imports was missing. With the default interval this is half a minute. The wait doubles each time, up to a
/// quarter of an hour.
const RETRY_SCANS: u32 = 60;
const RETRY_SCANS_MAX: u32 = 30 * RETRY_SCANS;

/// After how many scans sources that have asked for Variables and Connections are looked at for other answers.
const ASK_AGAIN_SCANS: u32 = 20;

/// Where DAGs are looked for, and how.
#[derive(Clone)]
pub struct SourceOptions {
    /// The DAGs folder, absolute.
    pub dags_folder: PathBuf,
    /// The folder of the running binary; programs are looked for in it.
    pub program_folder: Option<PathBuf>,
    /// The folders of `PATH`; programs are looked for in them, too.
    pub search_path: Vec<PathBuf>,
    /// How long a program may take to describe its DAGs; Airflow's `[core] dagbag_import_timeout`.
    pub parse_timeout: Duration,
    /// The dialect of `.airflowignore`.
    pub ignore_syntax: IgnoreSyntax,
    /// What DAGs mean where they do not say it. Programs of bundles are told so in their environment.
    pub defaults: DagDefaults,
    /// Who reads DAG files in Python; without it, they are no sources.
    pub python: Option<Arc<dyn Python>>,
    /// Whether only those Python files are read that contain both `dag` and `airflow`; Airflow's `[core]
    /// dag_discovery_safe_mode`.
    pub safe_mode: bool,
    /// Who answers what Python files ask while they are read; without it, nobody does.
    pub answers: Option<Arc<dyn ParseAnswers>>,
    /// Who watches over the programs that parse.
    pub shepherd: Shepherd,
}

impl fmt::Debug for SourceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceOptions")
            .field("dags_folder", &self.dags_folder)
            .finish_non_exhaustive()
    }
}

impl SourceOptions {
    /// Only the folder itself; 30 seconds per program.
    pub fn new(dags_folder: PathBuf) -> Self {
        Self {
            dags_folder,
            program_folder: None,
            search_path: Vec::new(),
            parse_timeout: Duration::from_secs(30),
            ignore_syntax: IgnoreSyntax::Regexp,
            defaults: DagDefaults::default(),
            python: None,
            safe_mode: true,
            answers: None,
            shepherd: Shepherd::default(),
        }
    }
}

/// Looks through the DAGs folder and parses what has changed since the last time.
pub struct SourceScanner {
    parser: Arc<Parser>,
    /// `None` only while it is lent to a thread.
    files: Option<Files>,
    sources: BTreeMap<String, SourceState>,
    /// Sources that are being parsed.
    jobs: JoinSet<Job>,
    scans: u32,
}

impl fmt::Debug for SourceScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceScanner")
            .field("dags_folder", &self.parser.dags_folder)
            .finish_non_exhaustive()
    }
}

/// A source that has been parsed and is to be taken note of.
pub(crate) struct Parsed(Option<Job>);

/// What came of parsing a source.
struct Job {
    source: String,
    look: Look,
    fingerprint: String,
    parsing: Parsing,
    seen: Seen,
}

/// What is known about one source.
#[derive(Debug, Default)]
struct SourceState {
    /// The files as they were when they were last read.
    read: Option<Look>,
    /// The files as they were at the last look, if that differed from `read`: they are read once they hold still.
    moving: Option<Look>,
    /// What was read; equal content is not parsed again, if what it depends on is the same, too.
    fingerprint: Option<String>,
    /// What it depends on.
    seen: Seen,
    /// Whether it is being parsed.
    is_parsing: bool,
    /// How many scans to wait before the same content is parsed again, after a failure that may pass.
    retry_in: Option<u32>,
    /// How many to wait the next time.
    next_retry: u32,
    /// The newest good version.
    good: Option<Arc<ParsedSource>>,
    /// A version with a DAG that another source has, too; all of it is in force once that one is gone.
    blocked: Option<Arc<ParsedSource>>,
    /// What the scheduler was last told to be wrong.
    error: Option<ImportError>,
}

impl SourceState {
    /// Whether the files, which look like this now, are to be read.
    fn is_due(&mut self, look: &Look, at_once: bool) -> bool {
        if self.is_parsing {
            return false;
        }
        if self.read.as_ref() == Some(look) {
            self.moving = None;
            self.retry_in = self.retry_in.map(|scans| scans.saturating_sub(1));
            return self.retry_in == Some(0);
        }
        let holds_still = at_once || self.moving.as_ref() == Some(look);
        self.moving = (!holds_still).then(|| look.clone());
        holds_still
    }
}

impl SourceScanner {
    /// A scanner that has not looked yet.
    pub fn new(options: SourceOptions) -> Self {
        let parser = Parser::new(
            options.dags_folder.clone(),
            options.parse_timeout,
            options.python.clone(),
            options.answers.clone(),
            options.shepherd.clone(),
        );
        Self {
            parser: Arc::new(parser),
            files: Some(Files::new(options)),
            sources: BTreeMap::new(),
            jobs: JoinSet::new(),
            scans: 0,
        }
    }

    /// Looks through the folder, parses what is new or has changed, and waits until that is done; the first call parses
    /// everything.
    ///
    /// A file that changes is read at the call after, if it has not changed again: so half-written files are left
    /// alone.
    pub async fn scan(&mut self) -> Vec<SourceChange> {
        let mut changes = self.start_scan().await;
        let mut jobs = Vec::new();
        while let Some(job) = self.jobs.join_next().await {
            jobs.extend(finished(job));
        }
        changes.extend(self.take_all(jobs).await);
        changes
    }

    /// Parses one source, if it is there; what it is, or what is wrong with it.
    pub async fn scan_one(&mut self, source: &str) -> Option<SourceChange> {
        let mut changes = self.look(|there| there == source).await;
        let job = self.jobs.join_next().await.and_then(finished);
        changes.extend(self.take_all(job.into_iter().collect()).await);
        changes.into_iter().find(|change| change.source() == source)
    }

    /// Looks through the folder and begins to parse what is new or has changed; what is found out is told by
    /// [`take`](Self::take). The future must not be dropped before it is done.
    pub(crate) async fn start_scan(&mut self) -> Vec<SourceChange> {
        self.forget_wanted().await;
        self.look(|_| true).await
    }

    /// Waits until a source has been parsed; `None` if none is being parsed. A call that is dropped loses nothing.
    pub(crate) async fn parsed(&mut self) -> Option<Parsed> {
        self.jobs.join_next().await.map(|job| Parsed(finished(job)))
    }

    /// Takes note of what was parsed, and of all else that is ready. The future must not be dropped before it is done.
    pub(crate) async fn take(&mut self, parsed: Parsed) -> Vec<SourceChange> {
        let mut jobs: Vec<Job> = parsed.0.into_iter().collect();
        while let Some(job) = self.jobs.try_join_next() {
            jobs.extend(finished(job));
        }
        self.take_all(jobs).await
    }

    /// Takes note of all that is parsed by then. The future must not be dropped before it is done.
    pub(crate) async fn take_until(&mut self, deadline: Instant) -> Vec<SourceChange> {
        let mut jobs = Vec::new();
        while let Ok(Some(job)) = timeout_at(deadline, self.jobs.join_next()).await {
            jobs.extend(finished(job));
        }
        self.take_all(jobs).await
    }

    /// Whether a file has just changed, so that it is worth looking again soon.
    pub(crate) fn is_settling(&self) -> bool {
        self.sources.values().any(|state| state.moving.is_some())
    }

    /// Looks through the folder and begins to parse those of the wanted sources that are new or have changed.
    async fn look(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<SourceChange> {
        let Some((looks, problems)) = self.with_files(Files::look).await else {
            return Vec::new();
        };
        self.parser.cool();
        let mut changes = self.forget_missing(&looks, &problems);
        for (source, problem) in problems {
            changes.extend(self.fail(&source, problem.of(&source)));
        }
        let at_once = self.scans == 0;
        self.scans = self.scans.wrapping_add(1);
        if self.scans.is_multiple_of(ASK_AGAIN_SCANS) {
            self.ask_again().await;
        }
        for (source, look) in looks.into_iter().filter(|(source, _)| is_wanted(source)) {
            if self.state(&source).is_due(&look, at_once) {
                changes.extend(self.load(source, look).await);
            }
        }
        changes.extend(self.unblock());
        changes
    }

    /// Has sources parsed again that would be told something else about Variables and Connections now.
    async fn ask_again(&mut self) {
        let Some(answers) = self.parser.answers.clone() else {
            return;
        };
        for state in self
            .sources
            .values_mut()
            .filter(|state| !state.seen.asked.is_empty())
        {
            if state.seen.asked.has_changed(&*answers).await {
                (state.read, state.fingerprint) = (None, None);
            }
        }
    }

    /// Has sources parsed again that somebody wants to be.
    async fn forget_wanted(&mut self) {
        let Some(answers) = self.parser.answers.clone() else {
            return;
        };
        for source in answers.wanted_again().await {
            if let Some(state) = self.sources.get_mut(&source) {
                (state.read, state.fingerprint) = (None, None);
            }
        }
    }

    /// The newest good version of a source.
    pub fn good(&self, source: &str) -> Option<&Arc<ParsedSource>> {
        self.sources.get(source)?.good.as_ref()
    }

    fn state(&mut self, source: &str) -> &mut SourceState {
        self.sources.entry(source.to_owned()).or_default()
    }

    /// Works on the files in a thread of their own: file systems may be slow.
    async fn with_files<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Files) -> T + Send + 'static,
    ) -> Option<T> {
        let mut files = self.files.take()?;
        let work = tokio::task::spawn_blocking(move || {
            let result = work(&mut files);
            (files, result)
        });
        let (files, result) = work.await.ok()?;
        self.files = Some(files);
        Some(result)
    }

    fn forget_missing(
        &mut self,
        looks: &[(String, Look)],
        problems: &[(String, Problem)],
    ) -> Vec<SourceChange> {
        let is_missing = |source: &&String| {
            let is_source = looks.iter().any(|(there, _)| there == *source);
            !is_source && !problems.iter().any(|(there, _)| there == *source)
        };
        let missing: Vec<String> = self.sources.keys().filter(is_missing).cloned().collect();
        for source in &missing {
            self.sources.remove(source);
        }
        missing
            .into_iter()
            .map(|source| SourceChange::Removed { source })
            .collect()
    }

    /// Reads a source whose files have changed, and begins to parse it if it has other content than before.
    async fn load(&mut self, source: String, look: Look) -> Option<SourceChange> {
        let name = source.clone();
        let read = {
            let look = look.clone();
            self.with_files(move |files| files.candidate(&name, look)).await?
        };
        let state = self.state(&source);
        match read {
            Ok(candidate) => {
                let is_known = state.fingerprint.as_ref() == Some(&candidate.fingerprint);
                if is_known && look.is_as(&state.seen) && state.retry_in != Some(0) {
                    state.read = Some(look);
                } else {
                    state.is_parsing = true;
                    self.jobs.spawn(parse(Arc::clone(&self.parser), candidate, look));
                }
                None
            }
            Err(problem) => {
                state.read = Some(look);
                state.fingerprint = None;
                state.blocked = None;
                self.fail(&source, problem.of(&source))
            }
        }
    }

    /// Takes note of what came of parsing sources, in the order of their names.
    async fn take_all(&mut self, mut jobs: Vec<Job>) -> Vec<SourceChange> {
        jobs.sort_by(|one, other| one.source.cmp(&other.source));
        // Some may have gone meanwhile.
        jobs.retain(|job| self.sources.contains_key(&job.source));
        let reads = |job: &Job| job.seen.reads.iter().map(|(path, _)| path.clone()).collect();
        let reads: Vec<(String, Vec<PathBuf>)> =
            jobs.iter().map(|job| (job.source.clone(), reads(job))).collect();
        self.with_files(move |files| files.watch(reads)).await;
        let mut changes: Vec<SourceChange> = jobs.into_iter().filter_map(|job| self.note(job)).collect();
        changes.extend(self.unblock());
        changes
    }

    /// Takes note of what came of parsing a source.
    fn note(&mut self, job: Job) -> Option<SourceChange> {
        let state = self.state(&job.source);
        state.is_parsing = false;
        state.retry_in = None;
        // Else nothing is noted, so the files count as changed and are read again.
        let Parsing::Done { result, may_pass } = job.parsing else {
            return None;
        };
        let is_same = state.fingerprint.as_ref() == Some(&job.fingerprint);
        if may_pass {
            let wait = if is_same { state.next_retry } else { RETRY_SCANS };
            state.retry_in = Some(wait);
            state.next_retry = (2 * wait).min(RETRY_SCANS_MAX);
        }
        let is_again = is_same && may_pass && state.seen == job.seen;
        state.read = Some(job.look.after(&job.seen));
        state.fingerprint = Some(job.fingerprint);
        state.seen = job.seen;
        state.blocked = None;
        match result {
            Ok(parsed) => self.publish(&job.source, Arc::from(parsed), is_again),
            Err(problem) => self.fail(&job.source, problem.of(&job.source)),
        }
    }

    /// Puts a version in force, but for DAGs that another source has. `is_again`: it was tried again, so the same as before is no
    /// news.
    fn publish(&mut self, source: &str, parsed: Arc<ParsedSource>, is_again: bool) -> Option<SourceChange> {
        let clashes = self.clashes(source, &parsed);
        let in_force = match clashes.first() {
            None => Arc::clone(&parsed),
            Some(_) => Arc::new(self.without(&parsed, &clashes)),
        };
        let state = self.state(source);
        let error = in_force.broken.as_ref().map(|broken| broken.error.clone());
        let is_news = !is_again || state.error != error || state.good.as_ref() != Some(&in_force);
        state.blocked = (!clashes.is_empty()).then_some(parsed);
        state.error = error;
        state.good = Some(Arc::clone(&in_force));
        is_news.then_some(SourceChange::Parsed(in_force))
    }

    /// DAGs that other sources have, too, each with its source.
    fn clashes(&self, source: &str, parsed: &ParsedSource) -> Vec<(DagId, String)> {
        let owner = |dag_id: &DagId| {
            let mut others = self.sources.iter().filter(|(other, _)| *other != source);
            others.find_map(|(other, state)| {
                let mut theirs = state.good.as_ref()?.dags.iter();
                theirs.any(|their| their.dag_id == *dag_id).then(|| other.clone())
            })
        };
        let ids = parsed.dags.iter().map(|dag| &dag.dag_id);
        ids.filter_map(|dag_id| Some((dag_id.clone(), owner(dag_id)?)))
            .collect()
    }

    /// A version without the DAGs that other sources have.
    fn without(&self, parsed: &ParsedSource, clashes: &[(DagId, String)]) -> ParsedSource {
        let is_clash = |dag_id: &DagId| clashes.iter().any(|(clash, _)| clash == dag_id);
        let messages: Vec<String> = clashes
            .iter()
            .map(|(dag_id, other)| format!("dag `{dag_id}` is also in `{other}`, which was found first"))
            .collect();
        let folder = self.parser.dags_folder.display();
        let hint = format!("rename one of them, or name one of the files in `{folder}/.airflowignore`");
        let mut problem = Problem::new(parsed.launch.file(), messages.join("\n")).hint(hint);
        let mut failed = Some(Vec::new());
        if let Some(broken) = &parsed.broken {
            problem = problem.and(&broken.error);
            failed.clone_from(&broken.dags);
        }
        let mut without = parsed.clone();
        without.dags.retain(|dag| !is_clash(&dag.dag_id));
        without.broken = Some(Broken {
            error: problem.of(&parsed.launch.source),
            dags: failed,
        });
        without
    }

    /// Takes note of what is wrong with a source; a change unless that was said before.
    fn fail(&mut self, source: &str, error: ImportError) -> Option<SourceChange> {
        let state = self.state(source);
        if state.error.as_ref() == Some(&error) {
            return None;
        }
        state.error = Some(error.clone());
        Some(SourceChange::Failed(error))
    }

    /// Puts versions in force that were blocked by DAGs of other sources.
    fn unblock(&mut self) -> Vec<SourceChange> {
        let blocked: Vec<(String, Arc<ParsedSource>)> = self
            .sources
            .iter_mut()
            .filter_map(|(source, state)| Some((source.clone(), state.blocked.take()?)))
            .collect();
        blocked
            .into_iter()
            .filter_map(|(source, parsed)| self.publish(&source, parsed, true))
            .collect()
    }
}

async fn parse(parser: Arc<Parser>, candidate: Candidate, look: Look) -> Job {
    let (source, fingerprint) = (candidate.source.clone(), candidate.fingerprint.clone());
    // A panic here is a bug of ours; the source must not stay "being parsed" for ever.
    let parsed = AssertUnwindSafe(parser.parse(candidate)).catch_unwind().await;
    let (parsing, seen) = parsed.unwrap_or_else(|_| {
        tracing::error!(
            dag.source = source,
            "parsing a DAG source panicked; it will be tried again"
        );
        (Parsing::Busy, Seen::default())
    });
    Job {
        source,
        look,
        fingerprint,
        parsing,
        seen,
    }
}

/// The job; one that was cut short is none.
fn finished(job: Result<Job, JoinError>) -> Option<Job> {
    job.inspect_err(|error| tracing::error!(%error, "a DAG source was not parsed to its end"))
        .ok()
}
