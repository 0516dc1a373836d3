"""What hooks say about the data that they read and write. Nobody asks for it yet, so it is taken and not kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

LineageContext = Any
"""Who says it: a hook or a path."""


@dataclass
class AssetLineageInfo:
    """An asset that was read or written, how often, and by whom."""

    asset: Any
    count: int
    context: LineageContext


@dataclass
class ExtraLineageInfo:
    """Something else that was said, how often, and by whom."""

    key: str
    value: Any
    count: int
    context: LineageContext


@dataclass
class HookLineage:
    """All that was said."""

    inputs: list[AssetLineageInfo] = field(default_factory=list)
    outputs: list[AssetLineageInfo] = field(default_factory=list)
    extra: list[ExtraLineageInfo] = field(default_factory=list)


class HookLineageCollector:
    """Takes what hooks say.

    It has all members of Airflow's, `_extra` too: providers add what an older Airflow lacks, and must find nothing to add.
    """

    def __init__(self, **_: Any) -> None:
        self._extra: dict[str, Any] = {}

    @property
    def has_collected(self) -> bool:
        """Whether anything was kept."""
        return False

    @property
    def collected_assets(self) -> HookLineage:
        """What was kept: nothing."""
        return HookLineage()

    def create_asset(self, **_: Any) -> None:
        """Would make an asset of an address."""

    def add_input_asset(self, *_: Any, **__: Any) -> None:
        """A hook has read something."""

    def add_output_asset(self, *_: Any, **__: Any) -> None:
        """A hook has written something."""

    def add_extra(self, *_: Any, **__: Any) -> None:
        """A hook says something else."""


class HookLineageReader:
    """Would be told of that."""


@cache
def get_hook_lineage_collector() -> HookLineageCollector:
    """The collector of this process."""
    return HookLineageCollector()
