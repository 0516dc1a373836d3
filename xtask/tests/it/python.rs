//! The pipeline's DAG file for Airflow, in the place of the native bundle.

use crate::rows;
use crate::system::{Home, Up};

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
