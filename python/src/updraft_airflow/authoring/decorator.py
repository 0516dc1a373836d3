"""Functions as tasks: what `@task` and its variants are made of."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from updraft_airflow import compat
from updraft_airflow.authoring.expand import (
    DictOfListsExpandInput,
    ListOfDictsExpandInput,
    check_mappable,
)
from updraft_airflow.authoring.mapped import MappedOperator, OperatorPartial
from updraft_airflow.authoring.meta import placement
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.authoring.stack import DagContext, TaskGroupContext
from updraft_airflow.authoring.taskgroup import free_id
from updraft_airflow.authoring.xcom_arg import PlainXComArg, XComArg
from updraft_airflow.runtime.keys import CONTEXT_KEYS
from updraft_airflow.unset import NOTSET


class DecoratedOperator(BaseOperator):
    """A task that calls a function with arguments that may be results of other tasks."""

    template_fields: Sequence[str] = ("op_args", "op_kwargs")
    template_fields_renderers = {"op_args": "py", "op_kwargs": "py"}
    shallow_copy_attrs: Sequence[str] = ("python_callable",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        task_id: str,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        kwargs_to_upstream: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not self._from_mapped:
            task_id = get_unique_task_id(task_id, self._place["dag"], self._place["task_group"])
        self.python_callable = python_callable
        self.op_args = list(op_args or ())
        bind(python_callable, self.op_args, op_kwargs or {})
        self.op_kwargs = dict(op_kwargs or {})
        super().__init__(task_id=task_id, **{**(kwargs_to_upstream or {}), **kwargs})

    def get_python_source(self) -> str:
        """The text of the function, without its decorators."""
        import textwrap

        lines = textwrap.dedent(inspect.getsource(self.python_callable)).splitlines(keepends=True)
        first = next((at for at, line in enumerate(lines) if line.startswith(("def ", "async def "))), 0)
        return "".join(lines[first:])


def bind(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Checks that the function can be called so; arguments named like context keys are filled in later."""
    signature = inspect.signature(function)
    injected: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name in CONTEXT_KEYS and parameter.kind != parameter.VAR_KEYWORD:
            if parameter.default not in (None, inspect.Parameter.empty):
                raise ValueError(f"context key parameter {parameter.name} can't have a default other than None")
            parameter = parameter.replace(default=None)
        injected.append(parameter)
    rest = _after_defaults(injected)
    signature.replace(parameters=rest).bind(*args, **kwargs)


