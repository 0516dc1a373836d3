"""Functions that run in another Python: one made for them, or one that is there."""

from __future__ import annotations

import inspect
import json
import os
import pickle
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from updraft_airflow.exceptions import AirflowException, AirflowSkipException, DeserializingResultError
from updraft_airflow.helpers import determine_kwargs
from updraft_airflow.operators.python import PythonOperator
from updraft_airflow.operators.skip import BranchMixIn, decided
from updraft_airflow.runtime.context import context_merge

SERIALIZERS = ("pickle", "dill", "cloudpickle")

_SCRIPT = """\
import sys
import {serializer} as serializer
with open(sys.argv[1], "rb") as file:
    given = serializer.load(file)
{source}
value = {name}(*given["args"], **given["kwargs"])
with open(sys.argv[2], "wb") as file:
    serializer.dump(value, file)
"""


def is_venv_installed() -> bool:
    """Whether virtual environments can be made."""
    return shutil.which("virtualenv") is not None or _has_venv()


def _has_venv() -> bool:
    from importlib.util import find_spec

    return find_spec("venv") is not None


class _OtherPythonOperator(PythonOperator):
    """Writes the function to a file and has the other Python call it."""

    context_keys = ("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "run_id", "task_instance_key_str",
                    "yesterday_ds", "tomorrow_ds", "yesterday_ds_nodash", "tomorrow_ds_nodash", "prev_ds", "next_ds",
                    "test_mode", "templates_dict", "params", "inlets", "outlets")  # fmt: skip

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        serializer: str | None = None,
        use_dill: bool = False,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        string_args: Iterable[str] | None = None,
        expect_airflow: bool = True,
        skip_on_exit_code: int | Collection[int] | None = None,
        env_vars: dict[str, str] | None = None,
        inherit_env: bool = True,
        **kwargs: Any,
    ) -> None:
        if not inspect.isfunction(python_callable) or python_callable.__name__ == "<lambda>":
            raise ValueError(f"{type(self).__name__} only supports functions for python_callable arg")
        if inspect.isgeneratorfunction(python_callable):
            raise ValueError(f"{type(self).__name__} does not support using 'yield' in python_callable")
        super().__init__(python_callable=python_callable, op_args=op_args, op_kwargs=op_kwargs, **kwargs)
        self.serializer = serializer or ("dill" if use_dill else "pickle")
        if self.serializer not in SERIALIZERS:
            raise AirflowException(f"Unsupported serializer `{serializer}`; it must be one of {', '.join(SERIALIZERS)}")
        self.string_args = list(string_args or [])
        self.expect_airflow = expect_airflow
        codes = skip_on_exit_code
        self.skip_on_exit_code = [] if codes is None else [codes] if isinstance(codes, int) else list(codes)
        self.env_vars, self.inherit_env = env_vars, inherit_env

    def execute(self, context: Any) -> Any:
        given = {key: context[key] for key in self.context_keys if key in context}
        if "params" in given:
            given["params"] = dict(given["params"])
        context_merge(given, self.op_kwargs, templates_dict=self.templates_dict)
        self.op_kwargs = determine_kwargs(self.python_callable, self.op_args, given)
        return self.execute_callable()

    def run_in(self, python: Path, folder: Path) -> Any:
        """Has that Python call the function."""
        serializer = pickle if self.serializer == "pickle" else __import__(self.serializer)
        given, result, script = folder / "script.in", folder / "script.out", folder / "script.py"
        given.write_bytes(serializer.dumps({"args": list(self.op_args), "kwargs": dict(self.op_kwargs)}))
        script.write_text(
            _SCRIPT.format(serializer=self.serializer, source=self.source(), name=self.python_callable.__name__)
        )
        (folder / "string_args.txt").write_text("\n".join(map(str, self.string_args)))
        env = {**(os.environ if self.inherit_env else {}), **(self.env_vars or {})}
        command = [str(python), str(script), str(given), str(result), str(folder / "string_args.txt")]
        done = subprocess.run(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        for line in done.stdout.splitlines():
            self.log.info("%s", line)
        if done.returncode in self.skip_on_exit_code:
            raise AirflowSkipException(f"Process exited with code {done.returncode}. Skipping.")
        if done.returncode != 0:
            raise AirflowException(
                f"the function failed in `{python}` with exit code {done.returncode}:\n{done.stdout[-2000:]}"
            )
        try:
            return serializer.loads(result.read_bytes())
        except (ValueError, pickle.UnpicklingError, EOFError) as error:
            raise DeserializingResultError(f"cannot read what the function has returned: {error}") from error

    def source(self) -> str:
        """The text of the function, without its decorators."""
        lines = textwrap.dedent(inspect.getsource(self.python_callable)).splitlines(keepends=True)
        first = next((at for at, line in enumerate(lines) if line.startswith(("def ", "async def "))), 0)
        return "".join(lines[first:])


class PythonVirtualenvOperator(_OtherPythonOperator):
    """Calls the function in a virtual environment that is made for it, or kept in `venv_cache_path`."""

    template_fields: Sequence[str] = ("requirements", "index_urls", "venv_cache_path", *PythonOperator.template_fields)
    template_ext: Sequence[str] = (".txt",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        requirements: None | Iterable[str] | str = None,
        python_version: str | None = None,
        system_site_packages: bool = True,
        pip_install_options: list[str] | None = None,
        index_urls: None | Collection[str] | str = None,
        index_urls_from_connection_ids: None | Collection[str] | str = None,
        venv_cache_path: None | os.PathLike[str] = None,
        **kwargs: Any,
    ) -> None:
        self.requirements = requirements if isinstance(requirements, str) else list(requirements or [])
        self.python_version = python_version
        self.system_site_packages = system_site_packages
        self.pip_install_options = pip_install_options or []
        self.index_urls = [index_urls] if isinstance(index_urls, str) else list(index_urls or [])
        ids = index_urls_from_connection_ids
        self.index_urls_from_connection_ids = [ids] if isinstance(ids, str) else list(ids or [])
        self.venv_cache_path = venv_cache_path
        super().__init__(python_callable=python_callable, **kwargs)

    def execute_callable(self) -> Any:
        with TemporaryDirectory(prefix="venv") as temporary:
            folder = Path(temporary)
            place = self._cached() if self.venv_cache_path else folder / "env"
            if not (place / "done").exists():
                self._make(place)
            return self.run_in(place / "bin" / "python", folder)

    def _lines(self) -> list[str]:
        return self.requirements.splitlines() if isinstance(self.requirements, str) else list(self.requirements)

    def _cached(self) -> Path:
        import hashlib

        told = [
            self._lines(),
            self.python_version,
            self.system_site_packages,
            self.pip_install_options,
            self.index_urls,
        ]
        name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
        return Path(str(self.venv_cache_path)) / f"venv-{name}"

    def _make(self, place: Path) -> None:
        from updraft_airflow.connections.filesystem import PackageIndexHook

        python = f"python{self.python_version}" if self.python_version else sys.executable
        site = ["--system-site-packages"] if self.system_site_packages else []
        self._run([python, "-m", "venv", *site, str(place)])
        urls = [
            *self.index_urls,
            *(PackageIndexHook(one).get_connection_url() for one in self.index_urls_from_connection_ids),
        ]
        indexes = [word for at, url in enumerate(urls) for word in ("--extra-index-url" if at else "--index-url", url)]
        wanted = [line for line in self._lines() if line.strip()]
        if wanted:
            file = place / "requirements.txt"
            file.write_text("\n".join(wanted))
            self._run(
                [
                    str(place / "bin" / "python"),
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    *indexes,
                    *self.pip_install_options,
                    "-r",
                    str(file),
                ]
            )
        (place / "done").touch()

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AirflowException(f"`{' '.join(command[:4])}` failed:\n{done.stdout}{done.stderr}")


class BranchPythonVirtualenvOperator(PythonVirtualenvOperator, BranchMixIn):
    """The function names the tasks after it that go on, in an environment of its own."""

    inherits_from_skipmixin = True

    def execute(self, context: Any) -> Any:
        return decided(context, self.do_branch(context, super().execute(context)))


class ExternalPythonOperator(_OtherPythonOperator):
    """Calls the function with another Python that is there: `python` is its path."""

    template_fields: Sequence[str] = ("python", *PythonOperator.template_fields)

    def __init__(
        self,
        *,
        python: str,
        python_callable: Callable[..., Any],
        expect_pendulum: bool = False,
        **kwargs: Any,
    ) -> None:
        if not python:
            raise ValueError("Python Path must be defined in ExternalPythonOperator")
        self.python = python
        self.expect_pendulum = expect_pendulum
        super().__init__(python_callable=python_callable, **kwargs)

    def execute_callable(self) -> Any:
        path = Path(self.python)
        if not path.exists():
            raise ValueError(f"Python Path '{path}' must exists")
        if not path.is_file():
            raise ValueError(f"Python Path '{path}' must be a file")
        with TemporaryDirectory(prefix="external") as temporary:
            return self.run_in(path, Path(temporary))


class BranchExternalPythonOperator(ExternalPythonOperator, BranchMixIn):
    """The function names the tasks after it that go on, with another Python."""

    inherits_from_skipmixin = True

    def execute(self, context: Any) -> Any:
        return decided(context, self.do_branch(context, super().execute(context)))
