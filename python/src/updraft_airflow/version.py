"""The version that providers are told."""

from airflow import __version__ as version

__all__ = ["version"]
