"""Goes through the text of a DAG file and notes what would not run, what is not followed, and what the two generations differ in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from updraft_airflow import compat
from updraft_airflow.check import differences, note, support
from updraft_airflow.check.names import Arguments, Names, constant
from updraft_airflow.check.note import Note
from updraft_airflow.configuration import conf

_DAGS = ("authoring.dag.DAG", "authoring.decorators.dag")
_SCHEDULES = ("schedule", "schedule_interval", "timetable")
_BY_PLACE = ("dag_id", "description", "schedule", "schedule_interval", "timetable", "start_date", "end_date")
_UNDATED = ("@once", "@continuous")


class Facts(NamedTuple):
    """What reading the file has shown: tasks that are mapped, tasks that branch."""

    mapped: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()


class Scan:
    """A file that is gone through. `level` is the one that it runs at."""

    def __init__(self, tree: ast.Module, level: int, facts: Facts) -> None:
        self.tree, self.level, self.facts = tree, level, facts
        self.names = Names(tree)
        self.mentioned = set(_mentioned(tree))

    def notes(self) -> Iterator[Note]:
        """The notes, in the order in which things are found."""
        from updraft_airflow.check import groups, tables, xcoms

        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield from self._call(node)
                yield from xcoms.call(self, node)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Try):
                yield from self._try(node)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from xcoms.function(self, node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from xcoms.template(self, node, node.value)
        yield from groups.look(self)
        yield from tables.look(self)

    def differs(self, line: int, name: str) -> Iterator[Note]:
        """The note of a difference, unless a setting makes both levels the same."""
        if name in differences.SETTINGS and _same_by_setting(*differences.SETTINGS[name]):
            return
        yield Note(line, note.DIFFERS, differences.MEANINGS[name].text)

    def _call(self, call: ast.Call) -> Iterator[Note]:
        home = self.names.home(call.func)
        if home in _DAGS:
            yield from self._dag(call)
        elif _is_task(call, home):
            yield from self._task(Arguments.of_call(call))
        if home in support.NEEDS and constant(Arguments.of_call(call).named.get("deferrable")) is not True:
            question, about = support.NEEDS[home]
            if not support.is_answered(question):
                yield Note(
                    call.lineno, note.UNSUPPORTED, f"it asks the engine about {about}, which is not answered yet"
                )
        default_args = Arguments.of_call(call).named.get("default_args")
        if default_args is not None:
            yield from self._task(Arguments.of_dict(default_args, self.names))

    # DAGs.

    def _dag(self, call: ast.Call) -> Iterator[Note]:
        given = Arguments.of_call(call)
        named = {**dict(zip(_BY_PLACE, call.args, strict=False)), **given.named}
        is_open = given.is_open or any(isinstance(arg, ast.Starred) for arg in call.args)
        if len(call.args) > 1:
            yield from self.differs(call.lineno, "positional")
        yield from self._arguments(named, differences.DAG_ARGUMENTS, support.DAG_ARGUMENTS)
        default_args = Arguments.of_dict(named.get("default_args"), self.names)
        schedules = [self.names.settle(named[name]) for name in _SCHEDULES if name in named]
        schedule = next((one for one in schedules if constant(one) is not None), None)
        never = bool(schedules) and schedule is None
        yield from self._schedule(schedule)
        if is_open:
            return
        if not schedules:
            yield from self.differs(call.lineno, "no_schedule")
        if not never and "catchup" not in named:
            yield from self.differs(call.lineno, "catchup")
        if (
            not never
            and "start_date" not in self.mentioned
            and not default_args.is_open
            and self._is_by_clock(schedule)
        ):
            yield from self.differs(call.lineno, "no_start_date")
        date = default_args.named.get("start_date")
        is_time = isinstance(self.names.settle(date), ast.Call)
        if date is not None and is_time and "start_date" not in named and ".start_date" in self.mentioned:
            yield from self.differs(date.lineno, "default_start_date")

    def _is_by_clock(self, schedule: ast.expr | None) -> bool:
        """Whether it is known to make runs by itself."""
        return schedule is None or isinstance(constant(schedule), str) or self._kind(schedule) == "delta"

    def _kind(self, schedule: ast.expr) -> str | None:
        text = constant(schedule)
        if isinstance(text, str):
            return None if text in _UNDATED else "cron"
        if isinstance(schedule, ast.Call) and self.names.path(schedule.func) in (
            "datetime.timedelta", "dateutil.relativedelta.relativedelta", "airflow.utils.dates.timedelta",
        ):  # fmt: skip
            return "delta"
        return None

    def _schedule(self, schedule: ast.expr | None) -> Iterator[Note]:
        kind = self._kind(schedule) if schedule is not None else None
        if schedule is not None and kind is not None:
            yield from self.differs(schedule.lineno, kind)

    # Tasks.

    def _task(self, given: Arguments) -> Iterator[Note]:
        yield from self._arguments(given.named, differences.TASK_ARGUMENTS, support.TASK_ARGUMENTS)
        for name in ("depends_on_past", "wait_for_downstream"):
            if constant(given.named.get(name)) is True and "ignore_first_depends_on_past" not in self.mentioned:
                yield from self.differs(given.named[name].lineno, "depends_on_past")
        backoff = given.named.get("retry_exponential_backoff")
        factor = constant(self.names.settle(backoff))
        if backoff is not None and isinstance(factor, (int, float)) and not isinstance(factor, bool):
            yield Note(backoff.lineno, note.GENERATION, "`retry_exponential_backoff` as a number is of Airflow 3 alone")
            if factor not in (0, 2):
                words = "in Airflow 2 each delay is twice the one before, whatever `retry_exponential_backoff` is; in Airflow 3 it is the factor"
                yield Note(backoff.lineno, note.DIFFERS, words)
        rule = given.named.get("trigger_rule")
        if rule is not None:
            yield from self._trigger_rule(rule.lineno, constant(self.names.settle(rule)))

    def _arguments(self, named: dict[str, ast.expr], alone: dict[str, int], ignored: dict[str, str]) -> Iterator[Note]:
        for name, value in named.items():
            asks = constant(value) not in support.NOTHING if isinstance(value, ast.Constant) else not _is_empty(value)
            if name in alone:
                yield Note(value.lineno, note.GENERATION, f"the argument `{name}` is of Airflow {alone[name]} alone")
            if name in ignored and asks:
                yield Note(value.lineno, note.IGNORED, f"`{name}`: {ignored[name]}")

    def _trigger_rule(self, line: int, rule: object) -> Iterator[Note]:
        alone = differences.TRIGGER_RULES.get(rule) if isinstance(rule, str) else None
        if alone is None:
            return
        yield Note(
            line,
            note.GENERATION,
            f"the trigger rule `{rule}` is of Airflow {alone} alone and refused at the other level",
        )
        if alone != self.level:
            yield Note(line, note.UNSUPPORTED, f"the trigger rule `{rule}` is refused at level {self.level}")

    def _attribute(self, node: ast.Attribute) -> Iterator[Note]:
        if self.names.home(node.value) == "states.TriggerRule":
            yield from self._trigger_rule(node.lineno, node.attr.lower())

    def _try(self, node: ast.Try) -> Iterator[Note]:
        kinds = [kind for handler in node.handlers for kind in _names_of(handler.type)]
        if "KeyError" not in kinds or {"Exception", "AirflowRuntimeError"} & set(kinds):
            return
        for call in (inner for statement in node.body for inner in ast.walk(statement) if isinstance(inner, ast.Call)):
            given = Arguments.of_call(call)
            if self.names.home(call.func) == "connections.variable.Variable.get" and not (
                len(call.args) > 1 or given.is_open or {"default", "default_var"} & given.named.keys()
            ):
                yield from self.differs(call.lineno, "missing_variable")


def _is_task(call: ast.Call, home: str | None) -> bool:
    """Whether a call makes a task or says how one is made."""
    if any(keyword.arg == "task_id" for keyword in call.keywords):
        return True
    if home is not None and (home == "authoring.decorators.task" or home.startswith("authoring.decorators.task.")):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr == "override"


def _is_empty(value: ast.expr) -> bool:
    return isinstance(value, ast.Dict) and not value.keys


def _names_of(kind: ast.expr | None) -> Iterable[str]:
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    for part in parts:
        if part is None:
            yield "Exception"
        elif isinstance(part, (ast.Name, ast.Attribute)):
            yield part.id if isinstance(part, ast.Name) else part.attr


def _mentioned(tree: ast.Module) -> Iterator[str]:
    """Names of arguments and keys anywhere in the file, and attributes that are read, with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield f".{node.attr}"
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _same_by_setting(section: str, key: str) -> bool:
    answers: list[bool] = []
    for level in (2, 3):
        with compat.of_file(level):
            answers.append(conf.getboolean(section, key))
    return answers[0] == answers[1]
