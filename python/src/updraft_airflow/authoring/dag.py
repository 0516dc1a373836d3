"""`DAG`: tasks, their order, and when they run."""

from __future__ import annotations

import datetime as dt
import os
import sys
import warnings
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow import compat, timezone
from updraft_airflow.authoring.dag_graph import DagGraph
from updraft_airflow.authoring.param import DagParam, ParamsDict
from updraft_airflow.authoring.stack import DagContext
from updraft_airflow.authoring.taskgroup import TaskGroup
from updraft_airflow.exceptions import ParamValidationError
from updraft_airflow.helpers import validate_key
from updraft_airflow.timetables.choose import choose
from updraft_airflow.unset import NOTSET, is_arg_set

if TYPE_CHECKING:
    from updraft_airflow.authoring.deadline import DeadlineAlert
    from updraft_airflow.timetables.base import Timetable

TAG_LENGTH_MAX = 100

_POSITIONAL = ("description", "schedule", "schedule_interval", "timetable", "start_date", "end_date")
"""What Airflow 2 takes without a name after the id, in its order."""

_ONLY_TWO = (
    "schedule_interval",
    "timetable",
    "concurrency",
    "default_view",
    "orientation",
    "fail_stop",
    "full_filepath",
)


class DAG(DagGraph):
    """A workflow. Tasks made in its `with` block belong to it."""

    def __init__(
        self,
        dag_id: str,
        *positional: Any,
        description: str | None = None,
        schedule: Any = NOTSET,
        schedule_interval: Any = NOTSET,
        timetable: Timetable | None = None,
        start_date: dt.datetime | None = None,
        end_date: dt.datetime | None = None,
        full_filepath: str | None = None,
        template_searchpath: str | Iterable[str] | None = None,
        template_undefined: Any = None,
        user_defined_macros: dict[str, Any] | None = None,
        user_defined_filters: dict[str, Any] | None = None,
        default_args: dict[str, Any] | None = None,
        concurrency: int | None = None,
        max_active_tasks: int = NOTSET,
        max_active_runs: int = NOTSET,
        max_consecutive_failed_dag_runs: int = 0,
        dagrun_timeout: dt.timedelta | None = None,
        sla_miss_callback: Any = None,
        default_view: str = NOTSET,
        orientation: str = NOTSET,
        catchup: bool = NOTSET,
        on_success_callback: Any = None,
        on_failure_callback: Any = None,
        doc_md: str | None = None,
        params: Any = None,
        access_control: dict[str, Any] | None = None,
        is_paused_upon_creation: bool | None = None,
        jinja_environment_kwargs: dict[str, Any] | None = None,
        render_template_as_native_obj: bool = False,
        tags: Collection[str] | None = None,
        owner_links: dict[str, str] | None = None,
        auto_register: bool = True,
        fail_stop: bool = NOTSET,
        fail_fast: bool = False,
        dag_display_name: str | None = None,
        deadline: DeadlineAlert | Sequence[DeadlineAlert] | None = None,
        allowed_run_types: Collection[str] | None = None,
        disable_bundle_versioning: bool = False,
        rerun_with_latest_version: bool | None = None,
        **more: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in (*_POSITIONAL, *_ONLY_TWO)}
        given.update(_by_place(positional))
        _refuse_unknown(more)
        validate_key(dag_id)
        self.dag_id = dag_id
        self.compat = compat.level()
        _warn_of_old(given, self.compat)
        self.default_args = dict(default_args or {})
        self.params = ParamsDict.of(self.default_args.pop("params", None))
        self.params.update(ParamsDict.of(params))
        self.description = given["description"]
        self._take_dates(given["start_date"], given["end_date"])
        self.timetable = choose(given, self.timezone, self.compat)
        self._given_schedule = next(
            (
                given[name]
                for name in ("schedule", "schedule_interval", "timetable")
                if given[name] not in (NOTSET, None)
            ),
            None,
        )
        self.catchup = catchup if is_arg_set(catchup) else default_catchup()
        self._take_limits(max_active_tasks if is_arg_set(max_active_tasks) else concurrency, max_active_runs)
        self.max_consecutive_failed_dag_runs = max_consecutive_failed_dag_runs
        self.dagrun_timeout = dagrun_timeout
        self.template_searchpath = (
            [template_searchpath] if isinstance(template_searchpath, str) else template_searchpath
        )
        self.template_undefined = template_undefined
        self.user_defined_macros, self.user_defined_filters = user_defined_macros, user_defined_filters
        self.jinja_environment_kwargs = jinja_environment_kwargs
        self.render_template_as_native_obj = render_template_as_native_obj
        self.on_success_callback, self.on_failure_callback = on_success_callback, on_failure_callback
        self.sla_miss_callback = sla_miss_callback
        self.deadline = deadline
        self.doc_md = doc_md
        self.tags = _checked_tags(tags)
        self.owner_links = owner_links or {}
        self.access_control = access_control
        self.is_paused_upon_creation = is_paused_upon_creation
        self.auto_register = auto_register
        self.fail_fast = fail_fast or (is_arg_set(fail_stop) and bool(fail_stop))
        self.allowed_run_types = allowed_run_types
        self._dag_display_name = dag_display_name
        self.fileloc = given["full_filepath"] or _caller()
        super().__init__(TaskGroup.create_root(self))  # type: ignore[arg-type]

    def _take_dates(self, start: dt.datetime | None, end: dt.datetime | None) -> None:
        """The dates, and the zone: that of the start date."""
        from updraft_airflow.authoring.arguments import moment

        default = self.default_args.get("start_date")
        for name in ("start_date", "end_date"):
            if self.default_args.get(name):
                self.default_args[name] = moment(self.default_args[name])
        known = moment(start) or self.default_args.get("start_date")
        self.timezone = (known.tzinfo if known is not None else None) or timezone.default_timezone()
        if start is None and default is not None and (self.compat == 3 or isinstance(default, str)):
            start = known
        if end is None and self.default_args.get("end_date") is not None and self.compat == 3:
            end = self.default_args["end_date"]
        self.start_date = timezone.convert_to_utc(moment(start))
        self.end_date = timezone.convert_to_utc(moment(end))

    def _take_limits(self, tasks: int | None, runs: int) -> None:
        from updraft_airflow.configuration import conf

        self.max_active_tasks = tasks if tasks is not None else conf.getint("core", "max_active_tasks_per_dag")
        self.max_active_runs = runs if is_arg_set(runs) else conf.getint("core", "max_active_runs_per_dag")
        if self.timetable.active_runs_limit is not None and self.max_active_runs > self.timetable.active_runs_limit:
            if is_arg_set(runs):
                raise compat.wrong(
                    f"invalid max_active_runs: {type(self.timetable).__name__} requires "
                    f"max_active_runs <= {self.timetable.active_runs_limit}",
                    ValueError,
                )
            self.max_active_runs = self.timetable.active_runs_limit

    # What it says of itself.

    @property
    def deadlines(self) -> list[DeadlineAlert]:
        """Its deadlines, of which there may be none, one or several."""
        given = self.deadline
        if given is None:
            return []
        return list(given) if isinstance(given, Sequence) else [given]

    @property
    def dag_display_name(self) -> str:
        """What people see instead of its id."""
        return self._dag_display_name or self.dag_id

    @property
    def schedule_interval(self) -> Any:
        """The schedule as it was given; Airflow 2's name of it."""
        if self._given_schedule is None and self.compat == 2 and self.timetable.can_be_scheduled:
            return dt.timedelta(days=1)
        return self._given_schedule

    @property
    def schedule(self) -> Any:
        """The schedule as it was given."""
        return self.schedule_interval

    @property
    def concurrency(self) -> int:
        """Airflow 1's name of `max_active_tasks`."""
        return self.max_active_tasks

    @property
    def fail_stop(self) -> bool:
        """Airflow 2's name of `fail_fast`."""
        return self.fail_fast

    @property
    def folder(self) -> str:
        """The folder of its file."""
        return os.path.dirname(self.fileloc)

    @property
    def relative_fileloc(self) -> str:
        """Its file, relative to the DAGs folder."""
        from updraft_airflow.configuration import conf

        return os.path.relpath(self.fileloc, conf.get("core", "dags_folder"))

    @property
    def owner(self) -> str:
        """The owners of its tasks."""
        return ", ".join(sorted({task.owner for task in self.tasks}))

    @property
    def is_paused(self) -> bool:
        """Whether it makes no runs by itself; a DAG that is read does not know, so no."""
        return False

    def param(self, name: str, default: Any = NOTSET) -> DagParam:
        """One of its parameters as an argument of a task."""
        return DagParam(self, name, default)

    def validate(self) -> None:
        """Checks what can be known before it runs."""
        self.validate_schedule_and_params()
        self.timetable.validate()
        self.topological_sort()

    def validate_schedule_and_params(self) -> None:
        """Scheduled runs have the default parameters, so these must fit."""
        if not self.timetable.can_be_scheduled:
            return
        try:
            self.params.validate()
        except ParamValidationError as error:
            raise compat.wrong(
                f"dag `{self.dag_id}` is not allowed to define a schedule: {error}. "
                "Scheduled runs have the default value of each param",
                ParamValidationError,
            ) from None

    def __enter__(self) -> DAG:
        DagContext.push(self)
        return self

    def __exit__(self, *_: object) -> None:
        DagContext.pop()

    def __repr__(self) -> str:
        return f"<DAG: {self.dag_id}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __lt__(self, other: DAG) -> bool:
        return self.dag_id < other.dag_id

    def __hash__(self) -> int:
        return id(self)

    # Running it here and now.

    def test(
        self,
        execution_date: dt.datetime | None = None,
        run_conf: dict[str, Any] | None = None,
        conn_file_path: str | None = None,
        variable_file_path: str | None = None,
        use_executor: bool = False,
        mark_success_pattern: Any = None,
        session: Any = None,
        *,
        logical_date: dt.datetime | None = NOTSET,
        run_after: dt.datetime | None = None,
    ) -> Any:
        """Runs it once, in this process, and returns the run."""
        from updraft_airflow.runtime.dag_test import TestRequest, test

        date = logical_date if is_arg_set(logical_date) else execution_date
        return test(
            self,
            TestRequest(
                logical_date=date,
                dated=is_arg_set(logical_date) or execution_date is not None,
                run_after=run_after,
                conf=run_conf,
                connections=conn_file_path,
                variables=variable_file_path,
                mark_success=mark_success_pattern,
            ),
        )

    def cli(self) -> None:
        """The command line for one DAG."""
        raise NotImplementedError(
            f"dag.cli() has no counterpart yet; run `airflow dags ... {self.dag_id}`, or call dag.test()"
        )


