//! Processes that run attempts for the scheduler: who they are, what each is to run, and what its attempts ask.
//!
//! A *job* is such a process, as long as it gives signs of life. The scheduler assigns attempts to it; what they ask of the
//! scheduler, and what that answers, are rows as well. So neither needs to reach the other but through the database, and a
//! scheduler that takes over finds everything there. The texts of workloads, asks and answers are the callers' business.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::AttemptId;
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::changes::notify;
use crate::error::{StoreError, WriteError};
use crate::lease::{self, Holder, Lease};
use crate::listener::ChangeListener;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    JOIN = Sql::new(
        "INSERT INTO job (state, hostname, pid, slots, start_date, latest_heartbeat) \
         VALUES ('running', $1, $2, $3, $4, $4) RETURNING job_id",
    );
    BEAT = Sql::new(
        "UPDATE job SET slots = $2, latest_heartbeat = $3 WHERE job_id = $1 AND state = 'running'",
    );
    LEAVE = Sql::new("UPDATE job SET state = 'success', end_date = $2 WHERE job_id = $1 AND state = 'running'");
    RUNNING = Sql::new(
        "SELECT job_id, hostname, pid, slots, start_date, latest_heartbeat FROM job WHERE state = 'running' \
         ORDER BY job_id",
    );
    GIVE_UP = Sql::new(
        "UPDATE job SET state = 'failed', end_date = $1 \
         WHERE state = 'running' AND job_id IN (SELECT job_id FROM {batch})",
    )
    .batch(&[("job_id", ColumnType::I64)]);
    DROP_ASSIGNMENTS = Sql::new(
        "DELETE FROM assignment WHERE job_id IN (SELECT job_id FROM job WHERE state <> 'running')",
    );
    DROP_ASKS = Sql::new("DELETE FROM ask WHERE job_id IN (SELECT job_id FROM job WHERE state <> 'running')");
    // One that was written before, and whose answer was lost, is written again.
    ASSIGN = Sql::new(
        "INSERT INTO assignment (attempt_id, job_id, workload) \
         SELECT attempt_id, job_id, workload FROM {batch} WHERE TRUE ON CONFLICT (attempt_id) DO NOTHING",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("job_id", ColumnType::I64),
        ("workload", ColumnType::Text),
    ]);
    KILL = Sql::new(
        "UPDATE assignment SET is_killed = TRUE WHERE attempt_id IN (SELECT attempt_id FROM {batch}) RETURNING job_id",
    )
    .batch(&[("attempt_id", ColumnType::Uuid)]);
    ASSIGNMENTS = Sql::new(
        "SELECT a.attempt_id, a.job_id FROM assignment a JOIN job j ON j.job_id = a.job_id \
         WHERE j.state = 'running' ORDER BY a.attempt_id",
    );
    END_ASSIGNMENTS = Sql::new("DELETE FROM assignment WHERE attempt_id IN (SELECT attempt_id FROM {batch})")
        .batch(&[("attempt_id", ColumnType::Uuid)]);
    ASSIGNED = Sql::new(
        "SELECT attempt_id, workload, is_killed FROM assignment \
         WHERE job_id = $1 AND (is_taken = FALSE OR is_killed = TRUE) ORDER BY attempt_id",
    );
    TAKE = Sql::new("UPDATE assignment SET is_taken = TRUE WHERE attempt_id IN (SELECT attempt_id FROM {batch})")
        .batch(&[("attempt_id", ColumnType::Uuid)]);
    POST = Sql::new(
        "INSERT INTO ask (job_id, number, attempt_id, body) \
         SELECT $1, number, attempt_id, body FROM {batch} WHERE TRUE ON CONFLICT (job_id, number) DO NOTHING",
    )
    .batch(&[
        ("number", ColumnType::I64),
        ("attempt_id", ColumnType::Uuid),
        ("body", ColumnType::Text),
    ]);
    OPEN = Sql::new(
        "SELECT job_id, number, attempt_id, body FROM ask WHERE answer IS NULL ORDER BY job_id, number LIMIT $1",
    );
    ANSWER = Sql::new(
        "UPDATE ask SET answer = batch.answer FROM {batch} WHERE ask.job_id = batch.job_id AND ask.number = batch.number",
    )
    .batch(&[
        ("job_id", ColumnType::I64),
        ("number", ColumnType::I64),
        ("answer", ColumnType::Text),
    ]);
    ANSWERS = Sql::new("SELECT number, answer FROM ask WHERE job_id = $1 AND answer IS NOT NULL ORDER BY number");
    FORGET = Sql::new("DELETE FROM ask WHERE job_id = $1 AND number IN (SELECT number FROM {batch})")
        .batch(&[("number", ColumnType::I64)]);
}

