"""The exceptions of Airflow 2.11 and 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable


class AirflowException(Exception):
    """The base of most exceptions; a task that raises one is tried again if it has retries left."""

    status_code = 500


class AirflowBadRequest(AirflowException):
    """The server was asked something that makes no sense."""

    status_code = 400


class AirflowNotFoundException(AirflowException):
    """Something that was named does not exist, a connection for example."""

    status_code = 404


class AirflowConfigException(AirflowException):
    """A setting is missing or has no meaning."""


class AirflowOptionalProviderFeatureException(AirflowException):
    """A feature of a provider wants a package that is not installed."""


class AirflowInternalRuntimeError(BaseException):
    """A mistake in the engine."""


class ErrorType:
    """Kinds of errors that the supervisor answers with."""

    CONNECTION_NOT_FOUND = "CONNECTION_NOT_FOUND"
    VARIABLE_NOT_FOUND = "VARIABLE_NOT_FOUND"
    XCOM_NOT_FOUND = "XCOM_NOT_FOUND"
    ASSET_NOT_FOUND = "ASSET_NOT_FOUND"
    TASK_STORE_NOT_FOUND = "TASK_STORE_NOT_FOUND"
    ASSET_STORE_NOT_FOUND = "ASSET_STORE_NOT_FOUND"
    DAGRUN_ALREADY_EXISTS = "DAGRUN_ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    GENERIC_ERROR = "GENERIC_ERROR"
    API_SERVER_ERROR = "API_SERVER_ERROR"


class AirflowRuntimeError(Exception):
    """The supervisor answered with an error. Airflow 3."""

    def __init__(self, error: Any) -> None:
        self.error = error
        kind = getattr(error, "error", error)
        detail = getattr(error, "detail", None)
        super().__init__(f"{kind}: {detail}" if detail else str(kind))


# How a task says how it ends.


class AirflowSkipException(AirflowException):
    """The task passes itself over."""


class AirflowFailException(AirflowException):
    """The task fails and is not tried again."""


class AirflowInactiveAssetInInletOrOutletException(AirflowFailException):
    """No DAG names some of the task's assets any more. Airflow 3."""

    def __init__(self, inactive_asset_keys: Collection[Any]) -> None:
        super().__init__(inactive_asset_keys)
        self.inactive_asset_keys = inactive_asset_keys

    def __str__(self) -> str:
        assets = ", ".join(f"Asset(name={key.name!r}, uri={key.uri!r})" for key in self.inactive_asset_keys)
        return f"Task has the following inactive assets in its inlets or outlets: {assets}"


class AirflowSensorTimeout(AirflowException):
    """A sensor has waited too long; it is not tried again."""


class AirflowTaskTimeout(BaseException):
    """The task has taken longer than its `execution_timeout`."""


class AirflowTaskTerminated(BaseException):
    """The task was asked to end."""


class AirflowRescheduleException(AirflowException):
    """The task gives its slot back until a time."""

    def __init__(self, reschedule_date: dt.datetime) -> None:
        super().__init__(f"to be continued at {reschedule_date}")
        self.reschedule_date = reschedule_date


class TaskDeferred(BaseException):
    """The task waits for a trigger without a process."""

    def __init__(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: dt.timedelta | int | float | None = None,
    ) -> None:
        super().__init__()
        from datetime import timedelta

        self.trigger = trigger
        self.method_name = method_name
        self.kwargs = kwargs
        self.timeout = timedelta(seconds=timeout) if isinstance(timeout, (int, float)) else timeout
        if self.timeout is not None and not isinstance(self.timeout, timedelta):
            raise ValueError(f"timeout is `{timeout!r}`, it must be a timedelta or a number of seconds")

    def __str__(self) -> str:
        return f"waits for {self.trigger} and goes on with `{self.method_name}`"


class TaskDeferralError(AirflowException):
    """What a task waited for has failed."""


class TaskDeferralTimeout(AirflowException):
    """What a task waited for took too long."""


class DownstreamTasksSkipped(AirflowException):
    """The task ends well and has tasks after it skipped."""

    def __init__(self, *, tasks: Iterable[Any]) -> None:
        super().__init__(f"skips {tasks}")
        self.tasks = list(tasks)


class DagRunTriggerException(AirflowException):
    """The task wants another DAG to run."""

    def __init__(self, **request: Any) -> None:
        super().__init__(f"triggers dag `{request.get('trigger_dag_id')}`")
        self.__dict__.update(request)


# What is wrong with a DAG file.


class AirflowDagCycleException(AirflowException):
    """Tasks wait for each other."""


class AirflowDagDuplicatedIdException(AirflowException):
    """Two files have a DAG of one id."""

    def __init__(self, dag_id: str, incoming: str, existing: str) -> None:
        super().__init__(dag_id, incoming, existing)
        self.dag_id, self.incoming, self.existing = dag_id, incoming, existing

    def __str__(self) -> str:
        return f"dag `{self.dag_id}` of {self.incoming} is also in {self.existing}"


