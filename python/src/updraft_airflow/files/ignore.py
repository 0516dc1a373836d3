"""`.airflowignore`: which files of a DAGs folder are passed over.

Airflow 2 reads its lines as regular expressions on paths below the DAGs folder, Airflow 3 as globs like those of `.gitignore`;
`[core] dag_ignore_file_syntax` says which.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

NAME = ".airflowignore"


class Rule(Protocol):
    """One line."""

    @property
    def excludes(self) -> bool:
        """Whether what it matches is passed over; a glob with `!` takes such things back in."""
        ...

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path is meant."""
        ...


class Expression(NamedTuple):
    """A regular expression, found anywhere in the path below the DAGs folder."""

    pattern: re.Pattern[str]
    root: str
    excludes: bool = True

    def matches(self, path: str, *, is_folder: bool) -> bool:
        return self.pattern.search(os.path.relpath(path, self.root)) is not None


class Glob(NamedTuple):
    """A glob, relative to the folder of its file."""

    pattern: re.Pattern[str]
    folder: str
    excludes: bool
    folders_alone: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        if self.folders_alone and not is_folder:
            return False
        return self.pattern.fullmatch(os.path.relpath(path, self.folder)) is not None


def read(folder: str, root: str, syntax: str) -> list[Rule]:
    """The rules that the file in a folder adds to those of the folders above; lines that are no patterns are passed over."""
    try:
        with open(os.path.join(folder, NAME), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    if syntax == "glob":
        found: list[Rule] = []
        for line in lines:
            rule = _glob(line, folder)
            if rule is not None:
                found.append(rule)
        return found
    return list(_expressions(lines, root))


def is_ignored(path: str, rules: Iterable[Rule], *, is_folder: bool) -> bool:
    """Whether a path is passed over: the last rule that matches decides."""
    ignored = False
    for rule in rules:
        if rule.excludes != ignored and rule.matches(path, is_folder=is_folder):
            ignored = rule.excludes
    return ignored


def _expressions(lines: list[str], root: str) -> Iterable[Rule]:
    for line in lines:
        text = re.sub(r"\s*#.*", "", line)
        if text:
            try:
                yield Expression(re.compile(text), root)
            except re.error:
                continue


def _glob(line: str, folder: str) -> Rule | None:
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    excludes = not text.startswith("!")
    text = text[0 if excludes else 1 :].removeprefix("\\")
    folders_alone = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    try:
        pattern = re.compile(("" if anchored else "(?:.*/)?") + translate(text.removeprefix("/")))
    except re.error:
        return None
    return Glob(pattern, folder, excludes, folders_alone) if text else None


def translate(glob: str) -> str:
    """A glob as a regular expression: `*` and `?` stay within a folder, `**` does not."""
    out, at = "", 0
    while at < len(glob):
        rest = glob[at:]
        if rest.startswith("**/"):
            out, at = out + "(?:.*/)?", at + 3
        elif rest.startswith("**"):
            out, at = out + ".*", at + 2
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inside = rest[1:end].replace("\\", "\\\\")
            out, at = out + "[" + ("^" + inside[1:] if inside[0] in "!^" else inside) + "]", at + end + 1
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0]))
            at += 1
    return out
