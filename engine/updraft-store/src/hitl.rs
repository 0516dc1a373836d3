//! Human in the loop: what tasks ask people, and what these answer.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use updraft_model::{AttemptId, DagId, HitlAnswer, HitlQuestion, HitlUser, TaskInstanceState, TaskKey};
use updraft_sql::{ColumnType, Conflict, Query, Row, Sql, Tx, retry_conflicts, row, statements};

use crate::author::Note;
use crate::error::{StoreError, from_sql};
use crate::job_list::TimeBounds;
use crate::order::{Paging, TextLike, counted, holding, sorted_by};
use crate::store::Store;
use crate::table::{TableRow, storable};
use crate::tasks::bind_key;

/// All columns of a question and its answer.
macro_rules! columns {
    () => {
        "h.dag_id, h.run_id, h.task_id, h.map_index, h.try_number, h.attempt_id, h.subject, h.body, h.options, h.defaults, \
         h.multiple, h.params, h.assigned_users, h.created_at, h.responded_at, h.chosen_options, h.params_input, \
         h.responder_id, h.responder_name "
    };
}

/// Questions of the newest tries of tasks. A list is a JSON list of texts, in which a text is looked for with its quotes.
macro_rules! meant {
    () => {
        "FROM hitl_detail h \
         JOIN task_instance t ON t.dag_id = h.dag_id AND t.run_id = h.run_id AND t.task_id = h.task_id \
           AND t.map_index = h.map_index AND t.try_number = h.try_number \
         JOIN dag_run r ON r.dag_id = h.dag_id AND r.run_id = h.run_id \
         WHERE (h.dag_id = $1 OR $1 IS NULL) AND (h.run_id = $2 OR $2 IS NULL) AND (h.task_id = $3 OR $3 IS NULL) \
           AND (h.map_index = $4 OR $4 IS NULL) AND (length(replace($5, '\"' || t.state || '\"', '')) < length($5) OR $5 IS NULL) \
           AND ((h.responded_at IS NOT NULL) = $6 OR $6 IS NULL) \
           AND (lower(h.dag_id) LIKE $7 ESCAPE '~' OR $7 IS NULL) AND (substr(h.dag_id, 1, length($8)) = $8 OR $8 IS NULL) \
           AND (lower(h.task_id) LIKE $9 ESCAPE '~' OR $9 IS NULL) AND (substr(h.task_id, 1, length($10)) = $10 OR $10 IS NULL) \
           AND (lower(h.subject) LIKE $11 ESCAPE '~' OR $11 IS NULL) AND (lower(h.body) LIKE $12 ESCAPE '~' OR $12 IS NULL) \
           AND (h.created_at >= $13 OR $13 IS NULL) AND (h.created_at > $14 OR $14 IS NULL) \
           AND (h.created_at <= $15 OR $15 IS NULL) AND (h.created_at < $16 OR $16 IS NULL) \
           AND (length(replace($17, '\"' || h.responder_id || '\"', '')) < length($17) OR $17 IS NULL) \
           AND (length(replace($18, '\"' || h.responder_name || '\"', '')) < length($18) OR $18 IS NULL) \
           AND ($19 OR h.dag_id IN (SELECT dag_id FROM {batch})) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // On PostgreSQL the attempt must not end before its question is there; SQLite's transaction is the only one.
    LIVE = Sql::per_backend(
        "SELECT dag_id, run_id, task_id, map_index, try_number FROM task_instance \
         WHERE attempt_id = $1 AND state = 'running' FOR SHARE",
        "SELECT dag_id, run_id, task_id, map_index, try_number FROM task_instance \
         WHERE attempt_id = $1 AND state = 'running'",
    );
    // A try that asks again forgets what was answered before.
    ASK = Sql::new(
        "INSERT INTO hitl_detail (dag_id, run_id, task_id, map_index, try_number, attempt_id, subject, body, options, \
                                  defaults, multiple, params, assigned_users, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (dag_id, run_id, task_id, map_index, try_number) DO UPDATE SET \
             attempt_id = excluded.attempt_id, subject = excluded.subject, body = excluded.body, options = excluded.options, \
             defaults = excluded.defaults, multiple = excluded.multiple, params = excluded.params, \
             assigned_users = excluded.assigned_users, created_at = excluded.created_at, responded_at = NULL, \
             chosen_options = NULL, params_input = NULL, responder_id = NULL, responder_name = NULL",
    );
    OF_TRY = Sql::new(concat!(
        "SELECT ", columns!(),
        "FROM hitl_detail h \
         WHERE h.dag_id = $1 AND h.run_id = $2 AND h.task_id = $3 AND h.map_index = $4 AND h.try_number = $5"
    ));
    ASKED_BY = Sql::new(concat!("SELECT ", columns!(), "FROM hitl_detail h WHERE h.attempt_id = $1"));
    // Who comes second changes nothing.
    ANSWER = Sql::new(
        "UPDATE hitl_detail SET responded_at = $6, chosen_options = $7, params_input = $8, responder_id = $9, \
                                responder_name = $10 \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND try_number = $5 \
           AND responded_at IS NULL",
    );
    PAGE = Sql::new(concat!(
        "SELECT ", columns!(), meant!(), "ORDER BY ",
        sorted_by!(
            "$20", "$21";
            "ti_id" => "h.attempt_id",
            "subject" => "h.subject",
            "responded_at" => "h.responded_at",
            "created_at" => "h.created_at",
            "responded_by_user_id" => "h.responder_id",
            "responded_by_user_name" => "h.responder_name",
            "dag_id" => "h.dag_id",
            "run_id" => "h.run_id",
            "task_display_name" => "h.task_id",
            "run_after" => "r.run_after",
            "rendered_map_index" => "t.rendered_map_index",
            "task_instance_operator" => "t.operator",
            "task_instance_state" => "t.state",
        ),
        "h.created_at, h.dag_id, h.run_id, h.task_id, h.map_index LIMIT $22 OFFSET $23"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT = Sql::new(concat!("SELECT count(*) AS number ", meant!())).batch(&[("dag_id", ColumnType::Text)]);
}

/// A question, and its answer if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct HitlRow {
    /// The task that asks.
    pub task: TaskKey,
    /// In which try.
    pub try_number: u32,
    /// In which attempt.
    pub attempt: AttemptId,
    /// What it asks.
    pub question: HitlQuestion,
    /// When it has asked.
    pub created_at: Timestamp,
    /// What was answered.
    pub answer: Option<HitlAnswer>,
}

/// Which questions a page is of: those of the newest tries of tasks that fit all that is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HitlFilter {
    /// Only those of this DAG.
    pub dag_id: Option<String>,
    /// Only those of this run.
    pub run_id: Option<String>,
    /// Only those of this task.
    pub task_id: Option<String>,
    /// Only those of this copy.
    pub map_index: Option<i32>,
    /// Only those of tasks in one of these states; empty: in any.
    pub states: Vec<TaskInstanceState>,
    /// Only those with an answer, or without.
    pub is_answered: Option<bool>,
    /// Only those that one of these users has answered, by their ids; empty: any.
    pub responder_ids: Vec<String>,
    /// The same by their names.
    pub responder_names: Vec<String>,
    /// Only those of DAGs that are called so.
    pub dag_like: TextLike,
    /// Only those of tasks that are called so.
    pub task_like: TextLike,
    /// Only those whose subject holds this.
    pub subject: Option<String>,
    /// Only those whose body holds this.
    pub body: Option<String>,
    /// Only those that were asked then.
    pub created: TimeBounds,
    /// Only those of these DAGs; `None`: of any.
    pub dags: Option<BTreeSet<DagId>>,
}

/// Why a question was not asked, or not answered.
#[derive(Debug, thiserror::Error)]
pub enum HitlError {
    /// The attempt has ended, or was replaced. Final.
    #[error("attempt `{attempt}` is not live any more")]
    NotLive {
        /// The attempt.
        attempt: AttemptId,
    },
    /// The task has asked nothing in this try. Final.
    #[error("task `{task}` has asked nobody in try {try_number}")]
    NotAsked {
        /// The task.
        task: TaskKey,
        /// The try.
        try_number: u32,
    },
    /// Somebody has answered before. Final.
    #[error("what task `{task}` has asked in try {try_number} was answered before")]
    Answered {
        /// The task.
        task: TaskKey,
        /// The try.
        try_number: u32,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(HitlError);

impl Conflict for HitlError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Store(error) => error.is_conflict(),
            Self::NotLive { .. } | Self::NotAsked { .. } | Self::Answered { .. } => false,
        }
    }
}

