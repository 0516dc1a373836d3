//! Where the log of an attempt lies: the layout of the logs folder. Nothing is read or written here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{CallbackEvent, MapIndex, RunKey, TaskKey};

/// The log of an attempt: `dag_id=D/run_id=R/task_id=T/[map_index=M/]attempt=N.log` in the logs folder.
///
/// Source: `[logging] log_filename_template`, Airflow 2 and 3.
pub fn log_path(folder: &Path, key: &TaskKey, try_number: u32) -> PathBuf {
    let mut path = folder.join(format!("dag_id={}", key.dag_id));
    path.push(format!("run_id={}", key.run_id));
    path.push(format!("task_id={}", key.task_id));
    if key.map_index != MapIndex::UNMAPPED {
        path.push(format!("map_index={}", key.map_index));
    }
    path.push(format!("attempt={try_number}.log"));
    path
}

/// The log of callbacks about an attempt, beside its own: `attempt=N.on_failure_callback.log`.
pub fn callback_log_path(folder: &Path, key: &TaskKey, try_number: u32, event: CallbackEvent) -> PathBuf {
    log_path(folder, key, try_number).with_file_name(format!("attempt={try_number}.{event}.log"))
}

/// The log of callbacks about a run: `dag_id=D/run_id=R/on_failure_callback.log`.
pub fn run_callback_log_path(folder: &Path, run: &RunKey, event: CallbackEvent) -> PathBuf {
    let mut path = folder.join(format!("dag_id={}", run.dag_id));
    path.push(format!("run_id={}", run.run_id));
    path.push(format!("{event}.log"));
    path
}

/// The level index that belongs to a log, which the engine writes beside it.
pub fn index_path(log: &Path) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(".idx");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_airflows() {
        let mut key = TaskKey {
            dag_id: "etl".parse().unwrap(),
            run_id: "manual__2024-01-12T06:00:00+00:00".parse().unwrap(),
            task_id: "sync.rows".parse().unwrap(),
            map_index: MapIndex::UNMAPPED,
        };
        let text = |key: &TaskKey| log_path(Path::new("/logs"), key, 2).to_str().unwrap().to_owned();
        let folder = "/logs/dag_id=etl/run_id=manual__2024-01-12T06:00:00+00:00/task_id=sync.rows";
        assert_eq!(text(&key), format!("{folder}/attempt=2.log"));
        let (logs, event) = (Path::new("/logs"), CallbackEvent::Failure);
        assert_eq!(
            callback_log_path(logs, &key, 2, event).to_str().unwrap(),
            format!("{folder}/attempt=2.on_failure_callback.log")
        );
        assert_eq!(
            run_callback_log_path(logs, &key.run_key(), event)
                .to_str()
                .unwrap(),
            "/logs/dag_id=etl/run_id=manual__2024-01-12T06:00:00+00:00/on_failure_callback.log"
        );
        key.map_index = MapIndex(3);
        assert_eq!(text(&key), format!("{folder}/map_index=3/attempt=2.log"));
        assert_eq!(
            index_path(Path::new("/a/attempt=2.log")),
            Path::new("/a/attempt=2.log.idx")
        );
    }
}
