"""Loads plugins, once per process and when something first wants them. One that fails is left out and told of; the others are not disturbed."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import logging
import os
import sys
import traceback
import types
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from updraft_airflow import entry_points, search_path
from updraft_airflow.configuration import conf
from updraft_airflow.files.walk import Discovery, walk
from updraft_airflow.plugins.plugin import AirflowPlugin

log = logging.getLogger("airflow.plugins_manager")


class Plugins(NamedTuple):
    """The plugins, and why others are none: by file or entry point, the error with its traceback."""

    found: list[Any]
    errors: dict[str, str]
    macros: dict[str, types.ModuleType]

    def parts(self, name: str) -> list[Any]:
        """What all plugins have of a part, `timetables` for example."""
        return [part for plugin in self.found for part in getattr(plugin, name, None) or ()]


_loaded: dict[str, Plugins] = {}


def plugins() -> Plugins:
    """Those of the plugins folder and of installed packages."""
    folder = conf.get("core", "plugins_folder")
    if folder not in _loaded:
        # Whoever asks while plugins are loaded, a plugin for example, sees those that there are so far.
        _loaded[folder] = made = Plugins([], {}, {})
        search_path.add(folder)
        for source, classes in (*_in_folder(folder, made.errors), *_in_packages(made.errors)):
            for kind in classes:
                _register(made, kind, source)
        _integrate_macros(made)
    return _loaded[folder]


@contextlib.contextmanager
def none() -> Iterator[None]:
    """As if there were none, where they have not been loaded yet."""
    folder = conf.get("core", "plugins_folder")
    if folder in _loaded:
        yield
        return
    _loaded[folder] = Plugins([], {}, {})
    try:
        yield
    finally:
        del _loaded[folder]


def macros_modules() -> dict[str, types.ModuleType]:
    """The modules with the macros of plugins, by their path."""
    return plugins().macros


def _register(made: Plugins, kind: Any, source: str) -> None:
    with _told(made.errors, source):
        if any(plugin.name == kind.name for plugin in made.found):
            return
        kind.validate()
        plugin: Any = kind() if inspect.isclass(kind) else kind
        plugin.source = source
        plugin.on_load()
        made.found.append(plugin)


def _in_folder(folder: str, errors: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    if not os.path.isdir(folder):
        return
    how = Discovery.configured()._replace(safe_mode=False)
    for file in walk(folder, folder, how):
        if not file.endswith(".py") or not os.path.isfile(file):
            continue
        with _told(errors, file):
            module = _module(folder, file)
            yield file, [value for value in list(vars(module).values()) if _is_plugin(value, module.__name__)]


def _module(folder: str, file: str) -> types.ModuleType:
    """The file as the module that a DAG file would import, so that both have the same classes; if that name is taken, as another one."""
    parts = os.path.splitext(os.path.relpath(file, folder))[0].split(os.sep)
    parts = parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts
    if all(part.isidentifier() for part in parts):
        name = ".".join(parts)
        spec = None
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None and os.path.realpath(spec.origin) == os.path.realpath(file):
            return importlib.import_module(name)
    name = "airflow_plugin_" + "_".join(parts)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"`{file}` cannot be loaded")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _in_packages(errors: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    from updraft_airflow.connections.providers import ProvidersManager
    from updraft_airflow.helpers import import_string

    for entry in entry_points.offered(entry_points.PLUGINS):
        with _told(errors, f"entry point {entry.name}"):
            yield f"entry point {entry.name}", [entry.load()]
    for package, provider in ProvidersManager().providers.items():
        for named in provider.get("plugins", []):
            with _told(errors, package):
                yield package, [import_string(named["plugin-class"])]


def _is_plugin(value: Any, module: str) -> bool:
    """Whether it is a class of plugins, and not one that another file has."""
    return inspect.isclass(value) and issubclass(value, AirflowPlugin) and value.__module__ == module


@contextlib.contextmanager
def _told(errors: dict[str, str], source: str) -> Iterator[None]:
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if isinstance(error, SystemExit):
            error = ImportError(f"the plugin ends the process when it is loaded: sys.exit({error.code!r})")
        errors[source] = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        log.error("Failed to import plugin %s", source)
        log.debug("%s", errors[source])


def _integrate_macros(made: Plugins) -> None:
    """`macros.NAME.function` of templates, and the module `airflow.macros.NAME`."""
    from updraft_airflow.runtime import macros

    for plugin in made.found:
        if plugin.macros:
            module = make_module(f"airflow.macros.{plugin.name}", plugin.macros)
            made.macros[module.__name__] = module
            setattr(macros, plugin.name, module)


def make_module(name: str, objects: Iterable[Any]) -> types.ModuleType:
    """A module that has objects under their own names."""
    module = types.ModuleType(name)
    vars(module).update({one.__name__: one for one in objects})
    return module
