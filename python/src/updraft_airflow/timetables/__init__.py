"""When a DAG runs, as its file says it."""
