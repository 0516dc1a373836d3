//! Looking through the DAGs folder and parsing what has changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use updraft_model::DagId;
use updraft_protocol::defaults::DagDefaults;

use crate::error::Problem;
use crate::files::{Candidate, Files, Look};
use crate::parse::{Parsing, parse_all};
use crate::{IgnoreSyntax, ImportError, ParsedSource, SourceChange};

/// After how many scans a program is started again that failed without its files being to blame, for example because
/// it took too long. With the default interval this is half a minute.
const RETRY_SCANS: u32 = 60;

/// Where DAGs are looked for, and how.
#[derive(Debug, Clone)]
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
    /// What DAGs mean where they do not say it. Programs are told so in their environment.
    pub defaults: DagDefaults,
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
        }
    }
}

/// Looks through the DAGs folder and parses what has changed since the last time.
#[derive(Debug)]
pub struct SourceScanner {
    dags_folder: PathBuf,
    parse_timeout: Duration,
    /// `None` only while it is lent to a thread.
    files: Option<Files>,
    sources: BTreeMap<String, SourceState>,
    has_scanned: bool,
}

/// What is known about one source.
#[derive(Debug, Default)]
struct SourceState {
    /// The files as they were when they were last read.
    read: Option<Look>,
    /// The files as they were at the last look, if that differed from `read`: they are read once they hold still.
    moving: Option<Look>,
    /// What was read; equal content is not parsed again.
    fingerprint: Option<String>,
    /// How many scans to wait before the same content is parsed again, after a failure that may pass.
    retry_in: Option<u32>,
    /// The newest good version.
    good: Option<Arc<ParsedSource>>,
    /// A version that is good but for a DAG that another source has, too; it is in force once that one is gone.
    blocked: Option<Arc<ParsedSource>>,
    /// What the scheduler was last told to be wrong.
    error: Option<ImportError>,
}

impl SourceState {
    /// Whether the files, which look like this now, are to be read.
    fn is_due(&mut self, look: &Look, at_once: bool) -> bool {
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
        Self {
            dags_folder: options.dags_folder.clone(),
            parse_timeout: options.parse_timeout,
            files: Some(Files::new(options)),
            sources: BTreeMap::new(),
            has_scanned: false,
        }
    }

    /// Looks through the folder and parses what is new or has changed; the first call parses everything.
    ///
    /// A file that changes is read at the call after, if it has not changed again: so half-written files are left
    /// alone.
    pub async fn scan(&mut self) -> Vec<SourceChange> {
        let Some((looks, problems)) = self.with_files(Files::look).await else {
            return Vec::new();
        };
        let mut changes = self.forget_missing(&looks, &problems);
        for (source, problem) in problems {
            changes.extend(self.fail(&source, problem.of(&source)));
        }
        let at_once = !self.has_scanned;
        self.has_scanned = true;
        let due = looks
            .into_iter()
            .filter(|(source, look)| self.state(source).is_due(look, at_once))
            .collect();
        changes.extend(self.load(due).await);
        changes.extend(self.unblock());
        changes
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

    /// Reads sources whose files have changed, and parses those that have other content than before.
    async fn load(&mut self, due: Vec<(String, Look)>) -> Vec<SourceChange> {
        let mut changes = Vec::new();
        let mut candidates = Vec::new();
        for (source, look) in due {
            match self.read(&source, look.clone()).await {
                Ok(Some(candidate)) => candidates.push((source, look, candidate)),
                Ok(None) => self.state(&source).read = Some(look),
                Err(problem) => {
                    let state = self.state(&source);
                    state.read = Some(look);
                    state.fingerprint = None;
                    state.blocked = None;
                    changes.extend(self.fail(&source, problem.of(&source)));
                }
            }
        }
        let parsing = candidates
            .iter()
            .map(|(_, _, candidate)| candidate.clone())
            .collect();
        let parsed = parse_all(parsing, self.parse_timeout).await;
        for ((source, look, candidate), result) in candidates.into_iter().zip(parsed) {
            changes.extend(self.take(&source, look, candidate.launch.fingerprint, result));
        }
        changes
    }

    /// Reads the files of a source; `None` if their content is what it was before.
    async fn read(&mut self, source: &str, look: Look) -> Result<Option<Candidate>, Problem> {
        let name = source.to_owned();
        let Some(candidate) = self.with_files(move |files| files.candidate(&name, look)).await else {
            return Ok(None);
        };
        let candidate = candidate?;
        let state = self.state(source);
        let is_known = state.fingerprint.as_ref() == Some(&candidate.launch.fingerprint);
        Ok((!is_known || state.retry_in == Some(0)).then_some(candidate))
    }

    /// Takes note of what came of parsing a source.
    fn take(
        &mut self,
        source: &str,
        look: Look,
        fingerprint: String,
        parsing: Parsing,
    ) -> Option<SourceChange> {
        let state = self.state(source);
        state.retry_in = None;
        let parsed = match parsing {
            // Nothing is noted, so the files count as changed and are read again.
            Parsing::Busy => return None,
            Parsing::Failed(problem) => Err(problem),
            Parsing::FailedForNow(problem) => {
                state.retry_in = Some(RETRY_SCANS);
                Err(problem)
            }
            Parsing::Parsed(parsed) => Ok(parsed),
        };
        state.read = Some(look);
        state.fingerprint = Some(fingerprint);
        state.blocked = None;
        match parsed {
            Ok(parsed) => self.publish(source, Arc::new(parsed)),
            Err(problem) => self.fail(source, problem.of(source)),
        }
    }

    /// Puts a good version in force, unless another source has one of its DAGs.
    fn publish(&mut self, source: &str, parsed: Arc<ParsedSource>) -> Option<SourceChange> {
        let clash = self
            .sources
            .iter()
            .filter(|(other, _)| *other != source)
            .find_map(|(other, state)| {
                let theirs = &state.good.as_ref()?.dags;
                let is_theirs = |dag_id: &DagId| theirs.iter().any(|their| their.dag_id == *dag_id);
                let shared = parsed.dags.iter().find(|dag| is_theirs(&dag.dag_id))?;
                Some((other.clone(), shared.dag_id.clone()))
            });
        if let Some((other, dag_id)) = clash {
            let message = format!("dag `{dag_id}` is also in `{other}`, which was found first");
            let folder = self.dags_folder.display();
            let hint = format!("rename one of them, or name one of the files in `{folder}/.airflowignore`");
            let problem = Problem::new(parsed.launch.file(), message).hint(hint);
            self.state(source).blocked = Some(parsed);
            return self.fail(source, problem.of(source));
        }
        let state = self.state(source);
        state.error = None;
        state.good = Some(Arc::clone(&parsed));
        Some(SourceChange::Parsed(parsed))
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
            .filter_map(|(source, parsed)| self.publish(&source, parsed))
            .collect()
    }
}
