"""Names of Airflow's database classes: they import, and say what to use instead when used."""
