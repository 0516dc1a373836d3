"""Operators that call Python functions."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from updraft_airflow import compat
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.helpers import determine_kwargs
from updraft_airflow.operators.skip import BranchMixIn, SkipMixin, decided, skip_now
from updraft_airflow.runtime.context import context_merge


class PythonOperator(BaseOperator):
    """Calls a function. Of the context it gets the keys that it names, or all if it takes `**kwargs`."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers = {"templates_dict": "json", "op_args": "py", "op_kwargs": "py"}
    shallow_copy_attrs: Sequence[str] = ("python_callable", "op_kwargs")
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: Sequence[str] | None = None,
        show_return_value_in_logs: bool = True,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("provide_context", None) is not None and compat.is_three():
            warnings.warn("`provide_context` is an argument of Airflow 1; the context is always provided", stacklevel=4)
        super().__init__(**kwargs)
        if not callable(python_callable):
            raise AirflowException("`python_callable` param must be callable")
        self.python_callable = python_callable
        self.op_args: Any = op_args or ()
        self.op_kwargs: Any = op_kwargs or {}
        self.templates_dict = templates_dict
        if templates_exts:
            self.template_ext = templates_exts
        self.show_return_value_in_logs = show_return_value_in_logs

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """The named values that the function is called with."""
        return determine_kwargs(self.python_callable, self.op_args, context)

    def execute(self, context: Any) -> Any:
        context_merge(context, self.op_kwargs, templates_dict=self.templates_dict)
        self.op_kwargs = self.determine_kwargs(context)
        value = self.execute_callable()
        if self.show_return_value_in_logs:
            self.log.info("Done. Returned value was: %s", value)
        else:
            self.log.info("Done. Returned value not shown")
        return value

    def execute_callable(self) -> Any:
        """Calls the function; of a generator the events of assets are kept, and what it returns in the end."""
        from updraft_airflow.runtime.outlets import exhaust

        value = self.python_callable(*self.op_args, **self.op_kwargs)
        if inspect.iscoroutine(value):
            import asyncio

            return asyncio.run(value)
        return exhaust(value) if inspect.isgeneratorfunction(inspect.unwrap(self.python_callable)) else value


class BranchPythonOperator(PythonOperator, BranchMixIn):
    """The function names the task or tasks after it that go on; all others directly after it are skipped."""

    inherits_from_skipmixin = True

    def execute(self, context: Any) -> Any:
        return decided(context, self.do_branch(context, super().execute(context)))


class ShortCircuitOperator(PythonOperator, SkipMixin):
    """If the function returns something false, what comes after is skipped: all of it, or only what is directly after it."""

    inherits_from_skipmixin = True

    def __init__(self, *, ignore_downstream_trigger_rules: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules

    def execute(self, context: Any) -> Any:
        condition = super().execute(context)
        self.log.info("Condition result is %s", condition)
        if condition:
            self.log.info("Proceeding with downstream tasks...")
            return decided(context, condition)
        task = context["task"]
        relatives = task.get_flat_relatives if self.ignore_downstream_trigger_rules else task.get_direct_relatives
        tasks = [after for after in relatives(upstream=False) if not after.is_teardown]
        if tasks:
            context["ti"].xcom_push("skipmixin_key", {"skipped": [after.task_id for after in tasks]})
            skip_now(context["ti"], tasks)
        self.log.info("Skipping downstream tasks.")
        return decided(context, condition)
