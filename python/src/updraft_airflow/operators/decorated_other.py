"""Functions as tasks in another Python: `@task.virtualenv`, `@task.external_python` and their branches."""

from __future__ import annotations

from updraft_airflow.operators.decorated import CallingOperator, variant
from updraft_airflow.operators.other_python import (
    BranchExternalPythonOperator,
    BranchPythonVirtualenvOperator,
    ExternalPythonOperator,
    PythonVirtualenvOperator,
)


class VirtualenvDecoratedOperator(CallingOperator, PythonVirtualenvOperator):
    """`@task.virtualenv`."""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.virtualenv"


class ExternalDecoratedOperator(CallingOperator, ExternalPythonOperator):
    """`@task.external_python`."""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.external_python"


class BranchVirtualenvDecoratedOperator(VirtualenvDecoratedOperator, BranchPythonVirtualenvOperator):
    """`@task.branch_virtualenv`."""

    custom_operator_name = "@task.branch_virtualenv"


class BranchExternalDecoratedOperator(ExternalDecoratedOperator, BranchExternalPythonOperator):
    """`@task.branch_external_python`."""

    custom_operator_name = "@task.branch_external_python"


virtualenv_task = variant(VirtualenvDecoratedOperator)
external_python_task = variant(ExternalDecoratedOperator)
branch_virtualenv_task = variant(BranchVirtualenvDecoratedOperator)
branch_external_python_task = variant(BranchExternalDecoratedOperator)
