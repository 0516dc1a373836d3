"""Hooks of the standard provider."""

from __future__ import annotations

import os
import subprocess
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, NamedTuple

from updraft_airflow.connections.hook import BaseHook


class FSHook(BaseHook):
    """A folder: the `path` of a connection."""

    conn_name_attr = "fs_conn_id"
    default_conn_name = "fs_default"
    conn_type = "fs"
    hook_name = "File (path)"

    def __init__(self, fs_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.basepath = self.get_connection(fs_conn_id).extra_dejson.get("path", "")

    def get_conn(self) -> None:
        """There is nothing to speak with."""

    def get_path(self) -> str:
        """The folder."""
        return self.basepath


class PackageIndexHook(BaseHook):
    """Where packages come from."""

    conn_name_attr = "pi_conn_id"
    default_conn_name = "package_index_default"
    conn_type = "package_index"
    hook_name = "Package Index (Python)"

    def __init__(self, pi_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pi_conn_id = pi_conn_id

    def get_conn(self) -> Any:
        """The connection."""
        return self.get_connection(self.pi_conn_id)

    def get_connection_url(self) -> Any:
        """The address, with login and password."""
        conn = self.get_conn()
        if not conn.login:
            return conn.host
        scheme, _, rest = (conn.host or "").partition("://")
        return f"{scheme}://{conn.login}{f':{conn.password}' if conn.password else ''}@{rest}"


class SubprocessResult(NamedTuple):
    """How a command ended, and its last line."""

    exit_code: int
    output: str


class SubprocessHook(BaseHook):
    """Runs a command and logs what it prints."""

    def __init__(self, **kwargs: Any) -> None:
        self.sub_process: subprocess.Popen[bytes] | None = None
        super().__init__(**kwargs)

    def run_command(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        cwd: str | None = None,
    ) -> SubprocessResult:
        """Runs it to its end; in a folder of its own, unless one is given."""
        self.log.info("Tmp dir root location: %s", gettempdir())
        with TemporaryDirectory(prefix="airflowtmp") as temporary:
            self.log.info("Running command: %s", command)
            self.sub_process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=cwd or temporary,
                env=os.environ if env is None else env,
                start_new_session=True,
            )
            line = ""
            self.log.info("Output:")
            if self.sub_process.stdout is not None:
                for raw in iter(self.sub_process.stdout.readline, b""):
                    line = raw.decode(output_encoding, errors="backslashreplace").rstrip()
                    self.log.info("%s", line)
            self.sub_process.wait()
            self.log.info("Command exited with return code %s", self.sub_process.returncode)
        return SubprocessResult(exit_code=self.sub_process.returncode, output=line)

    def send_sigterm(self) -> None:
        """Ends the command and all that it has started."""
        import signal

        if self.sub_process is not None and self.sub_process.poll() is None:
            os.killpg(os.getpgid(self.sub_process.pid), signal.SIGTERM)