impl Store {
    /// Asks people for an attempt. What its try has asked before, and the answer to that, is forgotten.
    ///
    /// # Errors
    /// [`HitlError::NotLive`] and [`HitlError::Store`]; nothing was changed then.
    pub async fn ask_people(
        &self,
        attempt: AttemptId,
        question: &HitlQuestion,
        now: Timestamp,
    ) -> Result<(), HitlError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let (task, try_number) = live(&mut tx, attempt).await?;
            let query = bind_key(&ASK, &task)
                .bind(try_number)
                .bind(attempt.0)
                .bind(storable(&question.subject))
                .bind(question.body.as_deref().map(storable))
                .bind(text(&question.options))
                .bind(question.defaults.as_ref().map(text))
                .bind(question.multiple)
                .bind(text(&question.params))
                .bind(text(&question.assigned_users))
                .bind(now);
            tx.execute(query).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Takes an answer of nobody for the question of an attempt's try: its time is over.
    ///
    /// # Errors
    /// [`HitlError`]; nothing was changed then.
    pub async fn answer_for_attempt(
        &self,
        attempt: AttemptId,
        answer: &HitlAnswer,
    ) -> Result<HitlRow, HitlError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let (task, try_number) = live(&mut tx, attempt).await?;
            let row = answered(&mut tx, (&task, try_number), answer).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// Answers what a task has asked in a try.
    ///
    /// # Errors
    /// [`HitlError::NotAsked`], [`HitlError::Answered`] and [`HitlError::Store`]; nothing was changed then.
    pub async fn answer_task(
        &self,
        (task, try_number): (&TaskKey, u32),
        answer: &HitlAnswer,
    ) -> Result<HitlRow, HitlError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let row = answered(&mut tx, (task, try_number), answer).await?;
            let told = json!({ "try_number": try_number, "chosen_options": answer.chosen_options });
            self.note(&mut tx, Note::of_task(task).telling(told)).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// What a task has asked in a try; `None` if nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hitl_of(&self, task: &TaskKey, try_number: u32) -> Result<Option<HitlRow>, StoreError> {
        let query = bind_key(&OF_TRY, task).bind(try_number);
        let row = self.db.fetch_optional(query).await?;
        row.as_ref().map(read).transpose()
    }

    /// What an attempt has asked; `None` if nothing, or if its try has asked again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hitl_asked_by(&self, attempt: AttemptId) -> Result<Option<HitlRow>, StoreError> {
        let row = self.db.fetch_optional(ASKED_BY.bind(attempt.0)).await?;
        row.as_ref().map(read).transpose()
    }

    /// A page of questions, without sort keys the oldest first, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hitl_page(
        &self,
        filter: &HitlFilter,
        paging: &Paging,
    ) -> Result<(Vec<HitlRow>, u64), StoreError> {
        let dags = || filter.dags.iter().flatten().map(|dag_id| row![dag_id.as_str()]);
        let mut tx = self.db.begin_read().await?;
        let rows = tx
            .fetch_all(paging.bind(bind(PAGE.query(), filter)).rows(dags()))
            .await?;
        let total = tx.fetch_one(bind(COUNT.query(), filter).rows(dags())).await?;
        tx.rollback().await?;
        let rows = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok((rows, counted("hitl_detail", &total)?))
    }
}

