"""`BashOperator`: a shell command as a task."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from typing import Any

from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.exceptions import AirflowException, AirflowSkipException
from updraft_airflow.runtime.context import context_to_airflow_vars


class BashOperator(BaseOperator):
    """Runs a command. Its last line is left as an XCom; exit code 99 skips the task."""

    template_fields: Sequence[str] = ("bash_command", "env", "cwd")
    template_ext: Sequence[str] = (".sh", ".bash")
    template_fields_renderers = {"bash_command": "bash", "env": "json"}
    ui_color = "#f0ede4"

    def __init__(
        self,
        *,
        bash_command: Any,
        env: dict[str, str] | None = None,
        append_env: bool = False,
        output_encoding: str = "utf-8",
        skip_exit_code: int | None = None,
        skip_on_exit_code: int | Container[int] | None = 99,
        cwd: str | None = None,
        output_processor: Callable[[str], Any] = lambda result: result,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env, self.append_env = env, append_env
        self.output_encoding = output_encoding
        codes = skip_on_exit_code if skip_exit_code is None else skip_exit_code
        self.skip_on_exit_code = codes if isinstance(codes, Container) else [] if codes is None else [codes]
        self.cwd = cwd
        self.output_processor = output_processor
        self._hook: Any = None

    @property
    def subprocess_hook(self) -> Any:
        """What runs the command."""
        if self._hook is None:
            from updraft_airflow.connections.filesystem import SubprocessHook

            self._hook = SubprocessHook()
        return self._hook

    def get_env(self, context: Any) -> dict[str, str]:
        """The environment of the command: `env` alone, unless it is to be appended; and what names the task."""
        if self.env is None:
            env = dict(os.environ)
        else:
            env = {**os.environ, **self.env} if self.append_env else dict(self.env)
        return {**env, **context_to_airflow_vars(context, in_env_var_format=True)}

    def execute(self, context: Any) -> Any:
        if not isinstance(self.bash_command, str) or not self.bash_command:
            raise AirflowException("bash_command is no command: it must be a non-empty string")
        if self.cwd is not None and not os.path.isdir(self.cwd):
            raise AirflowException(
                f"Can not find the cwd: {self.cwd}"
                if not os.path.exists(self.cwd)
                else f"The cwd {self.cwd} must be a directory"
            )
        import shutil

        result = self.subprocess_hook.run_command(
            command=[shutil.which("bash") or "bash", "-c", self.bash_command],
            env=self.get_env(context),
            output_encoding=self.output_encoding,
            cwd=self.cwd,
        )
        if result.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(f"Bash command returned exit code {result.exit_code}. Skipping.")
        if result.exit_code != 0:
            raise AirflowException(
                f"Bash command failed. The command returned a non-zero exit code {result.exit_code}."
            )
        return self.output_processor(result.output)

    def on_kill(self) -> None:
        self.subprocess_hook.send_sigterm()
