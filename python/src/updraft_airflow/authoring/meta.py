"""How default arguments reach operators: the constructor of every class of an operator is wrapped.

Precedence: the argument itself, the task's own `default_args`, those of the groups around it, those of the DAG. Only
arguments that the constructor declares are filled in; what else stands in `default_args` is for other operators.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, NoReturn

from updraft_airflow import compat
from updraft_airflow.authoring.stack import DagContext, TaskGroupContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KINDS = inspect.Parameter


def declared(function: Callable[..., Any]) -> dict[str, bool]:
    """The arguments that a constructor declares, each with whether it must be given."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    named = (_KINDS.POSITIONAL_OR_KEYWORD, _KINDS.KEYWORD_ONLY)
    return {p.name: p.default is _KINDS.empty for p in parameters if p.kind in named}


class OperatorMeta(type):
    """The class of operator classes."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> Any:
        init = namespace.get("__init__")
        if init is not None:
            namespace["__init__"] = with_defaults(init)
        return super().__new__(mcs, name, bases, namespace, **kwargs)


def with_defaults(init: Callable[..., None]) -> Callable[..., None]:
    """The constructor, with missing arguments taken from the default ones."""
    wants = declared(init)
    required = frozenset(name for name, must in wants.items() if must and name != "task_id")

    @functools.wraps(init)
    def construct(self: Any, *args: Any, _from_mapped: bool = False, **kwargs: Any) -> None:
        if args:
            raise compat.wrong(f"use keyword arguments when initializing {type(self).__name__}")
        outermost = "_init_kwargs" not in vars(self)
        if outermost:
            self._init_kwargs = {}
            self._from_mapped = _from_mapped
            self._place = placement(kwargs)
            kwargs.update({name: value for name, value in self._place.items() if name in kwargs})
        for defaults in (self._place, self._place["default_args"]):
            for name, value in defaults.items():
                if name in wants:
                    kwargs.setdefault(name, value)
        if not required <= kwargs.keys():
            _refuse(name for name in wants if name in required and name not in kwargs)
        if "task_id" in wants and "task_id" not in kwargs:
            raise TypeError(f"{type(self).__name__} is missing its task_id")
        self._given = kwargs
        init(self, **kwargs)
        self._init_kwargs.update(kwargs)
        if outermost:
            del self._given
            if not _from_mapped:
                self._constructed = True
                self._connect_arguments()

    return construct


def _refuse(missing: Iterable[str]) -> NoReturn:
    names = [f"`{name}`" for name in missing]
    raise compat.wrong(f"missing keyword argument{'s' if len(names) > 1 else ''} {', '.join(names)}")


def placement(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The DAG and the group that the task is to be in, and what they say about it."""
    dag, group = kwargs.get("dag"), kwargs.get("task_group")
    if dag is None:
        dag = group.dag if group is not None else DagContext.get_current_dag()
    if group is None and dag is not None:
        group = TaskGroupContext.get_current(dag)
    default_args = merged(dag, group, kwargs.get("default_args"))
    params = merged_params(dag, default_args, kwargs.get("params"))
    return {"dag": dag, "task_group": group, "default_args": default_args, "params": params}


def merged(dag: Any, group: Any, own: dict[str, Any] | None) -> dict[str, Any]:
    """The default arguments of a task."""
    if own is not None and not isinstance(own, dict):
        raise TypeError("default_args must be a mapping")
    groups: list[dict[str, Any]] = []
    while group is not None:
        groups.insert(0, group.default_args)
        group = group.parent_group
    result = dict(dag.default_args) if dag is not None else {}
    for more in (*groups, own or {}):
        result.update(more)
    return result


def merged_params(dag: Any, default_args: dict[str, Any], own: Any) -> Any:
    """The parameters of a task: those of the DAG, of the default arguments, and its own."""
    from updraft_airflow.authoring.param import ParamsDict

    params = ParamsDict.of(dag.params if dag is not None else None)
    for more in (default_args.get("params"), own):
        if more:
            params.update(more)
    return params
