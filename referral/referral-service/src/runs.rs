//! Which runs are at work, and joining them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::event::{Event, HungUp, Lines, Progress, answer};

/// Why a run did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkError {
    /// Whether the same request may succeed later without anybody doing anything.
    pub retryable: bool,
    /// The error with its causes, in one line.
    pub message: String,
}

impl From<WorkError> for Event {
    fn from(WorkError { retryable, message }: WorkError) -> Self {
        Self::Error { retryable, message }
    }
}

/// What a run does: it tells its progress, looks whether it is to stop, and ends with its counts.
type Work = Box<
    dyn FnOnce(
            watch::Sender<Progress>,
            CancellationToken,
        ) -> BoxFuture<'static, Result<Map<String, Value>, WorkError>>
        + Send,
>;

/// The runs of a service, one at a time per operation. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Runs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tasks: TaskTracker,
    stop: CancellationToken,
    /// The run at work per operation. Written by the request that starts it and by the task that ends it; held only for a
    /// look.
    at_work: Mutex<BTreeMap<&'static str, AtWork>>,
}

/// A run at work, as others see it.
#[derive(Debug, Clone)]
struct AtWork {
    run_id: String,
    progress: watch::Receiver<Progress>,
    /// `None` until the run has ended.
    outcome: watch::Receiver<Option<Event>>,
}

/// What a request finds.
enum Found {
    /// Its own run.
    Own(AtWork),
    /// Another run of the same operation, which has to end first.
    Other(AtWork),
}

