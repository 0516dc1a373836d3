"""Serving the engine: `python -m updraft_airflow serve` reads orders from a socket and has forks of itself carry them out."""
