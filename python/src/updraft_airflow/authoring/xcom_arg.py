"""What a task will return, as an argument of other tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow.authoring.node import DependencyMixin
from updraft_airflow.authoring.resolve import ResolveMixin
from updraft_airflow.unset import NOTSET

if TYPE_CHECKING:
    from updraft_airflow.authoring.abstract import AbstractOperator

XCOM_RETURN_KEY = "return_value"


class XComArg(ResolveMixin, DependencyMixin):
    """A value that is there when the tasks that it comes from have ended."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`XComArg(task)` is the plain one."""
        made: Any = PlainXComArg if cls is XComArg else cls
        return super().__new__(made)

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks that it comes from, each with the key of the XCom."""
        raise NotImplementedError

    def resolve(self, context: Any, **_: Any) -> Any:
        """The value, while a task runs."""
        raise NotImplementedError

    @staticmethod
    def iter_xcom_references(arg: Any) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks that a value comes from, however deep it holds their results."""
        yield from references(arg)

    @staticmethod
    def apply_upstream_relationship(op: AbstractOperator, arg: Any) -> None:
        """Has a task come after those that the value comes from."""
        set_references_upstream(op, arg)

    @property
    def roots(self) -> Sequence[Any]:
        return self._operators()

    @property
    def leaves(self) -> Sequence[Any]:
        return self._operators()

    def _operators(self) -> list[AbstractOperator]:
        found = {operator.task_id: operator for operator, _ in self.iter_references()}
        return list(found.values())

    def set_upstream(self, other: Any, edge_modifier: Any = None) -> None:
        for operator in self._operators():
            operator.set_upstream(other, edge_modifier)

    def set_downstream(self, other: Any, edge_modifier: Any = None) -> None:
        for operator in self._operators():
            operator.set_downstream(other, edge_modifier)

    def as_setup(self) -> XComArg:
        for operator in self._operators():
            operator.as_setup()
        return self

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: bool | None = None) -> XComArg:
        for operator in self._operators():
            operator.as_teardown(setups=setups, on_failure_fail_dagrun=on_failure_fail_dagrun)
        return self

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        """Each of its items, through a function."""
        from updraft_airflow.authoring.abstract import AbstractOperator

        if isinstance(f, AbstractOperator) or getattr(f, "is_task_decorator", False):
            raise ValueError("map() argument must be a plain function, not a @task operator")
        return MapXComArg(self, [f])

    def zip(self, *others: XComArg, fillvalue: Any = NOTSET) -> ZipXComArg:
        """Its items together with those of others; `fillvalue` stands for those that shorter ones lack."""
        _only_results("zip", others)
        return ZipXComArg([self, *others], fillvalue=fillvalue)

    def concat(self, *others: XComArg) -> ConcatXComArg:
        """Its items, and after them those of others."""
        _only_results("concat", others)
        return ConcatXComArg([self, *others])

    def __enter__(self) -> XComArg:
        from updraft_airflow.authoring.setup_teardown import SetupTeardownContext

        if not any(operator.is_setup or operator.is_teardown for operator in self._operators()):
            from updraft_airflow.exceptions import AirflowException

            raise AirflowException("Only setup/teardown tasks can be used as context managers.")
        SetupTeardownContext.push(self._operators())
        return self

    def __exit__(self, *_: object) -> None:
        from updraft_airflow.authoring.setup_teardown import SetupTeardownContext

        SetupTeardownContext.pop()


