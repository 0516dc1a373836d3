"""`@task.bash`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from updraft_airflow import compat
from updraft_airflow.authoring.decorator import DecoratedOperator
from updraft_airflow.helpers import determine_kwargs
from updraft_airflow.operators.bash import BashOperator
from updraft_airflow.operators.decorated import variant
from updraft_airflow.runtime.context import context_merge
from updraft_airflow.unset import SET_DURING_EXECUTION


class BashDecoratedOperator(DecoratedOperator, BashOperator):
    """`@task.bash`: the function returns the command."""

    template_fields: Sequence[str] = ("op_args", "op_kwargs", "env", "cwd")
    custom_operator_name = "@task.bash"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if compat.level() == 2:  # It leaves the output as a whole.
            kwargs.pop("multiple_outputs", None)
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            bash_command=SET_DURING_EXECUTION,
            **kwargs,
        )

    def execute(self, context: Any) -> Any:
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        command = self.python_callable(*self.op_args, **kwargs)
        if not isinstance(command, str) or not command.strip():
            raise TypeError("The returned value from the TaskFlow callable must be a non-empty string.")
        self.bash_command = self.render_template(command, context)
        return super().execute(context)


bash_task = variant(BashDecoratedOperator)
