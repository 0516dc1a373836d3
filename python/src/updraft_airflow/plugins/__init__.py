"""Plugins: what an installation adds to Airflow, found in its plugins folder and in packages."""