class PlainXComArg(XComArg):
    """What one task will return, or leave under another key."""

    def __init__(self, operator: AbstractOperator, key: str = XCOM_RETURN_KEY) -> None:
        self.operator, self.key = operator, key

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        yield self.operator, self.key

    def __getitem__(self, item: str) -> PlainXComArg:
        if not isinstance(item, str):
            raise ValueError(f"XComArg only supports str lookup, received {type(item).__name__}")
        return PlainXComArg(self.operator, item)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("'XComArg' object is not iterable")

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, PlainXComArg) and self.operator is other.operator and self.key == other.key
        return same if isinstance(other, PlainXComArg) else NotImplemented

    def __hash__(self) -> int:
        return hash((id(self.operator), self.key))

    def __str__(self) -> str:
        options = f"task_ids='{self.operator.task_id}', dag_id='{self.operator.dag_id}', key='{self.key}'"
        return f"{{{{ task_instance.xcom_pull({options}) }}}}"

    def __repr__(self) -> str:
        return f"XComArg({self.operator!r}{'' if self.key == XCOM_RETURN_KEY else f', {self.key!r}'})"

    @property
    def is_setup(self) -> bool:
        """Whether its task is a setup."""
        return self.operator.is_setup

    @property
    def is_teardown(self) -> bool:
        """Whether its task is a teardown."""
        return self.operator.is_teardown

    @is_teardown.setter
    def is_teardown(self, value: bool) -> None:
        self.operator.is_teardown = value

    @is_setup.setter
    def is_setup(self, value: bool) -> None:
        self.operator.is_setup = value

    @property
    def on_failure_fail_dagrun(self) -> bool:
        """Of a teardown: whether its failure fails the run."""
        return self.operator.on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, value: bool) -> None:
        self.operator.on_failure_fail_dagrun = value

    def resolve(self, context: Any, **_: Any) -> Any:
        from updraft_airflow.runtime.arguments import resolve_plain

        return resolve_plain(self, context)


class MapXComArg(XComArg):
    """The items of another one, through functions."""

    def __init__(self, arg: XComArg, callables: Sequence[Callable[[Any], Any]]) -> None:
        self.arg, self.callables = arg, list(callables)

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        yield from self.arg.iter_references()

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        return MapXComArg(self.arg, [*self.callables, f])

    def resolve(self, context: Any, **_: Any) -> Any:
        return _items(self, context)


class ZipXComArg(XComArg):
    """The items of several, side by side."""

    def __init__(self, args: Sequence[XComArg], *, fillvalue: Any = NOTSET) -> None:
        if not args:
            raise ValueError("at least one input is required")
        self.args, self.fillvalue = list(args), fillvalue

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        for arg in self.args:
            yield from arg.iter_references()

    def resolve(self, context: Any, **_: Any) -> Any:
        return _items(self, context)


class ConcatXComArg(XComArg):
    """The items of several, one after the other."""

    def __init__(self, args: Sequence[XComArg]) -> None:
        self.args = [inner for arg in args for inner in (arg.args if isinstance(arg, ConcatXComArg) else [arg])]

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        for arg in self.args:
            yield from arg.iter_references()

    def concat(self, *others: XComArg) -> ConcatXComArg:
        return ConcatXComArg([*self.args, *others])

    def resolve(self, context: Any, **_: Any) -> Any:
        return _items(self, context)


def _items(arg: XComArg, context: Any) -> Any:
    from updraft_airflow.runtime.arguments import LazyItems

    return LazyItems(arg, context)


def _only_results(what: str, others: Sequence[Any]) -> None:
    for other in others:
        if not isinstance(other, XComArg):
            raise TypeError(f"can only {what} with other results of tasks (XComArg), not {type(other).__name__}")


def references(arg: Any, seen: set[int] | None = None) -> Iterator[tuple[AbstractOperator, str]]:
    """The tasks that a value comes from, however deep it holds their results."""
    if arg is None or isinstance(arg, (str, int)):
        return
    from updraft_airflow.authoring.abstract import AbstractOperator

    seen = set() if seen is None else seen
    if id(arg) in seen:
        return
    if isinstance(arg, ResolveMixin):
        yield from arg.iter_references()
    elif isinstance(arg, (tuple, set, list, frozenset)):
        seen.add(id(arg))
        for item in arg:
            yield from references(item, seen)
    elif isinstance(arg, dict):
        seen.add(id(arg))
        for item in arg.values():
            yield from references(item, seen)
    elif isinstance(arg, AbstractOperator):
        yield arg, XCOM_RETURN_KEY
    elif isinstance(fields := getattr(arg, "template_fields", None), (tuple, list)) and not isinstance(arg, type):
        seen.add(id(arg))
        for field in fields:
            yield from references(getattr(arg, field, None), seen)


def set_references_upstream(task: AbstractOperator, value: Any) -> None:
    """Has a task come after those that the value comes from."""
    for operator, _ in references(value):
        if operator is not task:
            task.set_upstream(operator)
