"""Defaults of Airflow's settings, the settings that were moved, and those that are secrets."""

from __future__ import annotations

DEFAULTS: dict[str, dict[str, str]] = {
    "core": {
        "dags_folder": "~/airflow/dags",
        "plugins_folder": "~/airflow/plugins",
        "default_task_retries": "0",
        "default_task_retry_delay": "300",
        "default_timezone": "utc",
        "executor": "LocalExecutor",
        "max_active_runs_per_dag": "16",
        "max_active_tasks_per_dag": "16",
        "max_map_length": "1024",
        "parallelism": "32",
    },
    "sensors": {"default_timeout": "604800"},
    "smtp": {
        "smtp_host": "localhost",
        "smtp_mail_from": "airflow@example.com",
        "smtp_port": "25",
        "smtp_ssl": "False",
        "smtp_starttls": "True",
        "smtp_timeout": "30",
    },
    "webserver": {"base_url": "http://localhost:8080"},
}

MOVED: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("core", "sql_alchemy_conn"): (("database", "sql_alchemy_conn"),),
    ("database", "sql_alchemy_conn"): (("core", "sql_alchemy_conn"),),
    ("core", "dag_concurrency"): (("core", "max_active_tasks_per_dag"),),
    ("core", "max_active_tasks_per_dag"): (("core", "dag_concurrency"),),
    ("core", "fernet_key"): (("database", "fernet_key"),),
    ("core", "base_log_folder"): (("logging", "base_log_folder"),),
    ("core", "remote_logging"): (("logging", "remote_logging"),),
    ("core", "logging_level"): (("logging", "logging_level"),),
}

SENSITIVE = frozenset(
    {
        ("api", "secret_key"),
        ("api_auth", "jwt_secret"),
        ("celery", "broker_url"),
        ("celery", "flower_basic_auth"),
        ("celery", "result_backend"),
        ("core", "fernet_key"),
        ("core", "sql_alchemy_conn"),
        ("database", "sql_alchemy_conn"),
        ("database", "sql_alchemy_engine_args"),
        ("secrets", "backend_kwargs"),
        ("sentry", "sentry_dsn"),
        ("smtp", "smtp_password"),
        ("smtp", "smtp_user"),
        ("webserver", "secret_key"),
        ("workers", "secrets_backend_kwargs"),
    }
)
