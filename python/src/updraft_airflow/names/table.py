"""Reads the tables: which `airflow.*` modules there are, and where each of their names lives."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from updraft_airflow.names.homes import HOMES
from updraft_airflow.names.modules import MODULES

PACKAGE = "updraft_airflow"


class Module(NamedTuple):
    """A module of the `airflow` namespace."""

    names: str
    whole: str | None


@cache
def modules() -> dict[str, Module]:
    """All modules by their path, packages that only hold others included."""
    found: dict[str, Module] = {}
    for paths, names in MODULES.items():
        whole = next((word[1:] for word in names.split() if word.startswith("@")), None)
        listed = " ".join(word for word in names.split() if not word.startswith("@"))
        for path in _paths(paths):
            found[path] = Module(listed, f"{PACKAGE}.{whole}" if whole else None)
    for path in list(found):
        parts = path.split(".")
        # A provider may have removed the whole folder of a removed module; what is above that folder must be there.
        for end in range(len(parts) - 1 if is_foreign(path) else 2, len(parts)):
            found.setdefault(".".join(parts[:end]), Module("", None))
    return found


def is_foreign(path: str) -> bool:
    """Whether a module belongs to a provider other than the standard one, which is ours."""
    return path.startswith("airflow.providers.") and not path.startswith("airflow.providers.standard")


def _paths(paths: str) -> list[str]:
    """The paths of an entry: a first one, and others that stand beside it in the same package or are written out."""
    words = paths.split()
    return [f"airflow.{word}" if word != "airflow" else word for word in words]


@cache
def _homes() -> dict[str, tuple[str, str]]:
    return {name: (f"{PACKAGE}.{module}", name) for module, names in HOMES.items() for name in names.split()}


@cache
def names(path: str) -> dict[str, tuple[str, str]]:
    """What a module offers: by name, the module of ours and the name there; an empty name is that module itself."""
    found: dict[str, tuple[str, str]] = {}
    for word in modules()[path].names.split():
        name, _, source = word.partition("=")
        source = source or name
        if ":" in source:
            module, _, attribute = source.partition(":")
            found[name] = (module if is_foreign(module) else f"{PACKAGE}.{module}", attribute)
        else:
            found[name] = _homes()[source]
    return found
