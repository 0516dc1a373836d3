"""Finds the DAG files below a folder, as Airflow does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from updraft_airflow.configuration import conf
from updraft_airflow.files import ignore, source


class Discovery(NamedTuple):
    """How files are looked for."""

    syntax: str
    safe_mode: bool

    @classmethod
    def configured(cls) -> Discovery:
        """As `[core] dag_ignore_file_syntax` and `dag_discovery_safe_mode` say."""
        syntax = conf.get("core", "dag_ignore_file_syntax", fallback="regexp")
        return cls(syntax, conf.getboolean("core", "dag_discovery_safe_mode", fallback="True"))


def walk(folder: str, root: str, how: Discovery) -> Iterator[str]:
    """The DAG files in a folder that is or lies in the DAGs folder `root`, those in archives included; sorted."""
    rules = _above(folder, root, how.syntax)
    if not any(ignore.is_ignored(path, rules, is_folder=True) for path in _ancestors(folder, root)):
        yield from _walk(folder, root, rules, how, {os.path.realpath(folder)})


def _walk(folder: str, root: str, rules: list[ignore.Rule], how: Discovery, seen: set[str]) -> Iterator[str]:
    rules = [*rules, *ignore.read(folder, root, how.syntax)]
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            real = os.path.realpath(entry.path)
            # A link may lead back to where it stands.
            passed_over = entry.name == "__pycache__" or real in seen
            if not passed_over and not ignore.is_ignored(entry.path, rules, is_folder=True):
                yield from _walk(entry.path, root, rules, how, {*seen, real})
        elif entry.is_file() and not ignore.is_ignored(entry.path, rules, is_folder=False):
            yield from _counting(entry.path, how)


def _counting(path: str, how: Discovery) -> Iterator[str]:
    """The file, if it may hold a DAG; of an archive, those in it."""
    if not path.endswith(".py") and not source.is_archive(path):
        return
    for file in source.files_of(path):
        if not how.safe_mode or _may_hold_dags(file):
            yield file


def _may_hold_dags(file: str) -> bool:
    """Safe mode; a file that cannot be read counts, so that it is told of."""
    try:
        return source.mentions_dags(source.read(file))
    except OSError:
        return True


def _ancestors(folder: str, root: str) -> list[str]:
    """The folders from below the root down to a folder, which is the last one."""
    below = os.path.relpath(folder, root)
    parts = [] if below == os.curdir else below.split(os.sep)
    return [os.path.join(root, *parts[: end + 1]) for end in range(len(parts))]


def _above(folder: str, root: str, syntax: str) -> list[ignore.Rule]:
    """The rules of the folders above one."""
    parents = [root, *_ancestors(folder, root)][:-1]
    return [rule for parent in parents for rule in ignore.read(parent, root, syntax)]
