"""The example DAGs in the wheels that Airflow publishes.

`UPDRAFT_TEST_WHEELS` names a folder with the wheels of `wheels.txt`; `cargo xtask test` fetches them.
"""

import os
import zipfile
from pathlib import Path

CASES = {
    "2.11.2": (2, ["apache_airflow-2.11.2"], "airflow/example_dags/"),
    "3.3.2": (3, ["apache_airflow_core-3.3.2"], "airflow/example_dags/"),
    "standard": (
        3,
        ["apache_airflow_providers_standard", "apache_airflow_providers_common_compat"],
        "airflow/providers/standard/example_dags/",
    ),
}
"""By case the compat level, the wheels, and where in the first of them the examples are; others are unpacked whole."""


def unpack(name, folder):
    """Puts the examples of a case into a folder."""
    _, wheels, inside = CASES[name]
    place = os.environ.get("UPDRAFT_TEST_WHEELS")
    assert place, "run `cargo xtask test`, or set UPDRAFT_TEST_WHEELS to a folder with the wheels of tests/wheels.txt"
    for at, wheel in enumerate(wheels):
        (file,) = Path(place).glob(f"{wheel}*.whl")
        with zipfile.ZipFile(file) as archive:
            wanted = [one for one in archive.namelist() if at or one.startswith(inside)]
            archive.extractall(folder, wanted)
    return folder / inside
