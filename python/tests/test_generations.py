"""What `check` says that only one generation of Airflow has, compared with the packages of both."""

import ast
import os
import zipfile
from pathlib import Path

from updraft_airflow.check import differences
from updraft_airflow.check.differences import generation
from updraft_airflow.names import table


def modules(wheel):
    """The modules of a wheel: its files, and those that its packages make for the sake of older paths."""
    place = os.environ.get("UPDRAFT_TEST_WHEELS")
    assert place, "run `cargo xtask test`, or set UPDRAFT_TEST_WHEELS to a folder with the wheels of tests/wheels.txt"
    (file,) = Path(place).glob(wheel)
    found = set()
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if not name.startswith("airflow/") or not name.endswith(".py"):
                continue
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found.add(module)
            source = archive.read(name) if name.endswith("__init__.py") else b""
            if b"deprecated_classes" in source:
                found |= {f"{module}.{key}" for key in _keys(ast.parse(source))}
    return found


def _keys(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Dict):
                    yield key.value


def test_modules_of_one_generation_alone_are_so():
    two, three = modules("apache_airflow-2.11.2*"), modules("apache_airflow_core-3.3.2*")
    said = {path: generation(path) for path in table.modules() if not path.startswith("airflow.providers")}
    for path, alone in said.items():
        has = (path in two, path in three)
        if alone == 1:
            assert has == (False, False), path
        elif alone == 2:
            assert has == (True, False), path
        elif alone == 3:
            assert not has[0], path
            assert has[1] or path.startswith("airflow.sdk"), path
    assert {1, 2, 3} <= set(said.values())


def test_names_of_one_generation_alone_are_in_modules_that_there_were():
    two = modules("apache_airflow-2.11.2*")
    for name in differences.ONLY_TWO_NAMES:
        assert name.rpartition(".")[0] in two
        assert generation(name) == 2