def default_catchup() -> bool:
    """Whether a DAG that does not say it makes up for missed runs."""
    from updraft_airflow.configuration import conf

    return conf.getboolean("scheduler", "catchup_by_default")


def _by_place(values: Sequence[Any]) -> dict[str, Any]:
    if values and compat.is_three():
        raise TypeError("DAG() takes the dag_id alone without a name in Airflow 3")
    if len(values) > len(_POSITIONAL):
        raise TypeError(f"DAG() takes at most {len(_POSITIONAL) + 1} arguments without a name")
    return dict(zip(_POSITIONAL, values, strict=False))


def _refuse_unknown(more: dict[str, Any]) -> None:
    if more:
        raise TypeError(f"DAG() got an unexpected keyword argument {sorted(more)[0]!r}")


def _warn_of_old(given: dict[str, Any], level: int) -> None:
    old = [name for name in _ONLY_TWO if given[name] not in (NOTSET, None)]
    if level == 3 and old:
        names = ", ".join(f"`{name}`" for name in old)
        warnings.warn(f"{names} are arguments of Airflow 2; they still work here", stacklevel=3)


def _checked_tags(tags: Collection[str] | None) -> set[str]:
    checked = set(tags or [])
    long = next((tag for tag in checked if len(tag) > TAG_LENGTH_MAX), None)
    if long is not None:
        raise compat.wrong(f"tag `{long}` has more than {TAG_LENGTH_MAX} characters", ValueError)
    return checked


def _caller() -> str:
    """The file that makes the DAG: the innermost one that is not ours."""
    own = os.path.dirname(os.path.dirname(__file__))
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(own):
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else ""
