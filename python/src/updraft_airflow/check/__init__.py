"""`check`: what DAG files use, what of it would not run here, and what it means in Airflow 2 and in Airflow 3."""
