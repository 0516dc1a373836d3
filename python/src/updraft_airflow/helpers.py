"""Small functions that DAG files and providers import from `airflow.utils`."""

from __future__ import annotations

import importlib
import re
import string
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from updraft_airflow import compat

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

T = TypeVar("T")

KEY_LENGTH_MAX = 250
_KEY = re.compile(r"[\w.-]+")
_CAMEL = re.compile(r"(.)([A-Z][a-z]+)|([a-z0-9])([A-Z])")


def import_string(dotted_path: str) -> Any:
    """The object of that dotted path."""
    module, _, name = dotted_path.rpartition(".")
    if not module:
        raise ImportError(f"`{dotted_path}` is no path to an object in a module")
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError:
        raise ImportError(f"module `{module}` has no `{name}`") from None


def qualname(value: Any) -> str:
    """The dotted path of a class, function or of the class of an object."""
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def validate_key(k: str, max_length: int = KEY_LENGTH_MAX) -> None:
    """Refuses what cannot be the id of a DAG or task."""
    if not isinstance(k, str):
        raise TypeError(f"the key has to be a string and is {type(k)}: {k!r}")
    if len(k) > max_length:
        raise compat.wrong(f"the key has to be less than {max_length} characters, not {len(k)}", ValueError)
    if not _KEY.fullmatch(k):
        raise compat.wrong(
            f"the key {k!r} has to be made of alphanumeric characters, dashes, dots, and underscores exclusively",
            ValueError,
        )


def validate_group_key(k: str, max_length: int = 200) -> None:
    """Refuses what cannot be the id of a task group."""
    validate_key(k, max_length)
    if "." in k:
        raise compat.wrong(f"the key {k!r} has to be made without dots", ValueError)


def iter_namespace(ns: Any) -> Iterator[Any]:
    """The modules in a package."""
    import pkgutil

    return pkgutil.iter_modules(ns.__path__, f"{ns.__name__}.")