/// The task and the try of an attempt that is live.
async fn live(tx: &mut Tx, attempt: AttemptId) -> Result<(TaskKey, u32), HitlError> {
    let Some(row) = tx.fetch_optional(LIVE.bind(attempt.0)).await? else {
        return Err(HitlError::NotLive { attempt });
    };
    let row = TableRow {
        table: "task_instance",
        row: &row,
    };
    Ok((row.task_key()?, row.number("try_number")?))
}

async fn answered(
    tx: &mut Tx,
    (task, try_number): (&TaskKey, u32),
    answer: &HitlAnswer,
) -> Result<HitlRow, HitlError> {
    let by = answer.responded_by.as_ref();
    let query = bind_key(&ANSWER, task)
        .bind(try_number)
        .bind(answer.responded_at)
        .bind(text(&answer.chosen_options))
        .bind(text(&answer.params_input))
        .bind(by.map(|user| user.id.as_str()))
        .bind(by.map(|user| user.name.as_str()));
    let is_first = tx.execute(query).await? > 0;
    let row = tx
        .fetch_optional(bind_key(&OF_TRY, task).bind(try_number))
        .await?;
    let task = task.clone();
    match row {
        Some(row) if is_first => Ok(read(&row)?),
        Some(_) => Err(HitlError::Answered { task, try_number }),
        None => Err(HitlError::NotAsked { task, try_number }),
    }
}

