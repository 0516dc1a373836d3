//! The state tables, whole: any change of them is seen.

use std::fmt::Write;

use updraft_model::{DagRunState, RunEvent, TaskEvent, TaskInstanceState, transition, transition_run};

/// Every state a task can be in, none included.
fn states() -> impl Iterator<Item = Option<TaskInstanceState>> {
    std::iter::once(None).chain(TaskInstanceState::ALL.map(Some))
}

#[test]
fn every_task_state_and_event_is_in_the_table() {
    let mut table = String::new();
    for event in TaskEvent::ALL {
        write!(table, "{event}:").unwrap();
        for from in states() {
            if let Ok(to) = transition(from, event) {
                let [from, to] = [from, to].map(TaskInstanceState::text);
                write!(table, "\n    {from} -> {to}").unwrap();
            }
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[test]
fn every_run_state_and_event_is_in_the_table() {
    let mut table = String::new();
    for event in RunEvent::ALL {
        write!(table, "{event}:").unwrap();
        for from in DagRunState::ALL {
            if let Ok(to) = transition_run(from, event) {
                write!(table, "\n    {from} -> {to}").unwrap();
            }
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[test]
fn states_that_cannot_be_set_are_refused_everywhere() {
    use TaskInstanceState::{Failed, Skipped, Success};
    for state in TaskInstanceState::ALL
        .into_iter()
        .filter(|state| ![Success, Failed, Skipped].contains(state))
    {
        assert!(
            states().all(|from| transition(from, TaskEvent::Mark(state)).is_err()),
            "{state}"
        );
    }
    let mark = RunEvent::Mark(DagRunState::Running);
    assert!(
        DagRunState::ALL
            .into_iter()
            .all(|from| transition_run(from, mark).is_err())
    );
}

#[test]
fn only_states_with_an_attempt_lead_to_running_work() {
    for event in TaskEvent::ALL {
        for from in states() {
            let Ok(Some(to)) = transition(from, event) else {
                continue;
            };
            let had_attempt = from.is_some_and(TaskInstanceState::has_attempt);
            let gets_attempt = to.has_attempt() && !had_attempt;
            assert_eq!(gets_attempt, event == TaskEvent::Queue, "{from:?} {event} {to}");
        }
    }
}

#[test]
fn a_refused_change_names_both() {
    let error = transition(Some(TaskInstanceState::Success), TaskEvent::Start).unwrap_err();
    assert_eq!(error.to_string(), "a task that is `success` cannot `start`");
    let error = transition(None, TaskEvent::Succeed).unwrap_err();
    assert_eq!(error.to_string(), "a task that is `none` cannot `succeed`");
    let error = transition_run(DagRunState::Success, RunEvent::Start).unwrap_err();
    assert_eq!(error.to_string(), "a run that is `success` cannot `start`");
}

#[test]
fn texts_are_airflows_and_come_back() {
    let texts = TaskInstanceState::ALL.map(TaskInstanceState::as_str).join(" ");
    assert_eq!(
        texts,
        "removed scheduled queued running success restarting failed up_for_retry up_for_reschedule \
         upstream_failed skipped deferred"
    );
    for state in TaskInstanceState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for state in DagRunState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    let error = "done".parse::<TaskInstanceState>().unwrap_err();
    assert_eq!(error.to_string(), "`done` is no task state");
}
