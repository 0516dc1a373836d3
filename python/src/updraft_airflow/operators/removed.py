"""Operators that providers have removed, made of those that took their place. Made when they are used: they need the provider."""

from __future__ import annotations

import inspect
import warnings
from functools import cache
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """What an operator for one database was called with, beside the SQL."""

    provider: str
    connection_argument: str


SQL = {
    "MsSqlOperator": Sql("microsoft.mssql", "mssql_conn_id"),
    "MySqlOperator": Sql("mysql", "mysql_conn_id"),
    "PostgresOperator": Sql("postgres", "postgres_conn_id"),
    "RedshiftSQLOperator": Sql("amazon", "redshift_conn_id"),
    "SnowflakeOperator": Sql("snowflake", "snowflake_conn_id"),
    "SqliteOperator": Sql("sqlite", "sqlite_conn_id"),
}


@cache
def _sql_operator(name: str, sql: Sql) -> Any:
    from airflow.providers.common.sql.operators.sql import (  # type: ignore[import-not-found]
        SQLExecuteQueryOperator,
    )

    argument = sql.connection_argument

    def construct(self: Any, **kwargs: Any) -> None:
        connection = kwargs.pop(argument, None) or kwargs.pop("conn_id", None)
        database, hook_params = kwargs.pop("database", None), kwargs.pop("hook_params", None) or {}
        if database is not None:
            hook_params = {"schema": database, **hook_params}
        default = argument.replace("_conn_id", "_default")
        SQLExecuteQueryOperator.__init__(self, conn_id=connection or default, hook_params=hook_params, **kwargs)

    # Default arguments reach what a constructor declares, so it must look as if it did.
    own = [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, default=None) for one in ("database", argument)]
    first, rest = inspect.signature(construct).parameters.values()
    construct.__signature__ = inspect.Signature([first, *own, rest])  # type: ignore[attr-defined]
    about = "Runs SQL. The name of the connection has an argument of its own here, and `database` chooses the schema."
    namespace = {"__init__": construct, "__doc__": about, "__module__": __name__}
    return type(SQLExecuteQueryOperator)(name, (SQLExecuteQueryOperator,), namespace)


@cache
def _prefix_sensor() -> Any:
    from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor  # type: ignore[import-not-found]

    def construct(self: Any, *, prefix: Any, delimiter: str = "/", **kwargs: Any) -> None:
        # What is under a prefix is what its pattern finds; the delimiter only said where the prefix ends.
        prefixes = [prefix] if isinstance(prefix, str) else prefix
        S3KeySensor.__init__(self, bucket_key=[f"{one}*" for one in prefixes], wildcard_match=True, **kwargs)

    about = "Waits until a bucket has something under a prefix, or under each of several."
    namespace = {"__init__": construct, "__doc__": about, "__module__": __name__}
    return type(S3KeySensor)("S3PrefixSensor", (S3KeySensor,), namespace)


def __getattr__(name: str) -> Any:
    if name in SQL:
        made, told = _sql_operator(name, SQL[name]), SQL[name]
        provider, instead = told.provider, f"`SQLExecuteQueryOperator` with `conn_id` for `{told.connection_argument}`"
    elif name == "S3PrefixSensor":
        made, provider, instead = _prefix_sensor(), "amazon", "`S3KeySensor` with a pattern"
    else:
        raise AttributeError(name)
    text = f"the provider `{provider}` has removed `{name}`: {instead} takes its place in Updraft"
    warnings.warn(text, stacklevel=2)
    return made