def chunks(items: list[T], chunk_size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
    if chunk_size <= 0:
        raise ValueError("chunk size must be a positive integer")
    for start in range(0, len(items), chunk_size):
        yield items[start : start + chunk_size]


def as_flattened_list(iterable: Iterable[Iterable[T]]) -> list[T]:
    """The items of the items."""
    return [item for inner in iterable for item in inner]


def merge_dicts(dict1: dict[Any, Any], dict2: dict[Any, Any]) -> dict[Any, Any]:
    """Both, the second one first; dicts in them are merged too. Neither is changed."""
    merged = dict(dict1)
    for key, value in dict2.items():
        both = key in merged and isinstance(merged[key], dict) and isinstance(value, dict)
        merged[key] = merge_dicts(merged[key], value) if both else value
    return merged


def prune_dict(val: Any, mode: str = "strict") -> Any:
    """The same without entries that are `None`; in mode `truthy` without all that are false."""
    if mode not in ("strict", "truthy"):
        raise ValueError("mode must be one of `strict` or `truthy`")

    def goes(value: Any) -> bool:
        return value is None if mode == "strict" else not bool(value)

    if isinstance(val, dict):
        pruned = {
            key: prune_dict(value, mode) if isinstance(value, (dict, list)) else value for key, value in val.items()
        }
        return {key: value for key, value in pruned.items() if not (goes(value) or value in ({}, []))}
    if isinstance(val, list):
        items = [prune_dict(value, mode) if isinstance(value, (dict, list)) else value for value in val]
        return [value for value in items if not (goes(value) or value in ({}, []))]
    return val


def prevent_duplicates(kwargs1: dict[str, Any], kwargs2: Mapping[str, Any], *, fail_reason: str) -> None:
    """Refuses arguments that are given twice."""
    twice = sorted(set(kwargs1) & set(kwargs2))
    if len(twice) == 1:
        raise TypeError(f"{fail_reason} argument: {twice[0]}")
    if twice:
        raise TypeError(f"{fail_reason} arguments: {', '.join(twice)}")


def exactly_one(*args: Any) -> bool:
    """Whether just one of them is true."""
    if any(isinstance(arg, (list, tuple, set, dict)) and len(args) == 1 for arg in args):
        raise ValueError("pass the values one by one, not as a collection")
    return sum(map(bool, args)) == 1


def at_most_one(*args: Any) -> bool:
    """Whether no more than one of them is there."""
    from updraft_airflow.unset import is_arg_set

    return sum(is_arg_set(arg) and bool(arg) for arg in args) <= 1


def is_container(obj: Any) -> bool:
    """Whether it holds things; text does not."""
    return hasattr(obj, "__iter__") and not isinstance(obj, str)


def is_empty(x: Any) -> bool:
    """Whether nothing is left of it."""
    return not x


def convert_camel_to_snake(camel_str: str) -> str:
    """`CamelCase` as `camel_case`."""
    return _CAMEL.sub(r"\1\3_\2\4", camel_str).lower()


def partition(pred: Callable[[T], bool], iterable: Iterable[T]) -> tuple[Iterable[T], Iterable[T]]:
    """Those of which it is false, and those of which it is true."""
    items = list(iterable)
    return iter([item for item in items if not pred(item)]), iter([item for item in items if pred(item)])


def render_template_to_string(template: Any, context: Any) -> str:
    """What the template becomes, as text."""
    return template.render(**context)


def parse_template_string(template_string: str | None) -> tuple[str | None, Any]:
    """A template with `{{` as Jinja's, any other as text to be formatted."""
    if template_string and "{{" in template_string:
        import jinja2

        return None, jinja2.Template(template_string)
    return template_string, None


def ask_yesno(question: str, *_: Any, **__: Any) -> bool:
    """Asks at the terminal."""
    return input(question).strip().lower() in ("y", "yes")


def get_random_string(length: int = 8, choices: str = string.ascii_letters + string.digits) -> str:
    """Random letters and digits."""
    import random

    return "".join(random.choices(choices, k=length))


def to_boolean(astring: str | None) -> bool:
    """Whether the text says yes."""
    return astring is not None and astring.lower() in ("true", "t", "yes", "y", "1")


def md5(data: bytes = b"", **kwargs: Any) -> Any:
    """An MD5 that serves as a fingerprint and not as a protection."""
    import hashlib

    return hashlib.md5(data, usedforsecurity=False, **kwargs)


def getuser() -> str:
    """Who runs this process."""
    import getpass

    return getpass.getuser()


@contextmanager
def patch_environ(new_env_variables: dict[str, str]) -> Generator[None, None, None]:
    """Has more environment variables, for a while."""
    import os

    before = {name: os.environ.get(name) for name in new_env_variables}
    os.environ.update(new_env_variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def deprecated(*_: Any, **__: Any) -> Callable[[T], T]:
    """Marks nothing: what is deprecated still works here."""
    return lambda wrapped: wrapped


def apply_defaults(function: T) -> T:
    """A decorator of 1.10 that does nothing any more."""
    return function


def add_deprecated_classes(module_imports: Mapping[str, Mapping[str, str]], package: str) -> None:
    """Makes modules whose names live elsewhere now; providers use it for their own renames."""
    from types import ModuleType

    for module, names in module_imports.items():
        full = package if module == "__init__" else f"{package}.{module}"
        made = sys.modules.get(full) or ModuleType(full)

        def get(name: str, names: Mapping[str, str] = names, full: str = full) -> Any:
            target = names.get(name) or names.get("*")
            if target is None:
                raise AttributeError(f"module `{full}` has no attribute `{name}`")
            return import_string(target if target.count(".") and not target.endswith("*") else f"{target[:-1]}{name}")

        made.__getattr__ = get  # type: ignore[method-assign]
        sys.modules[full] = made


def determine_kwargs(func: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of the named values that the function takes; all of them if it takes `**kwargs`."""
    import inspect

    positional = list(args)
    try:
        parameters = inspect.signature(func).parameters.values()
    except ValueError:
        return {}
    kinds = inspect.Parameter
    if any(parameter.kind == kinds.VAR_KEYWORD for parameter in parameters):
        taken = [parameter.name for parameter in parameters][: len(positional)]
        return {name: value for name, value in kwargs.items() if name not in taken}
    by_place = [p.name for p in parameters if p.kind == kinds.POSITIONAL_OR_KEYWORD]
    by_name = [p.name for p in parameters if p.kind == kinds.KEYWORD_ONLY]
    return {name: kwargs[name] for name in (*by_place[len(positional) :], *by_name) if name in kwargs}


class KeywordParameters:
    """The named values that a function takes."""

    def __init__(self, func: Callable[..., Any], kwargs: Mapping[str, Any]) -> None:
        self._func, self._kwargs = func, kwargs

    @classmethod
    def determine(cls, func: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any]) -> KeywordParameters:
        """Those that the function takes."""
        return cls(func, determine_kwargs(func, args, kwargs))

    def unpacking(self) -> Mapping[str, Any]:
        """For `**`."""
        return self._kwargs


def make_kwargs_callable(func: Callable[..., T]) -> Callable[..., T]:
    """The same function, for more named values than it takes."""
    import functools

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> T:
        return func(*args, **determine_kwargs(func, args, kwargs))

    return call


def is_async_callable(func: Any) -> bool:
    """Whether calling it makes a coroutine."""
    import functools
    import inspect

    while isinstance(func, functools.partial):
        func = func.func
    return inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(type(func).__call__)
