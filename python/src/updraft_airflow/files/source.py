"""What stands in a DAG file. A zip archive holds several; each is named like a file in a folder, `dags.zip/etl.py`."""

from __future__ import annotations

import os
import zipfile


def read(path: str) -> bytes:
    """The bytes of a file, or of one in an archive."""
    archive, member = split(path)
    if member is None:
        with open(path, "rb") as file:
            return file.read()
    with zipfile.ZipFile(archive) as opened:
        return opened.read(member)


def split(path: str) -> tuple[str, str | None]:
    """The archive and the name in it; just the path if it lies in none."""
    folder, name = os.path.split(path)
    return (folder, name) if os.path.isfile(folder) and is_archive(folder) else (path, None)


def is_archive(path: str) -> bool:
    """Whether it is a zip archive."""
    return zipfile.is_zipfile(path)


def files_of(path: str) -> list[str]:
    """The Python files that a path stands for: itself, or those at the root of an archive."""
    if path.endswith(".py") or not is_archive(path):
        return [path]
    with zipfile.ZipFile(path) as archive:
        return [os.path.join(path, name) for name in archive.namelist() if name.endswith(".py") and "/" not in name]


def mentions_dags(source: bytes) -> bool:
    """Airflow's safe mode: whether it may hold a DAG, which must have the words `dag` and `airflow` in it, in any case."""
    lower = source.lower()
    return b"dag" in lower and b"airflow" in lower
