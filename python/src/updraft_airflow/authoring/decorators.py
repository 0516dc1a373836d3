"""`@dag`, `@task_group`, `@task` with its variants, `@setup` and `@teardown`."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from updraft_airflow import compat
from updraft_airflow.authoring.dag import DAG
from updraft_airflow.authoring.decorator import TaskDecorator
from updraft_airflow.authoring.expand import (
    DictOfListsExpandInput,
    ExpandInput,
    ListOfDictsExpandInput,
    MappedArgument,
    check_mappable,
)
from updraft_airflow.authoring.taskgroup import MappedTaskGroup, TaskGroup

_OURS = {
    "python": "updraft_airflow.operators.decorated:python_task",
    "branch": "updraft_airflow.operators.decorated:branch_task",
    "short_circuit": "updraft_airflow.operators.decorated:short_circuit_task",
    "virtualenv": "updraft_airflow.operators.decorated_other:virtualenv_task",
    "external_python": "updraft_airflow.operators.decorated_other:external_python_task",
    "branch_virtualenv": "updraft_airflow.operators.decorated_other:branch_virtualenv_task",
    "branch_external_python": "updraft_airflow.operators.decorated_other:branch_external_python_task",
    "bash": "updraft_airflow.operators.decorated_bash:bash_task",
    "sensor": "updraft_airflow.operators.decorated_sensor:sensor_task",
    "skip_if": "updraft_airflow.operators.conditions:skip_if",
    "run_if": "updraft_airflow.operators.conditions:run_if",
}

_NEEDS = {
    "docker": "docker",
    "kubernetes": "cncf-kubernetes",
    "kubernetes_cmd": "cncf-kubernetes",
    "pyspark": "apache-spark",
    "sql": "common-sql",
    "snowpark": "snowflake",
}
"""Which provider has a decorator, for those that miss it."""


class TaskDecorators:
    """`@task` itself, and its variants as attributes."""

    def __call__(self, python_callable: Any = None, multiple_outputs: bool | None = None, **kwargs: Any) -> Any:
        return self.python(python_callable, multiple_outputs=multiple_outputs, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = _OURS.get(name) or _of_providers().get(name)
        if path is None:
            missing = (
                f"install `apache-airflow-providers-{_NEEDS[name]}`"
                if name in _NEEDS
                else "known are " + ", ".join(sorted({*_OURS, *_of_providers()}))
            )
            raise AttributeError(f"there is no `@task.{name}`: {missing}")
        module, _, attribute = path.rpartition("." if ":" not in path else ":")
        found = getattr(importlib.import_module(module), attribute)
        setattr(self, name, found)
        return found


def _of_providers() -> dict[str, str]:
    """The decorators of installed providers by name."""
    from updraft_airflow.connections.providers import ProvidersManager

    told = (one for provider in ProvidersManager().providers.values() for one in provider.get("task-decorators", ()))
    return {one["name"]: one["class-name"] for one in told}


task = TaskDecorators()


def dag(dag_id: Any = None, *args: Any, **kwargs: Any) -> Any:
    """A function that makes a DAG when it is called. Its parameters are parameters of the runs."""
    if callable(dag_id):
        return dag()(dag_id)

    def decorate(function: Callable[..., Any]) -> Callable[..., DAG]:
        @functools.wraps(function)
        def make(*values: Any, **named: Any) -> DAG:
            bound = inspect.signature(function).bind(*values, **named)
            bound.apply_defaults()
            options = dict(kwargs)
            if function.__doc__ and not options.get("doc_md"):
                options["doc_md"] = inspect.cleandoc(function.__doc__)
            made = DAG(dag_id or function.__name__, *args, **options)
            made.fileloc = inspect.unwrap(function).__code__.co_filename
            with made:
                function(**{name: made.param(name, value) for name, value in bound.arguments.items()})
            return made

        return make

    return decorate


dag_decorator = dag


class TaskGroupDecorator:
    """A function that makes a group each time it is called."""

    def __init__(
        self, function: Callable[..., Any], options: dict[str, Any], given: dict[str, Any] | None = None
    ) -> None:
        self.function, self.options, self.given = function, dict(options), given or {}
        self.options.setdefault("group_id", function.__name__)
        if function.__doc__ and not self.options.get("tooltip"):
            self.options["tooltip"] = inspect.cleandoc(function.__doc__)
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._fill(self._make(TaskGroup), args, {**self.given, **kwargs})

    def _make(self, group_class: type[TaskGroup], **more: Any) -> TaskGroup:
        options = {"add_suffix_on_collision": True, **self.options, **more}
        return group_class(**options)

    def _fill(self, group: TaskGroup, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with group:
            returned = self.function(*args, **kwargs)
        return group if returned is None else returned

    def override(self, **kwargs: Any) -> TaskGroupDecorator:
        """The same with other arguments of the group."""
        return TaskGroupDecorator(self.function, {**self.options, **kwargs}, self.given)

    def partial(self, **kwargs: Any) -> TaskGroupDecorator:
        """The same with some arguments of the function."""
        self._check("partial", kwargs)
        return TaskGroupDecorator(self.function, self.options, {**self.given, **kwargs})

    def expand(self, **kwargs: Any) -> Any:
        """A group whose tasks have a copy for each combination of the items."""
        if not kwargs:
            raise TypeError("no arguments to expand against")
        self._check("expand", kwargs)
        for name, value in kwargs.items():
            check_mappable(f"{self.function.__name__}.expand()", value, name)
        expand_input = DictOfListsExpandInput(kwargs)
        return self._mapped(expand_input, {name: MappedArgument(expand_input, name) for name in kwargs})

    def expand_kwargs(self, kwargs: Any) -> Any:
        """A group whose tasks have a copy for each dict of arguments."""
        check_mappable(f"{self.function.__name__}.expand_kwargs()", kwargs, "kwargs")
        expand_input = ListOfDictsExpandInput(kwargs)
        names = [name for name in inspect.signature(self.function).parameters if name not in self.given]
        return self._mapped(expand_input, {name: MappedArgument(expand_input, name) for name in names})

    def _mapped(self, expand_input: ExpandInput, arguments: dict[str, Any]) -> Any:
        group = MappedTaskGroup(expand_input=expand_input, **{"add_suffix_on_collision": True, **self.options})
        self._fill(group, (), {**self.given, **arguments})
        return group

    def _check(self, method: str, kwargs: dict[str, Any]) -> None:
        parameters = inspect.signature(self.function).parameters
        wrong = next((name for name in kwargs if name not in parameters), None)
        if wrong is not None:
            raise TypeError(f"{self.function.__name__}.{method}() got an unexpected keyword argument {wrong!r}")


def task_group(group_id: Any = None, **kwargs: Any) -> Any:
    """A function that makes a group each time it is called."""
    if callable(group_id):
        return TaskGroupDecorator(group_id, kwargs)

    def decorate(function: Callable[..., Any]) -> TaskGroupDecorator:
        return TaskGroupDecorator(function, {**({"group_id": group_id} if group_id else {}), **kwargs})

    return decorate


def _as_task(function: Any) -> TaskDecorator:
    if isinstance(function, TaskGroupDecorator):
        raise compat.wrong("Task groups cannot be marked as setup or teardown.", TypeError)
    return function if isinstance(function, TaskDecorator) else task(function)


def setup(function: Any = None) -> Any:
    """A function as a setup: it prepares something that a teardown takes away."""
    if function is None:
        return setup
    made = _as_task(function)
    made.is_setup = True
    return made


def teardown(function: Any = None, *, on_failure_fail_dagrun: bool = False) -> Any:
    """A function as a teardown: it takes away what setups have prepared."""
    if function is None:
        return functools.partial(teardown, on_failure_fail_dagrun=on_failure_fail_dagrun)
    made = _as_task(function)
    made.is_teardown = True
    made.on_failure_fail_dagrun = on_failure_fail_dagrun
    return made
