"""The finder that makes `airflow.*` modules from the tables, and looks names up when they are used.

A module of the table is a package without files: `from airflow.operators.bash import X` then asks this finder for
`airflow.operators.bash.X` if there is no such name, which is how the error can say what is missing.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from updraft_airflow.names import table

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENT = "docs/python-dags.md"


class AliasFinder:
    """Finds the modules of the tables; all others are left to the ordinary finders.

    It is no `importlib.abc.MetaPathFinder` in name: importing that costs more than all of this package.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("airflow."):
            return None
        modules = table.modules()
        if fullname.startswith("airflow.macros."):
            return _of_plugin(fullname)
        own = PathFinder.find_spec(fullname, path, target) if table.is_foreign(fullname) else None
        if own is not None:
            if fullname in modules and modules[fullname].names and own.loader is not None:
                own.loader = cast(Any, OldNamesLoader(own.loader))
            return own
        if fullname in modules:
            loader: Any = AliasLoader()
            spec = ModuleSpec(fullname, loader, is_package=True)
            spec.submodule_search_locations = folders(fullname)
            return spec
        spec = PathFinder.find_spec(fullname, path, target)
        parent, _, name = fullname.rpartition(".")
        if spec is not None or fullname.startswith("airflow.providers."):
            return spec if spec is not None else missing_provider(parent, name)
        if parent in modules:
            raise ImportError(
                f"`{parent}` of Updraft does not offer `{name}`; what it offers is in {DOCUMENT}", name=fullname
            )
        raise ModuleNotFoundError(
            f"Updraft's `airflow` namespace has no `{fullname}`; what it offers is in {DOCUMENT}", name=fullname
        )


class OfferingModule(ModuleType):
    """A module of the tables. It goes on offering what it offers when a module below it is loaded that has the same name, as Airflow's do."""

    def __setattr__(self, name: str, value: object) -> None:
        is_below = isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}"
        if not (is_below and name in table.names(self.__name__)):
            super().__setattr__(name, value)


class AliasLoader:
    """Makes a module whose names are imported from where they live when they are first used."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return OfferingModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        path = module.__name__
        names = table.names(path)
        whole = table.modules()[path].whole
        if whole is not None:
            source = importlib.import_module(whole)
            public = [name for name in vars(source) if not name.startswith("_")]
            vars(module).update({name: getattr(source, name) for name in public})
            vars(module)["__all__"] = sorted({*public, *names})
        else:
            vars(module)["__all__"] = sorted(names)
        module.__doc__ = f"Names of `{path}`, provided by Updraft."
        module.__getattr__ = lambda name: lookup(path, name)  # type: ignore[method-assign]
        module.__dir__ = lambda: sorted({*vars(module), *names})  # type: ignore[method-assign]


class OldNamesLoader:
    """Loads a module of a provider, and has it offer names that the provider has removed from it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        path = module.__name__
        module.__getattr__ = lambda name: lookup(path, name)  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        # Whoever wants the source or resources of the module asks the loader that has them.
        return getattr(self._loader, name)


class ReadyLoader:
    """Hands over a module that a plugin has made."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """It is ready."""


def _of_plugin(fullname: str) -> ModuleSpec:
    """The module with the macros of a plugin; plugins are loaded for it."""
    from updraft_airflow.plugins.loaded import macros_modules

    module = macros_modules().get(fullname)
    if module is None:
        raise ImportError(f"no plugin has macros under `{fullname}`, nor does Airflow", name=fullname)
    loader: Any = ReadyLoader(module)
    return ModuleSpec(fullname, loader)


def lookup(path: str, name: str) -> object:
    """The object that a module of the table has under a name; it is kept in the module.

    Raises AttributeError if the module does not offer it.
    """
    home = table.names(path).get(name)
    whole = table.modules()[path].whole if path in table.modules() else None
    if home is None and whole is not None and not name.startswith("_"):
        home = (whole, name)
    if home is None:
        raise AttributeError(f"`{path}` of Updraft does not offer `{name}`; what it offers is in {DOCUMENT}")
    module, attribute = home
    if table.is_foreign(module):
        warnings.warn(f"`{path}.{name}` is no more: `{module}.{attribute}` takes its place in Updraft", stacklevel=3)
    source = importlib.import_module(module)
    value = getattr(source, attribute) if attribute else source
    if path in sys.modules and whole is None:
        setattr(sys.modules[path], name, value)
    return value


def folders(fullname: str) -> list[str]:
    """The folders in which providers may have further modules of a package of the table."""
    below = fullname.split(".")[1:]
    path: list[str] = list(getattr(sys.modules.get("airflow"), "__path__", []))
    found = [os.path.join(folder, *below) for folder in path]
    return [folder for folder in found if os.path.isdir(folder)]


def missing_provider(parent: str, name: str) -> None:
    """Says which package to install, if a name is missed in a provider that is not there."""
    if parent == "airflow.providers":
        raise ModuleNotFoundError(
            f"no provider `{name}` is installed; providers are packages named `apache-airflow-providers-{name}...`",
            name=f"{parent}.{name}",
        )
    if parent in table.modules() and parent in sys.modules:
        raise ImportError(
            f"`{parent}` of Updraft does not offer `{name}`; what it offers is in {DOCUMENT}", name=f"{parent}.{name}"
        )


def install() -> None:
    """Puts the finder in front of the others, once."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        finder: Any = AliasFinder()
        sys.meta_path.insert(0, finder)
