//! The pipeline's DAG file for Airflow, in the place of the native bundle.

use std::process::Command;

use updraft_testing::python::airflow;

use crate::rows;
use crate::system::{Home, Services, Up};

#[tokio::test]
async fn the_dag_file_for_airflow_gives_the_rows_of_the_native_bundle() {
    let native = Home::new();
    let expected = native.up();
    let python = Home::new();
    let summary = Up::start_with(&python, &["--python"]).finish();
    assert_eq!(summary.0["counts"], expected.0["counts"]);
    let (found, expected) = (
        rows::of(&python.database()).await,
        rows::of(&native.database()).await,
    );
    rows::assert_same(&found, &expected, "by the DAG file");
}

#[tokio::test]
async fn real_airflow_runs_the_dag_file_to_the_rows_of_the_native_bundle() {
    let native = Home::new();
    native.up();
    let home = Home::new();
    let services = Services::start(&home);
    let dags = home.path().join("airflow-dags");
    std::fs::create_dir(&dags).unwrap();
    let file = "bullhorn_sync_dag.py";
    std::fs::copy(home.path().join("dags").join(file), dags.join(file)).unwrap();
    for arguments in [
        &["db", "migrate"][..],
        &["dags", "test", "bullhorn_sync_optimized"],
    ] {
        let output = Command::new(airflow())
            .args(["-m", "airflow"])
            .args(arguments)
            .envs(services.environment())
            .env("AIRFLOW_HOME", home.path().join("airflow"))
            .env("AIRFLOW__CORE__DAGS_FOLDER", &dags)
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
            .env("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "False")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    drop(services);
    let (found, expected) = (
        rows::of(&home.database()).await,
        rows::of(&native.database()).await,
    );
    rows::assert_same(&found, &expected, "by real Airflow");
}
