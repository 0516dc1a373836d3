"""Waiting for triggers of Python: `python -m updraft_airflow trigger` runs them all in one asyncio loop, for the engine."""
