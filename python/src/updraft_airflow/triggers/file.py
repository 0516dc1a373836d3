"""Waiting for files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from glob import glob
from typing import Any

from updraft_airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent

_MODULE = "airflow.providers.standard.triggers.file"


class FileTrigger(BaseTrigger):
    """Waits until a file is there, or a folder that holds one."""

    def __init__(self, filepath: str, recursive: bool = False, poke_interval: float = 5.0, **_: Any) -> None:
        super().__init__()
        self.filepath, self.recursive, self.poke_interval = filepath, recursive, poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        told = {"filepath": self.filepath, "recursive": self.recursive, "poke_interval": self.poke_interval}
        return f"{_MODULE}.FileTrigger", told

    async def run(self) -> AsyncIterator[TriggerEvent]:
        import asyncio

        while True:
            for path in glob(self.filepath, recursive=self.recursive):
                if os.path.isfile(path):
                    changed = dt.datetime.fromtimestamp(os.path.getmtime(path), tz=dt.timezone.utc)
                    self.log.info("Found File %s last modified: %s", path, changed)
                    yield TriggerEvent(True)
                    return
                if any(files for _, _, files in os.walk(path)):
                    yield TriggerEvent(True)
                    return
            await asyncio.sleep(self.poke_interval)


class FileDeleteTrigger(BaseEventTrigger):
    """Waits until a file is there, and deletes it."""

    def __init__(self, filepath: str, poke_interval: float = 5.0, **_: Any) -> None:
        super().__init__()
        self.filepath, self.poke_interval = filepath, poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{_MODULE}.FileDeleteTrigger", {"filepath": self.filepath, "poke_interval": self.poke_interval}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        import asyncio

        while not os.path.isfile(self.filepath):
            await asyncio.sleep(self.poke_interval)
        os.remove(self.filepath)
        yield TriggerEvent(True)


class DirectoryFileDeleteTrigger(FileDeleteTrigger):
    """Waits until a folder has a file of that name, and deletes it."""

    def __init__(self, *, directory: str, filename: str, poke_interval: float = 5.0) -> None:
        super().__init__(os.path.join(directory, filename), poke_interval)
        self.directory, self.filename = directory, filename

    def serialize(self) -> tuple[str, dict[str, Any]]:
        told = {"directory": self.directory, "filename": self.filename, "poke_interval": self.poke_interval}
        return f"{_MODULE}.DirectoryFileDeleteTrigger", told
