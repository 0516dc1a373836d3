"""`@task`, `@task.branch` and `@task.short_circuit`; the other variants stand beside it, since they import more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from updraft_airflow.authoring.decorator import DecoratedOperator, task_decorator_factory
from updraft_airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator


class CallingOperator(DecoratedOperator):
    """One whose other base class calls the function."""

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **kwargs)


class PythonDecoratedOperator(CallingOperator, PythonOperator):
    """`@task`."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    custom_operator_name = "@task"


_PythonDecoratedOperator = PythonDecoratedOperator


class BranchDecoratedOperator(PythonDecoratedOperator, BranchPythonOperator):
    """`@task.branch`."""

    custom_operator_name = "@task.branch"


class ShortCircuitDecoratedOperator(PythonDecoratedOperator, ShortCircuitOperator):
    """`@task.short_circuit`."""

    custom_operator_name = "@task.short_circuit"


def variant(operator_class: type[Any]) -> Callable[..., Any]:
    """The decorator that makes functions tasks of an operator class."""

    def decorator(python_callable: Any = None, multiple_outputs: bool | None = None, **kwargs: Any) -> Any:
        return task_decorator_factory(
            python_callable, multiple_outputs=multiple_outputs, decorated_operator_class=operator_class, **kwargs
        )

    decorator.__doc__ = operator_class.__doc__
    return decorator


python_task = variant(PythonDecoratedOperator)
branch_task = variant(BranchDecoratedOperator)
short_circuit_task = variant(ShortCircuitDecoratedOperator)
