"""YAML, under the names of `airflow.utils.yaml`; needs PyYAML, which is asked for when it is used."""

from __future__ import annotations

from typing import Any


def safe_load(stream: Any) -> Any:
    """Reads YAML."""
    import yaml

    return yaml.safe_load(stream)


def dump(data: Any, stream: Any = None, **options: Any) -> Any:
    """Writes YAML."""
    import yaml

    return yaml.safe_dump(data, stream, **options)


safe_dump = dump


def __getattr__(name: str) -> Any:
    import yaml

    return getattr(yaml, name)