def _after_defaults(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """The same, where what stands behind one with a default has one too: else there is no such signature."""
    seen, result = False, []
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            if seen and parameter.default is inspect.Parameter.empty:
                parameter = parameter.replace(kind=parameter.POSITIONAL_OR_KEYWORD, default=NOTSET)
            seen = seen or parameter.default is not inspect.Parameter.empty
        result.append(parameter)
    return result


def get_unique_task_id(task_id: str, dag: Any = None, task_group: Any = None) -> str:
    """The id, or the first of `id__1`, `id__2`, ... that is free."""
    dag = dag or DagContext.get_current_dag()
    if dag is None:
        return task_id
    group = task_group or TaskGroupContext.get_current(dag)
    name: Callable[[str], str] = group.child_id if group is not None else str

    def taken(label: str) -> bool:
        return name(label) in dag.task_dict or (group is not None and name(label) in group.used_group_ids)

    return free_id(task_id, taken)


def returns_dict(function: Callable[..., Any]) -> bool:
    """Whether its annotation says that it returns a dict, whose entries then are XComs of their own."""
    if "return" not in getattr(function, "__annotations__", {}):
        return False
    try:
        returned = typing.get_type_hints(function).get("return", Any)
    except (NameError, TypeError, AttributeError):
        return False
    kind = typing.get_origin(returned) or returned
    return isinstance(kind, type) and issubclass(kind, Mapping)


class TaskDecorator:
    """A function that makes a task each time it is called in a DAG."""

    is_task_decorator = True

    def __init__(
        self,
        function: Callable[..., Any],
        operator_class: type[Any],
        multiple_outputs: bool | None,
        kwargs: dict[str, Any],
    ) -> None:
        if isinstance(function, (staticmethod, classmethod)) or not callable(function):
            raise TypeError(f"@{_name(operator_class)} wants a function, not {type(function).__name__}")
        parameters = inspect.signature(function).parameters
        if "self" in parameters:
            raise TypeError(f"@{_name(operator_class)} does not support methods")
        self.function, self.operator_class = function, operator_class
        self.multiple_outputs = returns_dict(function) if multiple_outputs is None else multiple_outputs
        self.kwargs = {**kwargs}
        self.kwargs.setdefault("task_id", function.__name__)
        self.is_setup = self.is_teardown = self.on_failure_fail_dagrun = False
        functools.update_wrapper(self, function)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.function

    @__wrapped__.setter
    def __wrapped__(self, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> XComArg:
        if self.is_teardown:
            self.kwargs.setdefault("trigger_rule", "all_done_setup_success")
        operator = self.operator_class(python_callable=self.function, op_args=args, op_kwargs=kwargs, **self._options())
        return self._finish(operator)

    def _options(self) -> dict[str, Any]:
        options = dict(self.kwargs)
        if self.multiple_outputs:
            options["multiple_outputs"] = True
        if self.function.__doc__ and not any(f"doc{kind}" in options for kind in ("", "_md", "_json", "_yaml", "_rst")):
            options["doc_md"] = inspect.cleandoc(self.function.__doc__)
        return options

    def _finish(self, operator: Any) -> XComArg:
        operator.is_setup, operator.is_teardown = self.is_setup, self.is_teardown
        if self.is_teardown:
            operator.on_failure_fail_dagrun = self.on_failure_fail_dagrun
        return PlainXComArg(operator)

    def override(self, **kwargs: Any) -> TaskDecorator:
        """The same with other arguments of the task: `f.override(task_id="g")()`."""
        kwargs = dict(kwargs)
        multiple = kwargs.pop("multiple_outputs", self.multiple_outputs)
        flags = {name: kwargs.pop(name, getattr(self, name)) for name in ("on_failure_fail_dagrun",)}
        made = type(self)(self.function, self.operator_class, multiple, {**self.kwargs, **kwargs})
        made.is_setup, made.is_teardown = self.is_setup, self.is_teardown
        made.on_failure_fail_dagrun = flags["on_failure_fail_dagrun"]
        return made

    def partial(self, **kwargs: Any) -> TaskDecorator:
        """The same with some arguments of the function; `expand` gives those that differ between its copies."""
        self._check_arguments("partial", kwargs)
        known = self.kwargs.get("op_kwargs", {})
        twice = sorted(set(known) & set(kwargs))
        if twice:
            raise TypeError(f"partial() got duplicate keyword argument {twice[0]!r}")
        return self.override(op_kwargs={**known, **kwargs})

    def expand(self, **map_kwargs: Any) -> XComArg:
        """A copy for each combination of the items."""
        if not map_kwargs:
            raise TypeError("no arguments to expand against")
        self._check_arguments("expand", map_kwargs)
        owner = f"{self.function.__name__}.expand()"
        for name, value in map_kwargs.items():
            check_mappable(owner, value, name)
        twice = sorted(set(self.kwargs.get("op_kwargs", {})) & set(map_kwargs))
        if twice:
            raise TypeError(f"mapping already partial argument: {twice[0]}")
        return self._expand(DictOfListsExpandInput(map_kwargs), strict=False)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> XComArg:
        """A copy for each dict of arguments."""
        if isinstance(kwargs, Sequence) and not isinstance(kwargs, str):
            if not all(isinstance(item, (XComArg, Mapping)) for item in kwargs):
                raise TypeError(f"expected XComArg or list[dict], not {type(kwargs).__name__}")
        elif not isinstance(kwargs, XComArg):
            raise TypeError(f"expected XComArg or list[dict], not {type(kwargs).__name__}")
        check_mappable(f"{self.function.__name__}.expand_kwargs()", kwargs, "kwargs")
        return self._expand(ListOfDictsExpandInput(kwargs), strict=strict)

    def _check_arguments(self, method: str, kwargs: Mapping[str, Any]) -> None:
        parameters = inspect.signature(self.function).parameters
        if any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values()):
            return
        wrong = next((name for name in kwargs if name not in parameters), None)
        if wrong is not None:
            raise TypeError(f"{self.function.__name__}.{method}() got an unexpected keyword argument {wrong!r}")

    def _expand(self, expand_input: Any, *, strict: bool) -> XComArg:
        options = self._options()
        place = placement(options)
        task_id = get_unique_task_id(options.pop("task_id"), place["dag"], place["task_group"])
        for name in place:
            options.pop(name, None)
        known = self.operator_class.argument_names()
        defaults = {
            name: value for name, value in place["default_args"].items() if name in known and name not in options
        }
        source = OperatorPartial(
            self.operator_class,
            task_id,
            {**defaults, **options, "python_callable": self.function},
            set(options),
            place,
        )
        if self.is_teardown:
            source.kwargs.setdefault("trigger_rule", "all_done_setup_success")
        operator = DecoratedMappedOperator(source, expand_input, disallow_kwargs_override=strict)
        return self._finish(operator)


class DecoratedMappedOperator(MappedOperator):
    """A mapped function: what its copies differ in are arguments of the function."""

    def unmap(self, resolve: Any = None) -> Any:
        own = resolve[0] if isinstance(resolve, tuple) else resolve or {}
        if self.disallow_kwargs_override:
            twice = sorted(set(self.partial_kwargs.get("op_kwargs", {})) & set(own))
            if twice:
                raise TypeError(f"unmappable or already specified argument: {twice[0]}")
        disallow, self.disallow_kwargs_override = self.disallow_kwargs_override, False
        try:
            return super().unmap({"op_kwargs": dict(own)})
        finally:
            self.disallow_kwargs_override = disallow


def task_decorator_factory(
    python_callable: Callable[..., Any] | None = None,
    *,
    multiple_outputs: bool | None = None,
    decorated_operator_class: type[Any],
    **kwargs: Any,
) -> Any:
    """A decorator that makes functions tasks of an operator class; providers make theirs with it."""
    if python_callable is not None:
        return TaskDecorator(python_callable, decorated_operator_class, multiple_outputs, kwargs)

    def decorate(function: Callable[..., Any]) -> TaskDecorator:
        return TaskDecorator(function, decorated_operator_class, multiple_outputs, kwargs)

    return decorate


def only_keywords(args: Sequence[Any], name: str) -> None:
    """Refuses decorators with arguments that have no name."""
    if args:
        raise compat.wrong(f"no args allowed while using @{name}, use kwargs instead")


def _name(operator_class: type[Any]) -> str:
    return str(getattr(operator_class, "custom_operator_name", operator_class.__name__)).lstrip("@")