/// Names a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A process that runs attempts and has not been given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// The process.
    pub holder: Holder,
    /// How many attempts it takes at once; 0 if it only ends those that it has.
    pub slots: usize,
    /// Since when.
    pub start_date: Timestamp,
    /// Its last sign of life.
    pub latest_heartbeat: Timestamp,
}

/// An attempt that a job is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The attempt.
    pub attempt: AttemptId,
    /// The job.
    pub job: JobId,
    /// What the job needs to know.
    pub workload: String,
}

/// What a job hears of an attempt that was assigned to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The attempt.
    pub attempt: AttemptId,
    /// What the job needs to know.
    pub workload: String,
    /// Whether it is to be killed.
    pub is_killed: bool,
}

/// Something that an attempt of a job asks of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsk {
    /// Counts the asks of the job: one that is posted again has the same number, and is there once.
    pub number: i64,
    /// The attempt.
    pub attempt: AttemptId,
    /// What it asks.
    pub body: String,
}

/// An ask that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAsk {
    /// The job.
    pub job: JobId,
    /// The ask.
    pub ask: NewAsk,
}

/// An answer to an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number of the ask.
    pub number: i64,
    /// The answer.
    pub text: String,
}

/// For processes that run attempts.
impl Store {
    /// Makes a process a job, which the scheduler hears of when it looks for jobs again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn join(&self, holder: &Holder, slots: usize, now: Timestamp) -> Result<JobId, StoreError> {
        let query = JOIN
            .bind(&holder.hostname)
            .bind(holder.pid)
            .bind(count(slots))
            .bind(now);
        let mut tx = self.db.begin().await?;
        let row = tx.fetch_one(query).await?;
        tx.commit().await?;
        Ok(JobId(row.get("job_id")?))
    }

    /// Says that a job lives, and how many attempts it takes. False if it was given up: what it runs has been replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn beat(&self, job: JobId, slots: usize, now: Timestamp) -> Result<bool, StoreError> {
        let query = BEAT.bind(job.0).bind(count(slots)).bind(now);
        Ok(self.db.execute(query).await? == 1)
    }

    /// Says that a job ends; what it has not done is done by others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn leave(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(LEAVE.bind(job.0).bind(now)).await?;
        Ok(())
    }

    /// Begins to listen for what the scheduler has for a job. `interval_max` is as with [`Store::listen`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn listen_as(&self, job: JobId, interval_max: Duration) -> Result<ChangeListener, StoreError> {
        let signal = self.db.signal(&self.job_channel(job), interval_max).await?;
        Ok(ChangeListener::of(signal))
    }

    /// The attempts of a job that it has not [taken](Store::take_assigned), and those that are to be killed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assigned(&self, job: JobId) -> Result<Vec<Assigned>, StoreError> {
        let mut assigned = Vec::new();
        for row in self.db.fetch_all(ASSIGNED.bind(job.0)).await? {
            let row = TableRow {
                table: "assignment",
                row: &row,
            };
            assigned.push(Assigned {
                attempt: row.attempt()?,
                workload: row.get("workload")?,
                is_killed: row.get("is_killed")?,
            });
        }
        Ok(assigned)
    }

    /// Notes that their job has these attempts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_assigned(&self, attempts: &[AttemptId]) -> Result<(), StoreError> {
        if !attempts.is_empty() {
            let batch = attempts.iter().map(|attempt| row![attempt.0]);
            self.db.execute(TAKE.rows(batch)).await?;
        }
        Ok(())
    }

    /// Leaves asks of a job for the scheduler, and wakes it. One that is there already stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; they may be there all the same if the connection was lost.
    pub async fn post_asks(&self, job: JobId, asks: &[NewAsk]) -> Result<(), StoreError> {
        let batch = asks
            .iter()
            .map(|ask| row![ask.number, ask.attempt.0, ask.body.as_str()]);
        let mut tx = self.db.begin().await?;
        tx.execute(POST.bind(job.0).rows(batch)).await?;
        notify(&mut tx, self.channel()).await?;
        tx.commit().await?;
        self.wake_scheduler();
        Ok(())
    }

    /// The answers to a job's asks that it has not [forgotten](Store::forget_asks).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answers(&self, job: JobId) -> Result<Vec<Answer>, StoreError> {
        let mut answers = Vec::new();
        for row in self.db.fetch_all(ANSWERS.bind(job.0)).await? {
            answers.push(Answer {
                number: row.get("number")?,
                text: row.get("answer")?,
            });
        }
        Ok(answers)
    }

    /// Forgets asks that were answered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_asks(&self, job: JobId, numbers: &[i64]) -> Result<(), StoreError> {
        let batch = numbers.iter().map(|number| row![*number]);
        self.db.execute(FORGET.bind(job.0).rows(batch)).await?;
        Ok(())
    }
}

