"""What files of old import from `airflow.utils.dates` beside `days_ago`."""

from datetime import datetime, timedelta

__all__ = ["datetime", "timedelta"]
