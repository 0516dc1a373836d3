"""Which names the `airflow` namespace offers, and where each of them lives."""

from updraft_airflow.names.finder import install, lookup

__all__ = ["install", "lookup"]
