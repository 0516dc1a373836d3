"""`BaseOperator`: the class of all tasks."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from updraft_airflow import compat
from updraft_airflow.authoring.abstract import AbstractOperator
from updraft_airflow.authoring.arguments import Configured
from updraft_airflow.authoring.meta import OperatorMeta, declared
from updraft_airflow.authoring.setup_teardown import SetupTeardownContext
from updraft_airflow.helpers import validate_key
from updraft_airflow.unset import NOTSET

if TYPE_CHECKING:
    import datetime as dt

    from updraft_airflow.authoring.dag import DAG
    from updraft_airflow.authoring.mapped import OperatorPartial


class BaseOperator(AbstractOperator, metaclass=OperatorMeta):
    """A task of one's own is a class of this with an `execute(self, context)`."""

    template_fields: Sequence[str] = ()
    start_trigger_args: Any = None
    start_from_trigger: bool = False
    supports_lineage: bool = False
    custom_operator_name: str
    subdag: Any = None
    shallow_copy_attrs: Sequence[str] = ()
    _constructed: bool = False
    _from_mapped: bool = False
    _init_kwargs: dict[str, Any]
    _given: dict[str, Any]
    _place: dict[str, Any]
    _is_test_mode: ClassVar[bool] = False

    def __init__(
        self,
        task_id: str,
        owner: str = NOTSET,
        email: str | Collection[str] | None = None,
        email_on_retry: bool = NOTSET,
        email_on_failure: bool = NOTSET,
        retries: int | None = NOTSET,
        retry_delay: dt.timedelta | float = NOTSET,
        retry_exponential_backoff: bool | float = False,
        max_retry_delay: dt.timedelta | float | None = None,
        retry_policy: Any = None,
        start_date: dt.datetime | None = None,
        end_date: dt.datetime | None = None,
        depends_on_past: bool = False,
        ignore_first_depends_on_past: bool = NOTSET,
        wait_for_past_depends_before_skipping: bool = False,
        wait_for_downstream: bool = False,
        dag: DAG | None = None,
        params: Any = None,
        default_args: dict[str, Any] | None = None,
        priority_weight: int = 1,
        weight_rule: Any = "downstream",
        queue: str = "default",
        pool: str | None = None,
        pool_slots: int = 1,
        sla: dt.timedelta | None = None,
        execution_timeout: dt.timedelta | None = NOTSET,
        on_execute_callback: Any = None,
        on_failure_callback: Any = None,
        on_success_callback: Any = None,
        on_retry_callback: Any = None,
        on_skipped_callback: Any = None,
        pre_execute: Any = None,
        post_execute: Any = None,
        trigger_rule: str = "all_success",
        resources: dict[str, Any] | None = None,
        run_as_user: str | None = None,
        map_index_template: str | None = None,
        max_active_tis_per_dag: int | None = None,
        max_active_tis_per_dagrun: int | None = None,
        executor: str | None = None,
        executor_config: dict[str, Any] | None = None,
        do_xcom_push: bool = True,
        multiple_outputs: bool = False,
        inlets: Any = None,
        outlets: Any = None,
        task_group: Any = None,
        doc: str | None = None,
        doc_md: str | None = None,
        doc_json: str | None = None,
        doc_yaml: str | None = None,
        doc_rst: str | None = None,
        task_display_name: str | None = None,
        logger_name: str | None = None,
        allow_nested_operators: bool = True,
        render_template_as_native_obj: bool | None = None,
        task_concurrency: int | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise compat.wrong(
                f"invalid arguments were passed to {type(self).__name__} (task_id: {task_id}): {sorted(kwargs)}"
            )
        super().__init__()
        validate_key(task_id)
        self.dag = None
        self.default_args = default_args or {}
        self._take(task_id, self._given, Configured.of(dag))
        self._log: logging.Logger | None = None
        self.task_group = None
        if task_group is not None and not self._from_mapped:
            self.task_id = task_group.child_id(task_id)
            task_group.add(self)
        else:
            self.task_id = task_id
        if dag is not None:
            if self._from_mapped:
                self.dag = dag
            else:
                dag.add_task(self)
        if not self._from_mapped:
            SetupTeardownContext.note(self)

    # What it is.

    @property
    def task_type(self) -> str:
        return type(self).__name__

    @property
    def operator_name(self) -> str:
        return getattr(self, "custom_operator_name", None) or self.task_type

    @property
    def operator_class(self) -> type[BaseOperator]:  # type: ignore[override]
        """Its class."""
        return type(self)

    @property
    def log(self) -> logging.Logger:
        """The logger of its class."""
        if self._log is None:
            name = self.logger_name or f"{type(self).__module__}.{type(self).__qualname__}"
            self._log = logging.getLogger(f"airflow.task.operators.{name}")
        return self._log

    @log.setter
    def log(self, value: logging.Logger) -> None:
        self._log = value

    # Results of other tasks among its arguments.

    def _connect_arguments(self) -> None:
        for field in self.template_fields:
            if hasattr(self, field):
                self._connect_argument(getattr(self, field))

    def _connect_argument(self, value: Any) -> None:
        from updraft_airflow.authoring.xcom_arg import set_references_upstream

        set_references_upstream(self, value)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self._constructed and name in self.template_fields:
            self._connect_argument(value)

    # What it does.

    def execute(self, context: Any) -> Any:
        """The work of the task; what it returns is left as an XCom."""
        raise NotImplementedError(f"{type(self).__name__} has no `execute`")

    def pre_execute(self, context: Any) -> None:
        """Called right before `execute`."""

    def post_execute(self, context: Any, result: Any = None) -> None:
        """Called right after `execute`."""

    def on_kill(self) -> None:
        """Called when the task is killed: to stop what it has started elsewhere."""

    def dry_run(self) -> None:
        """Shows the rendered templates."""
        for field in self.template_fields:
            self.log.info("%s: %s", field, getattr(self, field))

    def defer(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: dt.timedelta | int | float | None = None,
    ) -> Any:
        """Waits for a trigger without a process; goes on with the method of that name."""
        from updraft_airflow.exceptions import TaskDeferred

        raise TaskDeferred(trigger=trigger, method_name=method_name, kwargs=kwargs, timeout=timeout)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Goes on after a wait."""
        from updraft_airflow.exceptions import TaskDeferralError, TaskDeferralTimeout

        kwargs = dict(next_kwargs or {})
        if next_method == "__fail__":
            error = kwargs.get("error", "Unknown")
            if kwargs.get("traceback"):
                self.log.error("Trigger failed:\n%s", "".join(kwargs["traceback"]))
            raise TaskDeferralTimeout(error) if error == "Trigger timeout" else TaskDeferralError(error)
        return getattr(self, next_method)(context, **kwargs)

    # Templates.

    def get_template_env(self, dag: DAG | None = None) -> Any:
        """The Jinja environment of its templates."""
        from updraft_airflow.runtime.template import environment

        return environment(dag or self.dag, native=self.render_template_as_native_obj)

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Renders its template fields in place."""
        from updraft_airflow.runtime.template import render_fields

        render_fields(self, context, jinja_env or self.get_template_env())

    def render_template(
        self, content: Any, context: Any, jinja_env: Any = None, seen_oids: set[int] | None = None
    ) -> Any:
        """Renders a value: text, and what collections hold."""
        from updraft_airflow.runtime.template import Renderer

        return Renderer(self, context, jinja_env or self.get_template_env(), seen_oids).render(content)

    def get_template_attrs(self) -> Iterable[tuple[str, Any]]:
        """Its template fields with their values."""
        return [(field, getattr(self, field)) for field in self.template_fields]

    def resolve_template_files(self) -> None:
        """Replaces names of template files by their text; done while rendering."""

    def prepare_template(self) -> None:
        """Called before templates are rendered."""

    # XComs and runs by hand.

    @staticmethod
    def xcom_push(context: Any, key: str, value: Any, **_: Any) -> None:
        """Leaves a value for other tasks."""
        context["ti"].xcom_push(key=key, value=value)

    @staticmethod
    def xcom_pull(context: Any, task_ids: Any = None, **options: Any) -> Any:
        """Takes a value that a task has left."""
        return context["ti"].xcom_pull(task_ids=task_ids, **options)

    # Mapping.

    @classmethod
    def partial(cls, *, task_id: str, **kwargs: Any) -> OperatorPartial:
        """The operator with some of its arguments; `expand` gives it those that differ between its copies."""
        from updraft_airflow.authoring.mapped import partial

        return partial(cls, task_id, kwargs)

    @classmethod
    def argument_names(cls) -> set[str]:
        """The arguments that its constructors declare."""
        names: set[str] = set()
        for base in cls.__mro__:
            if "__init__" in vars(base) and base is not object:
                names |= declared(vars(base)["__init__"]).keys()
        return names

    def unmap(self, *_: Any) -> BaseOperator:
        """Itself: it is not mapped."""
        return self

    def expand_start_from_trigger(self, *, context: Any) -> bool:
        """Whether it starts by waiting, without a process."""
        return self.start_from_trigger

    def get_serialized_fields(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(vars(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> BaseOperator:
        import copy

        made = type(self).__new__(type(self))
        memo[id(self)] = made
        shared = {"dag", "task_group", "_log", *self.shallow_copy_attrs}
        for name, value in vars(self).items():
            object.__setattr__(made, name, value if name in shared else copy.deepcopy(value, memo))
        return made


class BaseAsyncOperator(BaseOperator):
    """A task whose work is a coroutine: `async def aexecute(self, context)`."""

    async def aexecute(self, context: Any) -> Any:
        """The work of the task."""
        raise NotImplementedError(f"{type(self).__name__} has no `aexecute`")

    def execute(self, context: Any) -> Any:
        import asyncio

        return asyncio.run(self.aexecute(context))


class BaseOperatorLink:
    """A link that the user interface shows with a task."""

    operators: ClassVar[list[type[BaseOperator]]] = []

    @property
    def name(self) -> str:
        """What the link says."""
        raise NotImplementedError

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Where it leads."""
        raise NotImplementedError
