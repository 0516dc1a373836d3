"""Listeners: functions that are called when something happens to a task or run, in the process in which it happens."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger("airflow.listeners")

_MARK = "airflow_impl"


def hookimpl(function: Any = None, **options: Any) -> Any:
    """Marks a function of a listener or of policies."""

    def mark(marked: Any) -> Any:
        setattr(marked, _MARK, options or True)
        return marked

    return mark if function is None else mark(function)


class ListenerManager:
    """The listeners of this process. Each is a module or an object that has marked functions."""

    def __init__(self) -> None:
        self._listeners: list[Any] = []

    @property
    def has_listeners(self) -> bool:
        """Whether there are any."""
        return bool(self._listeners)

    @property
    def hook(self) -> ListenerManager:
        """What the functions of all listeners are called by: `hook.on_task_instance_running(...)`."""
        return self

    def listens_to(self, name: str) -> bool:
        """Whether one has a function of that name."""
        return any(hasattr(getattr(listener, name, None), _MARK) for listener in self._listeners)

    def add_listener(self, listener: Any) -> None:
        """Adds one, once."""
        if not any(known is listener for known in self._listeners):
            self._listeners.append(listener)

    def clear(self) -> None:
        """Takes all away."""
        self._listeners.clear()

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith(("on_", "before_")):
            raise AttributeError(name)

        def call(**told: Any) -> None:
            for listener in reversed(self._listeners):
                function = getattr(listener, name, None)
                if function is not None and hasattr(function, _MARK):
                    _call(function, told)

        return call


RUN_HOOKS = {
    "on_dag_run_running": "on_dag_run_running",
    "on_success_callback": "on_dag_run_success",
    "on_failure_callback": "on_dag_run_failed",
}
"""What listeners are told of a run, by what the engine orders then: callbacks of the DAG, but for the first."""


def _call(function: Callable[..., Any], told: dict[str, Any]) -> None:
    """Calls a function with those values that it takes. What it raises is logged, and changes nothing."""
    try:
        taken = inspect.signature(function).parameters
        takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
        function(**{name: value for name, value in told.items() if takes_all or name in taken})
    except Exception:
        log.exception("error calling listener %s", getattr(function, "__qualname__", function))


_manager = ListenerManager()


def get_listener_manager() -> ListenerManager:
    """That of this process, with the listeners of plugins."""
    from updraft_airflow.plugins.loaded import plugins

    for plugin in plugins().found:
        for listener in plugin.listeners:
            _manager.add_listener(listener)
    return _manager
