"""The context of a task: what templates and functions know of the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.exceptions import AirflowException, AirflowNotFoundException
from updraft_airflow.unset import NOTSET


class Lazy:
    """A value that is worked out when it is first used."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class Context(MutableMapping[str, Any]):
    """The context: a mapping whose costly values are worked out when they are used."""

    def __init__(self, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        self._values: dict[str, Any] = {**(values or {}), **more}

    def __getitem__(self, key: str) -> Any:
        value = self._values[key]
        if isinstance(value, Lazy):
            value = self._values[key] = value.make()
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __copy__(self) -> Context:
        return Context(self._values)

    copy = __copy__

    def __repr__(self) -> str:
        return f"Context({', '.join(sorted(self._values))})"


class VariableAccessor:
    """`var.value.x` and `var.json.x` of templates; `.get(key, default)` in Python."""

    def __init__(self, *, deserialize_json: bool) -> None:
        self._json = deserialize_json

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self.get(key)

    def get(self, key: str, default: Any = NOTSET, default_var: Any = NOTSET) -> Any:
        """The Variable of that name."""
        from updraft_airflow.connections.variable import Variable

        fallback = default_var if default is NOTSET else default
        return Variable.get(key, default_var=fallback, deserialize_json=self._json)


class ConnectionAccessor:
    """`conn.x.host` of templates; `.get(id, default)` in Python."""

    def __getattr__(self, conn_id: str) -> Any:
        if conn_id.startswith("__"):
            raise AttributeError(conn_id)
        return self.get(conn_id)

    def get(self, conn_id: str, default_conn: Any = NOTSET) -> Any:
        """The Connection of that id."""
        from updraft_airflow.connections.connection import get_connection

        try:
            return get_connection(conn_id)
        except AirflowNotFoundException:
            if default_conn is NOTSET:
                raise
            return default_conn


_running: ContextVar[list[Any]] = ContextVar("running_contexts")


def get_current_context() -> Any:
    """The context of the task that is running."""
    stack = _running.get([])
    if not stack:
        raise AirflowException(
            "Current context was requested but no context was found! Are you running within an Airflow task?"
        )
    return stack[-1]


def get_parsing_context() -> Any:
    """Which DAG and task a file is read for; a file is read whole here, so none in particular."""
    return AirflowParsingContext()


class AirflowParsingContext:
    """Which DAG and task a file is read for."""

    dag_id: str | None = None
    task_id: str | None = None


@contextmanager
def set_current_context(context: Any) -> Iterator[Any]:
    """Runs a task: its context is the current one."""
    token = _running.set([*_running.get([]), context])
    try:
        yield context
    finally:
        _running.reset(token)


def context_merge(context: Any, *additions: Mapping[str, Any], **more: Any) -> None:
    """Adds values to a context."""
    for addition in additions:
        for key, value in addition.items():
            context[key] = value
    for key, value in more.items():
        context[key] = value


def context_to_airflow_vars(context: Mapping[str, Any], in_env_var_format: bool = False) -> dict[str, str]:
    """What names the task, for the environment of commands: `AIRFLOW_CTX_DAG_ID` and so on."""
    task, run, ti = context.get("task"), context.get("dag_run"), context.get("ti")
    told: dict[str, Any] = {}
    if task is not None:
        told["dag_owner"] = task.owner
        emails = task.email
        told["dag_email"] = emails if isinstance(emails, str) else ",".join(emails or [])
    if ti is not None:
        told.update(dag_id=ti.dag_id, task_id=ti.task_id, try_number=ti.try_number, map_index=ti.map_index)
    if run is not None:
        date = run.logical_date
        told["dag_run_id"] = run.run_id
        if date is not None:
            told["execution_date"] = told["logical_date"] = date.isoformat()
    texts = {name: str(value) for name, value in told.items() if value not in (None, "")}
    from updraft_airflow.policies import get_airflow_context_vars

    texts.update(get_airflow_context_vars(context))
    prefix = "AIRFLOW_CTX_" if in_env_var_format else "airflow.ctx."
    names = {
        name: name if name.startswith(prefix) else prefix + (name.upper() if in_env_var_format else name)
        for name in texts
    }
    return {names[name]: value for name, value in texts.items()}


AIRFLOW_VAR_NAME_FORMAT_MAPPING: dict[str, dict[str, str]] = {
    f"AIRFLOW_CONTEXT_{name.upper()}": {
        "default": f"airflow.ctx.{name}",
        "env_var_format": f"AIRFLOW_CTX_{name.upper()}",
    }
    for name in ("dag_id", "task_id", "execution_date", "try_number", "dag_run_id")
}


def build(ti: Any) -> Context:
    """The context of an attempt."""
    from updraft_airflow.configuration import conf
    from updraft_airflow.plugins.loaded import plugins
    from updraft_airflow.runtime import macros
    from updraft_airflow.runtime.outlets import InletEvents, OutletEvents
    from updraft_airflow.runtime.state_store import AssetStateStoreAccessors, TaskStateStoreAccessor

    task, run = ti.task, ti.dag_run
    context = Context(
        conf=conf,
        conn=ConnectionAccessor(),
        dag=task.dag,
        dag_run=run,
        inlets=task.inlets,
        inlet_events=Lazy(lambda: InletEvents(task.inlets)),
        macros=Lazy(lambda: plugins() and macros),
        map_index_template=task.map_index_template,
        outlets=task.outlets,
        outlet_events=OutletEvents(),
        params=Lazy(lambda: _params(task, run)),
        run_id=run.run_id,
        task=task,
        task_instance=ti,
        ti=ti,
        task_instance_key_str=f"{ti.dag_id}__{ti.task_id}__{_key_date(run)}",
        templates_dict=getattr(task, "templates_dict", None),
        test_mode=ti.test_mode,
        expanded_ti_count=Lazy(lambda: ti.expanded_ti_count),
        triggering_asset_events=run.consumed_asset_events,
        triggering_dataset_events=run.consumed_asset_events,
        var={"json": VariableAccessor(deserialize_json=True), "value": VariableAccessor(deserialize_json=False)},
        task_reschedule_count=ti.reschedule_count,
        task_state_store=TaskStateStoreAccessor(ti.id),
        asset_state_store=Lazy(lambda: AssetStateStoreAccessors(task.inlets, task.outlets)),
    )
    context.update(_previous(ti))
    if run.logical_date is not None:
        context.update(_dates(task.dag, run))
    return context


def _key_date(run: Any) -> str:
    return run.logical_date.strftime("%Y%m%d") if run.logical_date is not None else run.run_id


def _params(task: Any, run: Any) -> Any:
    """The parameters of the run: those of DAG and task, and what the run's conf says."""
    from updraft_airflow.authoring.param import ParamsDict
    from updraft_airflow.configuration import conf

    params = ParamsDict.of(task.dag.params)
    params.update(ParamsDict.of(task.params))
    if run.conf and conf.getboolean("core", "dag_run_conf_overrides_params", fallback=True):
        params.deep_merge(run.conf)
    return params.validate()


def _dates(dag: Any, run: Any) -> dict[str, Any]:
    """What follows from the logical date."""
    date = timezone.coerce_datetime(run.logical_date)
    day = dt.timedelta(days=1)
    values: dict[str, Any] = {
        "logical_date": date,
        "execution_date": date,
        "data_interval_start": timezone.coerce_datetime(run.data_interval_start),
        "data_interval_end": timezone.coerce_datetime(run.data_interval_end),
        "ds": date.strftime("%Y-%m-%d"),
        "ds_nodash": date.strftime("%Y%m%d"),
        "ts": date.isoformat(),
        "ts_nodash": date.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": date.isoformat().replace("-", "").replace(":", ""),
        "yesterday_ds": (date - day).strftime("%Y-%m-%d"),
        "yesterday_ds_nodash": (date - day).strftime("%Y%m%d"),
        "tomorrow_ds": (date + day).strftime("%Y-%m-%d"),
        "tomorrow_ds_nodash": (date + day).strftime("%Y%m%d"),
    }
    for word, forward in (("next", True), ("prev", False)):
        values[f"{word}_execution_date"] = Lazy(lambda forward=forward: _neighbour(dag, run, forward=forward))
        for form, suffix in (("%Y-%m-%d", "ds"), ("%Y%m%d", "ds_nodash")):
            values[f"{word}_{suffix}"] = Lazy(
                lambda forward=forward, form=form: _text(_neighbour(dag, run, forward=forward), form)
            )
    return values


def _text(date: Any, form: str) -> str | None:
    return None if date is None else date.strftime(form)


def _neighbour(dag: Any, run: Any, *, forward: bool) -> Any:
    """The logical date of the run after or before by the timetable; in triggered runs the own one."""
    date = timezone.coerce_datetime(run.logical_date)
    if str(run.run_type) == "manual" or not dag.timetable.can_be_scheduled:
        return date
    from updraft_airflow.timetables.base import DataInterval, TimeRestriction

    if forward:
        info = dag.timetable.next_dagrun_info(
            last_automated_data_interval=DataInterval(run.data_interval_start, run.data_interval_end),
            restriction=TimeRestriction(None, None, catchup=True),
        )
        return timezone.coerce_datetime(info.logical_date) if info is not None else None
    before = getattr(dag.timetable, "_before", None)
    return timezone.coerce_datetime(before(date)) if before is not None else None


def _previous(ti: Any) -> dict[str, Any]:
    """What is known of the last run that succeeded; asked for when it is used."""
    from updraft_airflow.runtime import messages
    from updraft_airflow.runtime.supervisor import ask

    def ask_for(field: str) -> Lazy:
        def make() -> Any:
            answer = ask(messages.GetPrevSuccessfulDagRun(ti_id=str(ti.id)))
            run = answer.dag_run if isinstance(answer, messages.DagRunResult) else None
            return timezone.coerce_datetime(getattr(run, field, None))

        return Lazy(make)

    fields = ("data_interval_start", "data_interval_end", "start_date", "end_date")
    values: dict[str, Any] = {f"prev_{field}_success": ask_for(field) for field in fields}

    def date() -> Any:
        run = ti.dag_run.get_previous_dagrun(state="success") if ti.dag_run is not None else None
        return timezone.coerce_datetime(getattr(run, "logical_date", None))

    values["prev_execution_date_success"] = Lazy(date)
    return values