/// For the scheduler.
impl Store {
    /// The jobs that have not been given up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        for row in self.db.fetch_all(RUNNING.query()).await? {
            let row = TableRow {
                table: "job",
                row: &row,
            };
            jobs.push(Job {
                id: JobId(row.get("job_id")?),
                holder: Holder {
                    hostname: row.get("hostname")?,
                    pid: row.number("pid")?,
                },
                slots: row.number("slots")?,
                start_date: row.time("start_date")?,
                latest_heartbeat: row.time("latest_heartbeat")?,
            });
        }
        Ok(jobs)
    }

    /// Gives jobs up: what they run counts as lost. With them goes what is left of all that have ended.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn give_up_jobs(
        &self,
        lease: &Lease,
        jobs: &[JobId],
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let mut tx = self.begin_under(lease).await?;
        if !jobs.is_empty() {
            let batch = jobs.iter().map(|job| row![job.0]);
            tx.execute(GIVE_UP.bind(now).rows(batch))
                .await
                .map_err(StoreError::from)?;
        }
        tx.execute(DROP_ASSIGNMENTS.query())
            .await
            .map_err(StoreError::from)?;
        tx.execute(DROP_ASKS.query()).await.map_err(StoreError::from)?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    /// Assigns attempts to jobs, has others killed, and wakes the jobs.
    ///
    /// # Errors
    /// [`WriteError`]; it may be written all the same if the connection was lost, and can be written again.
    pub async fn assign(
        &self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError> {
        let mut tx = self.begin_under(lease).await?;
        let mut jobs: BTreeSet<JobId> = assignments.iter().map(|assignment| assignment.job).collect();
        if !assignments.is_empty() {
            let batch = assignments.iter().map(|assignment| {
                row![
                    assignment.attempt.0,
                    assignment.job.0,
                    assignment.workload.as_str()
                ]
            });
            tx.execute(ASSIGN.rows(batch)).await.map_err(StoreError::from)?;
        }
        if !killed.is_empty() {
            let batch = killed.iter().map(|attempt| row![attempt.0]);
            for row in tx.fetch_all(KILL.rows(batch)).await.map_err(StoreError::from)? {
                jobs.insert(JobId(row.get("job_id").map_err(StoreError::from)?));
            }
        }
        Ok(self.commit_for(tx, jobs).await?)
    }

    /// Which attempts are assigned to jobs that have not been given up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assignments(&self) -> Result<Vec<(AttemptId, JobId)>, StoreError> {
        let mut assignments = Vec::new();
        for row in self.db.fetch_all(ASSIGNMENTS.query()).await? {
            let row = TableRow {
                table: "assignment",
                row: &row,
            };
            assignments.push((row.attempt()?, JobId(row.get("job_id")?)));
        }
        Ok(assignments)
    }

    /// The first asks of each job that have no answer, at most so many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_asks(&self, asks_max: usize) -> Result<Vec<OpenAsk>, StoreError> {
        let mut asks = Vec::new();
        for row in self.db.fetch_all(OPEN.bind(count(asks_max))).await? {
            let row = TableRow {
                table: "ask",
                row: &row,
            };
            asks.push(OpenAsk {
                job: JobId(row.get("job_id")?),
                ask: NewAsk {
                    number: row.get("number")?,
                    attempt: row.attempt()?,
                    body: row.get("body")?,
                },
            });
        }
        Ok(asks)
    }

    /// Answers asks, forgets the assignments of attempts that are over, and wakes the jobs.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn answer_asks(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError> {
        let mut tx = self.begin_under(lease).await?;
        if !answers.is_empty() {
            let batch = answers
                .iter()
                .map(|(job, answer)| row![job.0, answer.number, answer.text.as_str()]);
            tx.execute(ANSWER.rows(batch)).await.map_err(StoreError::from)?;
        }
        if !over.is_empty() {
            let batch = over.iter().map(|attempt| row![attempt.0]);
            tx.execute(END_ASSIGNMENTS.rows(batch))
                .await
                .map_err(StoreError::from)?;
        }
        let jobs = answers.iter().map(|(job, _)| *job).collect();
        Ok(self.commit_for(tx, jobs).await?)
    }

    /// Begins to write something that counts only while the lease does.
    async fn begin_under(&self, lease: &Lease) -> Result<Tx, WriteError> {
        let mut tx = self.db.begin().await.map_err(StoreError::from)?;
        if lease::is_valid(&mut tx, lease).await? {
            Ok(tx)
        } else {
            Err(WriteError::LeaseLost)
        }
    }

    async fn commit_for(&self, mut tx: Tx, jobs: BTreeSet<JobId>) -> Result<(), StoreError> {
        for job in jobs {
            notify(&mut tx, self.job_channel(job)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The notification channel of a job.
    fn job_channel(&self, job: JobId) -> String {
        format!("{}_job_{job}", self.options.db.schema)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
