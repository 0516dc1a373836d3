//! What is submitted: attempts at the tasks of the fixture.

use std::path::Path;
use std::sync::Arc;

use updraft_model::{AttemptId, DagVersionId, MapIndex};
use updraft_protocol::launch::{Launch, Program};
use updraft_protocol::message::TaskInstance;
use updraft_worker::Workload;
use uuid::Uuid;

/// The fixture as a bundle program.
pub(crate) fn launch(fixture: &Path, folder: &Path) -> Launch {
    Launch {
        name: "fixture".to_owned(),
        source: "fixture.bundle.toml".to_owned(),
        dags_folder: folder.to_owned(),
        program: Arc::new(Program {
            path: fixture.to_owned(),
            args: vec!["bundle".to_owned()],
            env: [("RUST_BACKTRACE".to_owned(), "0".to_owned())].into(),
            folder: folder.to_owned(),
            ends_late_tasks: false,
            is_for_one_attempt: false,
            zygote: None,
            fingerprint: String::new(),
        }),
    }
}

/// A first attempt at a task.
pub(crate) fn workload(task_id: &str, launch: &Launch) -> Workload {
    Workload {
        ti: TaskInstance {
            id: AttemptId(Uuid::new_v4()),
            task_id: task_id.parse().expect("task ids of the fixture are well-formed"),
            dag_id: "fixture".parse().expect("so is the id of its DAG"),
            run_id: "manual__2024-01-12T06:00:00+00:00"
                .parse()
                .expect("and that of the run"),
            try_number: 1,
            dag_version_id: DagVersionId(Uuid::nil()),
            map_index: MapIndex::UNMAPPED,
            hostname: None,
            queue: "default".to_owned(),
        },
        launch: Arc::new(launch.clone()),
        execution_timeout: None,
        callback: None,
    }
}