/// Binds `$1` to `$19`.
fn bind<'f>(query: Query<'f>, filter: &'f HitlFilter) -> Query<'f> {
    let query = query
        .bind(filter.dag_id.as_deref())
        .bind(filter.run_id.as_deref())
        .bind(filter.task_id.as_deref())
        .bind(filter.map_index)
        .bind(list(filter.states.iter().map(|state| state.as_str())))
        .bind(filter.is_answered);
    let query = filter.task_like.bind(filter.dag_like.bind(query));
    let query = query
        .bind(holding(filter.subject.as_deref()))
        .bind(holding(filter.body.as_deref()));
    filter
        .created
        .bind(query)
        .bind(list(filter.responder_ids.iter().map(String::as_str)))
        .bind(list(filter.responder_names.iter().map(String::as_str)))
        .bind(filter.dags.is_none())
}

/// A JSON list of texts; nothing if there are none.
fn list<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| text(&texts))
}

fn text(value: &impl serde::Serialize) -> String {
    storable(&serde_json::to_string(value).expect("lists of texts and JSON objects are JSON"))
}

fn read(row: &Row) -> Result<HitlRow, StoreError> {
    let row = TableRow {
        table: "hitl_detail",
        row,
    };
    let answer = row.optional_time("responded_at")?.map(|responded_at| {
        let id: Option<String> = row.get("responder_id")?;
        let name: Option<String> = row.get("responder_name")?;
        Ok::<_, StoreError>(HitlAnswer {
            responded_by: id.zip(name).map(|(id, name)| HitlUser { id, name }),
            responded_at,
            chosen_options: optional(&row, "chosen_options")?.unwrap_or_default(),
            params_input: optional::<Map<String, Value>>(&row, "params_input")?.unwrap_or_default(),
        })
    });
    Ok(HitlRow {
        task: row.task_key()?,
        try_number: row.number("try_number")?,
        attempt: row.attempt()?,
        question: HitlQuestion {
            options: optional(&row, "options")?.unwrap_or_default(),
            subject: row.get("subject")?,
            body: row.get("body")?,
            defaults: optional(&row, "defaults")?,
            multiple: row.get("multiple")?,
            params: row.json_object("params")?,
            assigned_users: optional(&row, "assigned_users")?.unwrap_or_default(),
        },
        created_at: row.time("created_at")?,
        answer: answer.transpose()?,
    })
}

/// JSON of some shape.
fn optional<T: DeserializeOwned>(row: &TableRow<'_>, column: &str) -> Result<Option<T>, StoreError> {
    let Some(value) = row.optional_json(column)? else {
        return Ok(None);
    };
    let read = serde_json::from_value(value);
    Ok(Some(
        read.map_err(|error| row.damaged(column, error.to_string()))?,
    ))
}
