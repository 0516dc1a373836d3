//! Programs that are asked for a timetable and do not answer: each is found out, and gone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use updraft_bundle::{ProgramError, ask_timetable};
use updraft_protocol::launch::{Launch, Program};
use updraft_protocol::message::{TimetableAsk, UpdraftTimetableRequest};

/// Asks a shell that runs this script.
async fn ask(script: &str, limit: Duration) -> ProgramError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let launch = Launch {
        name: "x".to_owned(),
        source: "x.bundle.toml".to_owned(),
        dags_folder: path.clone(),
        program: Arc::new(Program {
            path: PathBuf::from("/bin/sh"),
            args: vec!["-c".to_owned(), script.to_owned()],
            env: BTreeMap::new(),
            folder: path,
            ends_late_tasks: false,
            is_for_one_attempt: false,
            zygote: None,
            fingerprint: String::new(),
        }),
    };
    let request = UpdraftTimetableRequest {
        dag_id: "d".parse().unwrap(),
        class_path: "x::Y".to_owned(),
        parameters: serde_json::Map::new(),
        now: "2024-01-01T00:00:00Z".parse().unwrap(),
        question: TimetableAsk::InferManualDataInterval {
            run_after: "2024-01-01T00:00:00Z".parse().unwrap(),
        },
    };
    ask_timetable(&launch, request, limit).await.unwrap_err()
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_found_out() {
    let long = Duration::from_mins(1);
    let error = ask("echo no calendar; exit 3", long).await;
    assert_eq!(
        error.explain(),
        "the program exited with code 3 before it answered for its timetable; it printed:\nno calendar"
    );
    let error = ask("printf '\\377\\377\\377\\377' >&0; exec sleep 600", long).await;
    assert!(matches!(error, ProgramError::Frame(_)), "{error}");
    // A map where an array of an id and a body is expected.
    let error = ask("printf '\\000\\000\\000\\001\\200' >&0; exec sleep 600", long).await;
    assert!(
        matches!(error, ProgramError::Frame(_) | ProgramError::Message { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_all_that_it_has_started() {
    let start = Instant::now();
    let error = ask("sleep 600 & exec sleep 600", Duration::from_millis(300)).await;
    assert_eq!(
        error.explain(),
        "the program did not answer for its timetable within 300ms"
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}
