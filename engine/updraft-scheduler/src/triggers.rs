//! Runs that tasks and callbacks ask for.

use updraft_protocol::message::{ErrorResponse, ErrorType, TriggerDagRun};
use updraft_store::{TaskTrigger, TaskTriggerError, TriggerError};
use updraft_worker::ApiError;

use crate::dispatcher::Scheduler;
use crate::gateway::{Ask, Write, not_live};

impl Scheduler {
    /// Makes runs, each in a transaction of its own, and answers who has asked. Of what was made this scheduler hears like of what
    /// people do.
    pub(crate) async fn make_runs(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            let Write::Trigger(request) = ask.write else {
                continue;
            };
            let wanted = TaskTrigger {
                attempt: ask.attempt,
                dag_id: request.dag_id.clone(),
                run_id: request.run_id.clone(),
                logical_date: request.logical_date,
                run_after: request.run_after,
                conf: request.conf.clone().unwrap_or_default(),
                reset: request.reset_dag_run,
                note: request.note.clone(),
            };
            let made = self.store.trigger_run_for_task(&wanted, self.clock.now()).await;
            let answer = made.map(drop).map_err(|error| told(&request, &error));
            // A worker that has gone away needs no answer.
            let _ = ask.reply.send(answer);
        }
    }
}

/// What a task is told that gets no run, in Airflow's kinds of errors.
fn told(request: &TriggerDagRun, error: &TaskTriggerError) -> ApiError {
    let words = crate::error::chain(error);
    ApiError::Answered(match error {
        TaskTriggerError::NotLive { attempt } => return not_live(*attempt),
        TaskTriggerError::Store(_) | TaskTriggerError::Trigger(TriggerError::Store(_)) => {
            return ApiError::Unavailable(words);
        }
        TaskTriggerError::Trigger(TriggerError::RunExists { .. } | TriggerError::DateTaken { .. }) => {
            let mut error = ErrorResponse::new(ErrorType::DagRunAlreadyExists, words);
            let detail = error.detail.get_or_insert_default();
            detail.insert("dag_id".to_owned(), request.dag_id.as_str().into());
            detail.insert("run_id".to_owned(), request.run_id.as_str().into());
            error
        }
        TaskTriggerError::Trigger(TriggerError::UnknownDag { .. }) => ErrorResponse::with_status(404, words),
        TaskTriggerError::Date(_)
        | TaskTriggerError::Trigger(TriggerError::Dag(_) | TriggerError::Params(_)) => {
            ErrorResponse::with_status(400, words)
        }
    })
}
