//! Write Airflow DAGs and tasks in Rust.
