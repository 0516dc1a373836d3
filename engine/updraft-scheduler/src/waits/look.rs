//! One look at what a task waits for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use updraft_model::{AttemptId, ExternalPicture, ExternalWait, FileWait, HitlWait, Look, Wait, WaitEnd};
use updraft_secrets::{Connection, Secrets};
use updraft_store::{SecretError, StoreError};

use super::files;
use super::http::Http;
use super::sql::Databases;
use super::unfinished::Unfinished;
use crate::ledger::Lookups;

/// A look that takes longer ends its wait as failed: what it looks at hangs.
const LOOK_MAX: Duration = Duration::from_mins(1);

/// Looks at what tasks wait for.
#[derive(Clone)]
pub struct Lookout(Arc<Parts>);

struct Parts {
    store: Arc<dyn Lookups>,
    secrets: Secrets,
    http: Http,
    databases: Databases,
    files: Unfinished,
}

impl Lookout {
    /// One that looks at runs in this database, and finds connections in these places and there.
    pub fn new(store: Arc<dyn Lookups>, secrets: Secrets) -> Self {
        Self(Arc::new(Parts {
            store,
            secrets,
            http: Http::default(),
            databases: Databases::default(),
            files: Unfinished::default(),
        }))
    }

    /// Looks once at what a wait is for. A wait for a time ends by itself.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look(&self, wait: &Wait) -> Result<Look, StoreError> {
        let look = async {
            match wait {
                Wait::Until(_) | Wait::For(_) => Ok(Look::Waiting("its time has not come".to_owned())),
                Wait::Python(_) => Ok(Look::Ended(WaitEnd::Failed(format!(
                    "it waits {wait}, which only a scheduler can do that has Python"
                )))),
                Wait::External(external) => {
                    let picture = self.picture(&[external]).await?;
                    let end = external.end(&picture).map(Look::Ended);
                    Ok(end.unwrap_or_else(|| Look::Waiting(external.note(&picture))))
                }
                Wait::Hitl(hitl) => self.for_answer(hitl).await,
                Wait::File(file) => Ok(self.for_file(file.clone()).await),
                Wait::Http(http) => Ok(match self.connection(&http.connection).await? {
                    Ok(connection) => self.0.http.look(http, &connection).await,
                    Err(instead) => instead,
                }),
                Wait::Sql(sql) => Ok(match self.connection(&sql.connection).await? {
                    Ok(connection) => self.0.databases.look(sql, connection).await,
                    Err(instead) => instead,
                }),
            }
        };
        let looked = tokio::time::timeout(LOOK_MAX, look).await;
        looked.unwrap_or_else(|_| {
            let reason = format!("it waits {wait}, and a look at that has taken more than {LOOK_MAX:?}");
            Ok(Look::Ended(WaitEnd::Failed(reason)))
        })
    }

    /// What these waits are for, as it all is at one moment.
    pub(super) async fn picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError> {
        self.0.store.external_picture(waits).await
    }

    /// Writes down what the last looks have seen.
    pub(super) async fn note(&self, notes: &[(AttemptId, String)]) -> Result<(), StoreError> {
        self.0.store.note_waits(notes).await
    }

    /// Whether somebody has answered. What is not asked any more is not answered.
    async fn for_answer(&self, wait: &HitlWait) -> Result<Look, StoreError> {
        let asked = self.0.store.hitl_asked_by(wait.asked_by).await?;
        Ok(match asked.map(|row| row.answer) {
            Some(Some(answer)) => Look::Ended(WaitEnd::Event(answer.event())),
            Some(None) => Look::Waiting("nobody has answered yet".to_owned()),
            None => Look::Ended(WaitEnd::Failed(format!("it waits {wait}, but has asked nobody"))),
        })
    }

    /// A connection, or what to say instead of a look there: a place of secrets may answer later, all else ends the wait.
    async fn connection(&self, conn_id: &str) -> Result<Result<Connection, Look>, StoreError> {
        let fails = |problem| Ok(Err(Look::Ended(WaitEnd::Failed(problem))));
        match self.0.store.lookup_connection(&self.0.secrets, conn_id).await {
            Ok(Some(connection)) => Ok(Ok(connection)),
            Ok(None) => fails(format!(
                "there is no connection `{conn_id}`: neither `AIRFLOW_CONN_{}` nor the database has it",
                conn_id.to_uppercase()
            )),
            Err(SecretError::Store(error)) => Err(error),
            Err(passing) if passing.is_passing() => Ok(Err(Look::Waiting(crate::error::chain(&passing)))),
            Err(damaged) => fails(crate::error::chain(&damaged)),
        }
    }

    /// Files are looked for on a thread of its own: a file system may hang.
    async fn for_file(&self, file: FileWait) -> Look {
        let path = file.filepath.clone();
        let Some(ticket) = self.0.files.begin(&path, Instant::now(), LOOK_MAX) else {
            return Look::Waiting("an earlier look at it still hangs".to_owned());
        };
        let looked = tokio::task::spawn_blocking(move || {
            let _ticket = ticket;
            files::is_there(&file.filepath, file.recursive)
        });
        match looked.await {
            Ok(true) => Look::Ended(WaitEnd::Event(true.into())),
            Ok(false) => Look::Waiting("it is not there".to_owned()),
            Err(error) => Look::Ended(WaitEnd::Failed(format!("cannot look for file `{path}`: {error}"))),
        }
    }
}
