"""Asks a timetable when its DAG runs, for the engine: in a fork, as everything that is somebody's code."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import os
import traceback
from typing import Any

from updraft_airflow import compat, timezone
from updraft_airflow.configuration import conf
from updraft_airflow.files.walk import Discovery, walk
from updraft_airflow.manifest.parse import module_name, parse
from updraft_airflow.states import DagRunType
from updraft_airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from updraft_airflow.timetables.engine import by_time, identity

_MESSAGE_LENGTH_MAX = 2000


class GoneError(Exception):
    """There is no such timetable any more."""


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """What the timetable of an `UpdraftTimetableRequest` tells, or why it does not."""
    try:
        timetable, level = _find(order)
        with compat.of_file(level), timezone.as_if_at(_moment(order["now"])):
            return {"type": "UpdraftTimetableResult", "kind": "runs", "runs": _tell(timetable, order["question"])}
    except GoneError as error:
        return failed(str(error))
    except Exception as error:
        return failed("".join(traceback.format_exception_only(type(error), error)).strip() + _place(error))


def failed(why: str) -> dict[str, Any]:
    """That it cannot tell."""
    return {"type": "UpdraftTimetableResult", "kind": "failed", "message": why[:_MESSAGE_LENGTH_MAX]}


def _place(error: Exception) -> str:
    """The last line of somebody's own code that was running."""
    own = os.path.dirname(os.path.dirname(__file__))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""


def _find(order: dict[str, Any]) -> tuple[Timetable, int | None]:
    """The timetable, and the level of its file if that is known: one whose class stands in a DAG file is that of the DAG."""
    path, parameters = order["class_path"], order.get("parameters") or {}
    file = _file_of(path.split(".")[0])
    if file is None:
        return _class(path).deserialize(parameters), None
    parsed = parse(file)
    dag = next((dag for dag in parsed.dags if dag.dag_id == order["dag_id"]), None)
    problem = parsed.problem_of(order["dag_id"])
    if dag is None and problem is not None:
        raise GoneError(f"{problem.place}: {problem.kind}: {problem.message}")
    timetable = by_time(dag.timetable) if dag is not None else None
    if dag is None or timetable is None or identity(timetable) != {"class_path": path, "parameters": parameters}:
        raise GoneError(f"dag `{order['dag_id']}` in `{file}` has no timetable `{path}` with these parameters any more")
    return timetable, dag.compat


def _file_of(module: str) -> str | None:
    """The DAG file that is read under the name of a module, if it is such a name."""
    if not module.startswith("unusual_prefix_"):
        return None
    folder = conf.get("core", "dags_folder")
    found = walk(folder, folder, Discovery.configured()._replace(safe_mode=False))
    file = next((file for file in found if module_name(os.path.abspath(file)) == module), None)
    if file is None:
        raise GoneError(f"the DAG file of the timetable is not below `{folder}` any more")
    return file


def _class(path: str) -> type[Timetable]:
    """The class of a path; it may stand in another class."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            found = getattr(found, name, None)
        if found is None:
            break
        return found
    raise GoneError(
        f"there is no timetable `{path}`: its class has to stand at the top of a module in `plugins/`, of a package, or in the DAG file"
    )


def _tell(timetable: Timetable, question: dict[str, Any]) -> list[dict[str, Any]]:
    if question["kind"] == "infer_manual_data_interval":
        after = _moment(question["run_after"])
        interval = timetable.infer_manual_data_interval(run_after=after)
        return [_told(timetable, DagRunInfo(after, interval), "manual")]
    if question["kind"] != "next_dagrun_info":
        raise GoneError(f"`{question['kind']}` is not asked of timetables of Python")
    last, until = _interval(question.get("last_automated_data_interval")), _moment(question.get("until"))
    between = question["restriction"]
    restriction = TimeRestriction(_moment(between["earliest"]), _moment(between["latest"]), between["catchup"])
    runs: list[dict[str, Any]] = []
    while len(runs) < question["runs_max"]:
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if info is None or (until is not None and info.data_interval.end >= until):
            break
        runs.append(_told(timetable, info, question["run_type"]))
        if last is not None and info.data_interval.start <= last.start:
            break  # The engine says what is wrong with it.
        last = info.data_interval
    return runs


def _told(timetable: Timetable, info: Any, run_type: str) -> dict[str, Any]:
    start, end = info.data_interval
    run_id = None
    if type(timetable).generate_run_id is not Timetable.generate_run_id:
        told = {"run_after": info.run_after, "logical_date": start, "data_interval": info.data_interval}
        taken = inspect.signature(timetable.generate_run_id).parameters
        takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
        told = {name: value for name, value in told.items() if takes_all or name in taken}
        run_id = timetable.generate_run_id(run_type=DagRunType(run_type), **told)
    return {
        "data_interval": {"start": timezone.instant(start), "end": timezone.instant(end)},
        "run_after": timezone.instant(info.run_after),
        "run_id": run_id,
    }


def _interval(told: dict[str, Any] | None) -> DataInterval | None:
    return None if told is None else DataInterval(_moment(told["start"]), _moment(told["end"]))


def _moment(told: Any) -> Any:
    """A time as timetables see them. The engine writes times as such or as text: `2024-01-12T06:00:05.25Z`."""
    if isinstance(told, str):
        second, fraction = (told[:19], told[20:-1])
        told = dt.datetime.fromisoformat(second).replace(
            microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=timezone.utc
        )
    return timezone.coerce_datetime(told)
