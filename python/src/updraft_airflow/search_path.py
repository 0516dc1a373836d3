"""Where DAG files find modules of one's own: the folders `config/` and `plugins/` of the Airflow home, and the DAGs folder."""

from __future__ import annotations

import os
import sys

from updraft_airflow import configuration


def prepare() -> None:
    """Puts these folders at the end of the path for imports, as Airflow does."""
    conf = configuration.conf
    home = configuration.get_airflow_home()
    for folder in (conf.get("core", "dags_folder"), os.path.join(home, "config"), conf.get("core", "plugins_folder")):
        add(folder)


def add(folder: str) -> None:
    """Puts a folder at the end of the path, once."""
    if folder not in sys.path:
        sys.path.append(folder)
