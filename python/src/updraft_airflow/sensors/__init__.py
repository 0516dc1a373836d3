"""The sensors of Airflow's standard provider."""
