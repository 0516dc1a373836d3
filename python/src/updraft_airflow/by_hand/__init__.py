"""Running DAGs and tasks by hand, in this process and without an engine: what stands behind `airflow dags test` and its like."""
