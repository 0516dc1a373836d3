"""`airflow.plugins_manager`: what code asks about plugins, under Airflow's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from updraft_airflow.exceptions import AirflowException
from updraft_airflow.helpers import qualname
from updraft_airflow.plugins import loaded
from updraft_airflow.plugins.loaded import make_module
from updraft_airflow.plugins.plugin import NOT_SERVED, USED, AirflowPlugin

__all__ = ["AirflowPlugin", "AirflowPluginException", "ensure_plugins_loaded", "get_plugin_info", "make_module"]


class AirflowPluginException(AirflowException):
    """A plugin cannot be loaded."""


def ensure_plugins_loaded() -> None:
    """Loads them, if that was not done."""
    loaded.plugins()


integrate_macros_plugins = ensure_plugins_loaded
initialize_timetables_plugins = ensure_plugins_loaded
initialize_extra_operators_links_plugins = ensure_plugins_loaded
initialize_priority_weight_strategy_plugins = ensure_plugins_loaded


def integrate_listener_plugins(listener_manager: Any) -> None:
    """Adds the listeners of plugins to those of a manager."""
    for listener in loaded.plugins().parts("listeners"):
        listener_manager.add_listener(listener)


def is_valid_plugin(plugin_obj: Any) -> bool:
    """Whether it is a class of plugins that can be loaded."""
    if not (isinstance(plugin_obj, type) and issubclass(plugin_obj, AirflowPlugin) and plugin_obj is not AirflowPlugin):
        return False
    plugin_obj.validate()
    return True


def get_plugin_info(attrs_to_dump: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """For each plugin its name, its source and its parts, as texts."""
    parts = list(attrs_to_dump) if attrs_to_dump is not None else [*USED, *NOT_SERVED]
    return [
        {"name": plugin.name, "source": plugin.source, **{part: words(plugin, part) for part in parts if part not in ("name", "source")}}
        for plugin in loaded.plugins().found
    ]  # fmt: skip


def words(plugin: Any, part: str) -> list[Any]:
    """A part of a plugin as texts: paths of classes and functions, names of modules."""
    return [
        _entry(one)
        if isinstance(one, dict)
        else getattr(one, "__name__", str(one))
        if _is_module(one)
        else qualname(one)
        for one in getattr(plugin, part, None) or ()
    ]


def _entry(told: dict[str, Any]) -> dict[str, Any]:
    """An entry of a menu, a page or an app; objects in it are named by their class."""
    plain = (str, int, float, bool, list, dict, type(None))
    return {
        str(name): value if isinstance(value, plain) else qualname(value if isinstance(value, type) else type(value))
        for name, value in told.items()
    }


def _is_module(value: Any) -> bool:
    return type(value).__name__ == "module"


def registered_strategies() -> dict[str, Any]:
    """The strategies for the weights of tasks that plugins have, by the path of their class."""
    return {qualname(kind): kind for kind in loaded.plugins().parts("priority_weight_strategies")}


def __getattr__(name: str) -> Any:
    if name in _FOUND:
        return _FOUND[name](loaded.plugins())
    raise AttributeError(name)


_FOUND: dict[str, Any] = {
    "plugins": lambda known: known.found,
    "import_errors": lambda known: known.errors,
    "loaded_plugins": lambda known: {plugin.name for plugin in known.found},
    "registered_hooks": lambda known: known.parts("hooks"),
    "macros_modules": lambda known: list(known.macros.values()),
    "global_operator_extra_links": lambda known: known.parts("global_operator_extra_links"),
    "operator_extra_links": lambda known: known.parts("operator_extra_links"),
    "registered_operator_link_classes": lambda known: {
        qualname(type(link)): type(link) for link in known.parts("operator_extra_links")
    },
    "timetable_classes": lambda known: {qualname(kind): kind for kind in known.parts("timetables")},
    "priority_weight_strategy_classes": lambda _: registered_strategies(),
}
