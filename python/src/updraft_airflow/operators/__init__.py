"""The operators of Airflow's standard provider."""