impl Runs {
    /// No run. When `stop` is cancelled, new ones are refused and those at work are told.
    pub fn new(stop: CancellationToken) -> Self {
        let inner = Inner {
            tasks: TaskTracker::new(),
            stop,
            at_work: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Waits until the runs at work have ended; cancel the token given to [`Runs::new`] first.
    pub async fn finish(&self) {
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Answers a request with the lines of its run: joins the run if it is at work, starts it otherwise, after any other run
    /// of the operation has ended. `work` is called at most once.
    pub fn follow<F>(
        &self,
        operation: &'static str,
        run_id: &str,
        work: impl FnOnce(watch::Sender<Progress>, CancellationToken) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = Result<Map<String, Value>, WorkError>> + Send + 'static,
    {
        let (lines, response) = answer();
        let (runs, run_id) = (self.clone(), run_id.to_owned());
        let work: Work = Box::new(move |progress, stop| Box::pin(work(progress, stop)));
        self.inner.tasks.spawn(async move {
            // A client that hangs up is told nothing more; the run goes on without it.
            let _: Result<(), HungUp> = runs.tell(operation, &run_id, work, &lines).await;
        });
        response
    }

    async fn tell(
        &self,
        operation: &'static str,
        run_id: &str,
        work: Work,
        lines: &Lines,
    ) -> Result<(), HungUp> {
        let mut work = Some(work);
        loop {
            if self.inner.stop.is_cancelled() {
                let message = "the service is stopping; ask again once it is back".to_owned();
                return lines
                    .send(Event::Error {
                        retryable: true,
                        message,
                    })
                    .await;
            }
            match self.find_or_start(operation, run_id, &mut work) {
                Found::Own(run) => {
                    let outcome = wait(&run, lines, None).await?;
                    return lines.send(outcome).await;
                }
                Found::Other(run) => {
                    let message = format!("waiting for run `{}`", run.run_id);
                    wait(&run, lines, Some(&message)).await?;
                }
            }
        }
    }

    fn find_or_start(&self, operation: &'static str, run_id: &str, work: &mut Option<Work>) -> Found {
        let mut at_work = lock(&self.inner.at_work);
        if let Some(run) = at_work.get(operation) {
            let run = run.clone();
            return if run.run_id == run_id {
                Found::Own(run)
            } else {
                Found::Other(run)
            };
        }
        let work = work
            .take()
            .expect("a request starts its run at most once: after that it waits for its end");
        let (progress_sender, progress) = watch::channel(Progress::default());
        let (outcome_sender, outcome) = watch::channel(None);
        let run = AtWork {
            run_id: run_id.to_owned(),
            progress,
            outcome,
        };
        at_work.insert(operation, run.clone());
        let (runs, run_id) = (self.clone(), run_id.to_owned());
        self.inner.tasks.spawn(async move {
            let outcome = runs.work(operation, &run_id, work, progress_sender).await;
            lock(&runs.inner.at_work).remove(operation);
            outcome_sender.send_replace(Some(outcome));
        });
        Found::Own(run)
    }

    /// Works on a task of its own, so that a panic ends the run and not the service.
    async fn work(
        &self,
        operation: &str,
        run_id: &str,
        work: Work,
        progress: watch::Sender<Progress>,
    ) -> Event {
        let task = self.inner.tasks.spawn(work(progress, self.inner.stop.clone()));
        match task.await {
            Ok(Ok(counts)) => {
                let told = serde_json::Value::from(counts.clone());
                tracing::info!(run.id = run_id, "{operation} has ended: {told}");
                Event::Summary(Arc::new(counts))
            }
            Ok(Err(error)) => {
                tracing::warn!(run.id = run_id, "{operation} has failed: {}", error.message);
                error.into()
            }
            Err(error) => {
                tracing::error!(run.id = run_id, %error, "{operation} has panicked: this is a bug");
                let message = format!("{operation} failed inside; see the log of the service");
                Event::Error {
                    retryable: false,
                    message,
                }
            }
        }
    }
}

/// Tells a run's progress until it ends, with another message if one is given. Returns how it ended.
async fn wait(run: &AtWork, lines: &Lines, message: Option<&str>) -> Result<Event, HungUp> {
    let (mut progress, mut outcome) = (run.progress.clone(), run.outcome.clone());
    loop {
        let mut current = progress.borrow_and_update().clone();
        if let Some(message) = message {
            message.clone_into(&mut current.message);
        }
        if let Some(ended) = outcome.borrow_and_update().clone() {
            return Ok(ended);
        }
        lines.send(Event::Progress(current)).await?;
        tokio::select! {
            // Progress ends a little before the outcome is known.
            Ok(()) = progress.changed() => {}
            _ = outcome.changed() => {}
            () = Lines::silence() => {}
            () = lines.closed() => return Err(HungUp),
        }
    }
}

/// The data behind the lock stays valid if a holder panics: it is only looked at and replaced.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn body(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_of_one_run_share_its_work_and_another_run_waits() {
        let runs = Runs::new(CancellationToken::new());
        let started = Arc::new(AtomicU32::new(0));
        let gate = CancellationToken::new();
        let ask = |run_id: &str| {
            let (started, gate) = (Arc::clone(&started), gate.clone());
            runs.follow("matches", run_id, move |progress, _| async move {
                started.fetch_add(1, Ordering::SeqCst);
                progress.send_modify(|progress| progress.done = 1);
                gate.cancelled().await;
                Ok(Map::from_iter([("matches".to_owned(), Value::from(7))]))
            })
        };
        let (first, same, other) = (ask("a"), ask("a"), ask("b"));
        let opened = async {
            tokio::task::yield_now().await;
            gate.cancel();
        };
        let (first, same, other, ()) = tokio::join!(body(first), body(same), body(other), opened);
        for text in [&first, &same, &other] {
            assert!(
                text.ends_with("{\"event\":\"summary\",\"matches\":7}\n"),
                "{text}"
            );
        }
        assert_eq!(started.load(Ordering::SeqCst), 2, "runs `a` and `b`, each once");
    }

    #[tokio::test]
    async fn the_work_goes_on_when_its_client_hangs_up_and_a_repeated_request_finds_it() {
        let runs = Runs::new(CancellationToken::new());
        let started = Arc::new(AtomicU32::new(0));
        let gate = CancellationToken::new();
        let ask = || {
            let (started, gate) = (Arc::clone(&started), gate.clone());
            runs.follow("matches", "a", move |_, _| async move {
                started.fetch_add(1, Ordering::SeqCst);
                gate.cancelled().await;
                Ok(Map::new())
            })
        };
        drop(ask());
        while started.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let again = ask();
        let opened = async {
            tokio::task::yield_now().await;
            gate.cancel();
        };
        let (text, ()) = tokio::join!(body(again), opened);
        assert!(text.ends_with("{\"event\":\"summary\"}\n"), "{text}");
        assert_eq!(started.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_stopping_service_ends_its_runs_and_refuses_new_ones_until_it_is_back() {
        let stop = CancellationToken::new();
        let runs = Runs::new(stop.clone());
        let at_work = runs.follow("matches", "a", |_, stop| async move {
            stop.cancelled().await;
            let message = "stopped at a batch".to_owned();
            Err(WorkError {
                retryable: true,
                message,
            })
        });
        let stopped = async {
            tokio::task::yield_now().await;
            stop.cancel();
        };
        let (text, ()) = tokio::join!(body(at_work), stopped);
        let ended = "{\"event\":\"error\",\"retryable\":true,\"message\":\"stopped at a batch\"}\n";
        assert!(text.ends_with(ended), "{text}");
        let late = body(runs.follow("embeddings", "b", |_, _| async { panic!("it must not start") })).await;
        assert!(
            late.starts_with(r#"{"event":"error","retryable":true,"message":"the service is stopping"#),
            "{late}"
        );
        runs.finish().await;
    }

    #[tokio::test]
    async fn a_panic_ends_its_run_and_not_the_service() {
        let runs = Runs::new(CancellationToken::new());
        let broken = runs.follow("matches", "a", |_, _| async { panic!("boom") });
        let text = body(broken).await;
        assert!(
            text.contains(r#""event":"error","retryable":false,"message":"matches failed inside"#),
            "{text}"
        );
        let next = runs.follow("matches", "b", |_, _| async { Ok(Map::new()) });
        assert!(body(next).await.ends_with("{\"event\":\"summary\"}\n"));
    }
}
