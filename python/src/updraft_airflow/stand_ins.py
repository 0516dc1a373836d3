"""Packages without content that satisfy what providers ask for, so that pip installs no real Airflow with them.

pip cannot be told to leave a dependency out, but it takes a package from a folder. uv can be told: `overrides.txt`.
"""

from __future__ import annotations

import argparse
import os
import zipfile

NAMES = ("apache-airflow", "apache-airflow-core", "apache-airflow-task-sdk")
"""What of Airflow every provider asks for, directly or not."""

LOCAL = "+updraft"
"""What the versions end in: no such version is ever published, so a constraint to it chooses the stand-in."""

CONSTRAINTS = "constraints.txt"


def stand_ins(options: argparse.Namespace) -> int:
    """The command."""
    print(write(options.folder))  # noqa: T201
    return 0


def write(folder: str) -> str:
    """Writes the packages into a folder, with the constraints that choose them; returns what to give to `pip install`."""
    from airflow import __version__

    os.makedirs(folder, exist_ok=True)
    version = f"{__version__}{LOCAL}"
    for name in NAMES:
        _wheel(folder, name, version)
    constraints = os.path.join(folder, CONSTRAINTS)
    with open(constraints, "w", encoding="utf-8") as file:
        file.writelines(f"{name}=={version}\n" for name in NAMES)
    return f"--find-links {folder} --constraint {constraints}"


def _wheel(folder: str, name: str, version: str) -> None:
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    about = "Takes the place of the package of that name beside Updraft; it holds nothing."
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {about}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: updraft\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    # pip wants every file listed, and no hash of those that only tell about the package.
    texts[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*texts, f"{info}/RECORD"))
    with zipfile.ZipFile(os.path.join(folder, f"{stem}-py3-none-any.whl"), "w") as archive:
        for path, text in texts.items():
            archive.writestr(path, text)