class AirflowTimetableInvalid(AirflowException):
    """The schedule cannot be used."""


class AirflowClusterPolicyViolation(AirflowException):
    """A policy of the installation forbids the DAG or task."""


class AirflowClusterPolicySkipDag(AirflowException):
    """A policy of the installation leaves the DAG out."""


class DuplicateTaskIdFound(AirflowException):
    """Two tasks or groups of a DAG have one id."""


class TaskAlreadyInTaskGroup(AirflowException):
    """A task is put into a second group."""

    def __init__(self, task_id: str, existing_group_id: str | None, new_group_id: str) -> None:
        super().__init__(task_id, existing_group_id, new_group_id)
        self.task_id, self.existing_group_id, self.new_group_id = task_id, existing_group_id, new_group_id

    def __str__(self) -> str:
        return f"task `{self.task_id}` cannot go to group `{self.new_group_id}`: it is in `{self.existing_group_id}`"


class FailFastDagInvalidTriggerRule(AirflowException):
    """A task of a `fail_fast` DAG could run after a failure."""


class UnmappableOperator(AirflowException):
    """The operator cannot be mapped."""


class ParamValidationError(AirflowException):
    """A value does not fit the schema of its parameter."""


class SerializationError(AirflowException):
    """The DAG cannot be described."""


class FileSyntaxError(AirflowException):
    """A file of variables or connections cannot be read."""


class ConnectionNotUnique(AirflowException):
    """A file has two connections of one id."""


# What was not found.


class DagNotFound(AirflowNotFoundException):
    """There is no such DAG."""


class DagCodeNotFound(AirflowNotFoundException):
    """The source of the DAG is not kept."""


class DagRunNotFound(AirflowNotFoundException):
    """There is no such run."""


class TaskNotFound(AirflowNotFoundException):
    """There is no such task in the DAG."""


class TaskInstanceNotFound(AirflowNotFoundException):
    """The run has no such task."""


class PoolNotFound(AirflowNotFoundException):
    """There is no such pool."""


class DagRunAlreadyExists(AirflowBadRequest):
    """The DAG has a run of that id or logical date."""

    def __init__(self, dag_run: Any = None) -> None:
        run_id = getattr(dag_run, "run_id", dag_run)
        super().__init__(f"there is a run `{run_id}` already")
        self.dag_run = dag_run


# XComs.


class XComNotFound(AirflowException):
    """A task that others take a value from has left none."""

    def __init__(self, dag_id: str, task_id: str, key: str) -> None:
        super().__init__(dag_id, task_id, key)
        self.dag_id, self.task_id, self.key = dag_id, task_id, key

    def __str__(self) -> str:
        return f"task `{self.task_id}` of dag `{self.dag_id}` has left no XCom `{self.key}`"


class XComForMappingNotPushed(TypeError):
    """Others are mapped over what the task returns, which was nothing."""

    def __str__(self) -> str:
        return "did not push XCom for task mapping: other tasks are mapped over what this task returns"


class UnmappableXComTypePushed(TypeError):
    """Others are mapped over what the task returns, which is no list or dict."""

    def __init__(self, value: Any, *values: Any) -> None:
        super().__init__(value, *values)

    def __str__(self) -> str:
        return f"unmappable return type `{type(self.args[0]).__qualname__}`: it must be a list or dict"


class UnmappableXComLengthPushed(ValueError):
    """Others are mapped over what the task returns, which is too long."""

    def __init__(self, value: Collection[Any], max_length: int) -> None:
        super().__init__(value, max_length)
        self.value, self.max_length = value, max_length

    def __str__(self) -> str:
        return f"unmappable return value length: {len(self.value)} > {self.max_length}, see `[core] max_map_length`"


class DeserializingResultError(ValueError):
    """What a task in another Python has returned cannot be read."""


# Sensors that wait for other DAGs.


class ExternalDagNotFoundError(AirflowException):
    """The other DAG does not exist."""


class ExternalDagFailedError(AirflowException):
    """The run of the other DAG failed."""


class ExternalTaskNotFoundError(AirflowException):
    """The other task does not exist."""


class ExternalTaskFailedError(AirflowException):
    """The other task failed."""


class ExternalTaskGroupNotFoundError(AirflowException):
    """The other task group does not exist."""


class ExternalTaskGroupFailedError(AirflowException):
    """A task of the other group failed."""


class DuplicateStateError(AirflowException):
    """A state is wanted as success and as failure."""


# Warnings.


class RemovedInAirflow3Warning(DeprecationWarning):
    """Something that Airflow 3 has no more."""

    deprecated_since: str | None = None


class RemovedInAirflow4Warning(DeprecationWarning):
    """Something that Airflow 4 will not have."""

    deprecated_since: str | None = None


class AirflowProviderDeprecationWarning(DeprecationWarning):
    """Something that a provider will drop."""

    deprecated_provider_since: str | None = None


class AirflowContextDeprecationWarning(DeprecationWarning):
    """A key of the task context that should not be used."""
