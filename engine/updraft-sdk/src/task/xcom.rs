//! Which XCom is meant.

use updraft_protocol::message::RETURN_VALUE;

/// Where [`Context::xcom_pull`](super::Context::xcom_pull) looks: by default the value that a task of this run
/// returned. A task id alone stands for that.
///
/// ```
/// use updraft_sdk::XComSource;
///
/// let returned = XComSource::task("sync");
/// let pushed = XComSource::task("sync").key("watermark");
/// let of_copy = XComSource::task("mapped").map_index(3);
/// let elsewhere = XComSource::task("sync").dag("other").run("manual__2024-01-12T06:00:00+00:00");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XComSource {
    pub(crate) task_id: String,
    pub(crate) key: String,
    pub(crate) dag_id: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) map_index: Option<i32>,
    pub(crate) include_prior_dates: bool,
}

impl XComSource {
    /// What the task returned.
    pub fn task(task_id: impl Into<String>) -> Self {
        Self {
            task_id: task_id.into(),
            key: RETURN_VALUE.to_owned(),
            dag_id: None,
            run_id: None,
            map_index: None,
            include_prior_dates: false,
        }
    }

    /// What the task left under this key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// In another DAG; usually with [`run`](Self::run).
    pub fn dag(mut self, dag_id: impl Into<String>) -> Self {
        self.dag_id = Some(dag_id.into());
        self
    }

    /// In another run.
    pub fn run(mut self, run_id: impl Into<String>) -> Self {
        self.run_id = Some(run_id.into());
        self
    }

    /// From one copy of a mapped task.
    pub fn map_index(mut self, map_index: i32) -> Self {
        self.map_index = Some(map_index);
        self
    }

    /// If this run has no such value, the newest one of an earlier run.
    pub fn include_prior_dates(mut self) -> Self {
        self.include_prior_dates = true;
        self
    }
}

impl From<&str> for XComSource {
    fn from(task_id: &str) -> Self {
        Self::task(task_id)
    }
}
