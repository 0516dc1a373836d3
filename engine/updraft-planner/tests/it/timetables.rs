//! Timetables of the sources' own: programs that answer when a script says so.

use std::time::Duration;

use updraft_model::{CustomTimetable, DagId, NextRun, Schedule, TimetableAnswer, TimetableQuestion, ToldRun};

use crate::world::World;

/// The pauses before a program is asked again: that had no run, and that failed.
const PAUSES: (Duration, Duration) = (Duration::from_hours(1), Duration::from_mins(1));

/// A schedule that only answers tell.
pub(crate) fn schedule() -> Schedule {
    Schedule::Custom(Box::new(CustomTimetable::new("scripts::Script")))
}

impl World {
    /// The questions that are open, in words.
    pub(crate) fn questions(&self) -> Vec<String> {
        let show = |(dag_id, question): (&DagId, TimetableQuestion)| {
            let last = question.last.map_or("the first".to_owned(), |last| {
                format!("the one after {}", last.start.strftime("%Y-%m-%d %H:%M"))
            });
            let failures = match question.failures {
                0 => String::new(),
                failures => format!(", failure {} before", failures),
            };
            format!("{dag_id}: {last}{failures}")
        };
        let open: Vec<String> = self.planner.unanswered().map(show).collect();
        if open.is_empty() {
            vec!["no question is open".to_owned()]
        } else {
            open
        }
    }

    /// A program tells something about the question that is open, or about one that was: it counts if the store agrees. Gives
    /// what is recorded, in words.
    pub(crate) fn tell(
        &mut self,
        dag_id: &DagId,
        question: &TimetableQuestion,
        told: Result<Option<ToldRun>, String>,
    ) -> String {
        let checked = match told {
            Ok(None) => Ok(None),
            Ok(Some(told)) => question.check(told).map_err(|problem| problem.to_string()),
            Err(problem) => Err(problem),
        };
        let (next, words) = match checked {
            Ok(Some(run)) => (NextRun::Run(run), "a run".to_owned()),
            Ok(None) => {
                let ask_again_at = self.now + PAUSES.0;
                (NextRun::None { ask_again_at }, "no run".to_owned())
            }
            Err(problem) => {
                let next = NextRun::failed(&problem, question.failures + 1, self.now + PAUSES.1);
                (next, problem)
            }
        };
        let answer = TimetableAnswer {
            version: question.version,
            last: question.last,
            last_run_after: question.last_run_after,
            at: self.now,
            next,
        };
        let dag = self.store.dags.get_mut(dag_id).expect("the dag exists");
        if (dag.version, dag.last_scheduled) != (answer.version, answer.last) {
            return "refused: the question was another one".to_owned();
        }
        dag.timetable_answer = Some(answer.clone());
        self.planner.take_answer(dag_id, answer);
        words
    }

    /// The question about a DAG that is open.
    pub(crate) fn question(&self, dag_id: &DagId) -> Option<TimetableQuestion> {
        let mut open = self.planner.unanswered();
        open.find(|(id, _)| *id == dag_id).map(|(_, question)| question)
    }
}
