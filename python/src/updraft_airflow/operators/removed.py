"""Operators that providers have removed, made of those that took their place. Made when they are used: they need the provider."""

from __future__ import annotations

import inspect
import warnings
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


def __getattr__(name: str) -> Any:
    if name not in SQL:
        raise AttributeError(name)
    made = _sql_operator(name, SQL[name])
    warnings.warn(
        f"the provider `{SQL[name].provider}` has removed `{name}`; `SQLExecuteQueryOperator` with "
        f"`conn_id` in the place of `{SQL[name].connection_argument}` is used",
        stacklevel=2,
    )
    globals()[name] = made
    return made
