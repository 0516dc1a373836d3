"""Asking people: the operators of Airflow 3.1 that wait for an answer."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from updraft_airflow import timezone
from updraft_airflow.authoring.notifier import BaseNotifier
from updraft_airflow.authoring.operator import BaseOperator
from updraft_airflow.authoring.param import ParamsDict
from updraft_airflow.exceptions import AirflowException, AirflowProviderDeprecationWarning, AirflowRuntimeError
from updraft_airflow.operators.skip import BranchMixIn, SkipMixin, decided
from updraft_airflow.runtime.hitl import (
    HITLUser,
    get_hitl_detail_content_detail,
    update_hitl_detail_response,
    upsert_hitl_detail,
)
from updraft_airflow.triggers.hitl import HITLTrigger, payload

POKE_INTERVAL = 1.0
"""Seconds from one look for an answer to the next."""


class HITLTriggerEventError(Exception):
    """There is no answer to go on with."""


class HITLTimeoutError(HITLTriggerEventError):
    """Nobody has answered in time."""


class HITLRejectException(AirflowException):
    """The answer is no."""


class HITLOperator(BaseOperator):
    """Asks people to choose among options and to fill in params, and goes on with what they answer."""

    template_fields: Sequence[str] = ("subject", "body")

    def __init__(
        self,
        *,
        subject: str,
        options: list[str],
        body: str | None = None,
        defaults: str | list[str] | None = None,
        multiple: bool = False,
        params: ParamsDict | dict[str, Any] | None = None,
        notifiers: Sequence[BaseNotifier] | BaseNotifier | None = None,
        assigned_users: HITLUser | list[HITLUser] | None = None,
        response_timeout: dt.timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if self.execution_timeout and not response_timeout:
            warnings.warn(
                "`execution_timeout` of a HITLOperator is taken as `response_timeout`, which is what to use",
                AirflowProviderDeprecationWarning,
                stacklevel=2,
            )
            response_timeout, self.execution_timeout = self.execution_timeout, None
        self.response_timeout = response_timeout
        self.subject, self.body, self.options, self.multiple = subject, body, options, multiple
        self.defaults = [defaults] if isinstance(defaults, str) else defaults
        self.params = ParamsDict(params or {})
        self.notifiers = [notifiers] if isinstance(notifiers, BaseNotifier) else list(notifiers or [])
        self.assigned_users = [assigned_users] if isinstance(assigned_users, dict) else assigned_users
        self.validate_options()
        self.validate_params()
        self.validate_defaults()
        self.hitl_summary_extra: dict[str, Any] = {}

    @property
    def hitl_summary(self) -> dict[str, Any]:
        """What is asked and was answered, for listeners."""
        return {
            "subject": self.subject,
            "body": self.body,
            "options": self.options,
            "defaults": self.defaults,
            "multiple": self.multiple,
            "assigned_users": self.assigned_users,
            "serialized_params": self.serialized_params or None,
            **self.hitl_summary_extra,
        }

    @property
    def serialized_params(self) -> dict[str, dict[str, Any]]:
        """The fields to fill in, as the engine keeps them. Those without a value have none, which people give."""
        return {name: param.dump() for name, param in self.params.items_raw()}

    def validate_options(self) -> None:
        """There is something to choose from."""
        if not self.options:
            raise ValueError('"options" cannot be empty.')

    def validate_params(self) -> None:
        """No field has the name under which a link tells options."""
        if "_options" in self.params:
            raise ValueError('"_options" is not allowed in params')

    def validate_defaults(self) -> None:
        """The defaults could be chosen."""
        if self.defaults is None:
            return
        if not set(self.defaults) <= set(self.options):
            raise ValueError(f'defaults "{self.defaults}" should be a subset of options "{self.options}"')
        if not self.multiple and len(self.defaults) > 1:
            raise ValueError('More than one defaults given when "multiple" is set to False.')

    def execute(self, context: Any) -> Any:
        ti_id = context["ti"].id
        upsert_hitl_detail(
            ti_id=ti_id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            defaults=self.defaults,
            multiple=self.multiple,
            params=self.serialized_params,
            assigned_users=self.assigned_users,
        )
        until = timezone.utcnow() + self.response_timeout if self.response_timeout else None
        self.hitl_summary_extra["timeout_datetime"] = until.isoformat() if until else None
        self.log.info("Waiting for response")
        for notifier in self.notifiers:
            notifier(context)
        self.defer(
            trigger=HITLTrigger(
                ti_id=ti_id,
                options=self.options,
                defaults=self.defaults,
                params=self.serialized_params,
                multiple=self.multiple,
                timeout_datetime=until,
                poke_interval=POKE_INTERVAL,
            ),
            method_name="execute_complete",
        )

    def execute_complete(self, context: Any, event: Any) -> Any:
        """Goes on with the answer, or when the time is over."""
        if not isinstance(event, Mapping):
            event = self._answer_in_time(context["ti"].id)
        if "error" in event:
            self.hitl_summary_extra["error_type"] = event["error_type"]
            self.process_trigger_event_error(event)
        chosen, given = event["chosen_options"], event["params_input"] or {}
        self.validate_chosen_options(chosen)
        self.validate_params_input(given)
        at = timezone.coerce_datetime(_moment(event["responded_at"]))
        by = event["responded_by_user"]
        self.log.info("Answered by %s: %s", by["name"] if by else "nobody in time, so by default", chosen)
        self.hitl_summary_extra.update(
            chosen_options=chosen, params_input=given, responded_at=at.isoformat(), responded_by_user=by
        )
        return {"chosen_options": chosen, "params_input": given, "responded_at": at, "responded_by_user": by}

    def _answer_in_time(self, ti_id: Any) -> dict[str, Any]:
        """The time is over. Somebody may have answered in the last moment; else the defaults are taken."""
        answer = get_hitl_detail_content_detail(ti_id)
        if not answer.response_received:
            if self.defaults is None:
                return {"error": "The timeout has passed, and nobody has answered.", "error_type": "timeout"}
            try:
                answer = update_hitl_detail_response(ti_id, self.defaults, self.params.dump())
            except AirflowRuntimeError:
                answer = get_hitl_detail_content_detail(ti_id)
        return payload(answer)

    def process_trigger_event_error(self, event: Mapping[str, Any]) -> None:
        """Fails the task."""
        raise (HITLTimeoutError if event["error_type"] == "timeout" else HITLTriggerEventError)(event)

    def validate_chosen_options(self, chosen_options: Collection[str]) -> None:
        """What was chosen are options."""
        if unknown := set(chosen_options) - set(self.options):
            raise ValueError(f"Responses {unknown} not in {self.options}")

    def validate_params_input(self, params_input: Mapping[str, Any]) -> None:
        """All fields were filled in, and each with what it may have."""
        if self.params and params_input and set(self.params) ^ set(params_input):
            raise ValueError(f"params_input {params_input} does not match params {self.params}")
        for name, value in params_input.items():
            self.params[name] = value

    def generate_link_to_ui(
        self,
        *,
        task_instance: Any,
        base_url: str | None = None,
        options: str | list[str] | None = None,
        params_input: dict[str, Any] | None = None,
    ) -> str:
        """The address of the page on which people answer, with what is chosen and filled in there."""
        from updraft_airflow.configuration import conf

        query: dict[str, Any] = {}
        chosen = [options] if isinstance(options, str) else options
        if chosen:
            if unknown := set(chosen) - set(self.options):
                raise ValueError(f"options {unknown} are not valid options")
            query["_options"] = chosen
        if params_input:
            if unknown := params_input.keys() - set(self.params):
                raise ValueError(f"params {unknown} are not valid params")
            query.update(params_input)
        base = base_url or conf.get("api", "base_url", fallback=None)
        if not base:
            raise ValueError("Not able to retrieve base_url")
        query["map_index"] = task_instance.map_index
        ti, parts = task_instance, urlsplit(base)
        path = f"/dags/{ti.dag_id}/runs/{ti.run_id}/tasks/{ti.task_id}/required_actions"
        return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))

    @staticmethod
    def generate_link_to_ui_from_context(
        *,
        context: Any,
        base_url: str | None = None,
        options: list[str] | None = None,
        params_input: dict[str, Any] | None = None,
    ) -> str:
        """The same for the task of a context."""
        task = context["task"]
        if not isinstance(task, HITLOperator):
            raise ValueError("This method only supports HITLOperator")
        return task.generate_link_to_ui(
            task_instance=context["ti"], base_url=base_url, options=options, params_input=params_input
        )


class ApprovalOperator(HITLOperator, SkipMixin):
    """Asks for a yes. With a no the tasks after it are skipped, or the task fails."""

    inherits_from_skipmixin = True
    FIXED_ARGS = ("options", "multiple")
    APPROVE = "Approve"
    REJECT = "Reject"

    def __init__(
        self, *, ignore_downstream_trigger_rules: bool = False, fail_on_reject: bool = False, **kwargs: Any
    ) -> None:
        for name in self.FIXED_ARGS:
            if name in kwargs:
                raise ValueError(f"Passing {name} to ApprovalOperator is not allowed.")
        super().__init__(options=[self.APPROVE, self.REJECT], multiple=False, **kwargs)
        self.ignore_downstream_trigger_rules, self.fail_on_reject = ignore_downstream_trigger_rules, fail_on_reject
        self.hitl_summary_extra.update(
            ignore_downstream_trigger_rules=ignore_downstream_trigger_rules, fail_on_reject=fail_on_reject
        )

    def execute_complete(self, context: Any, event: Any) -> Any:
        told = super().execute_complete(context, event)
        approved = told["chosen_options"][0] == self.APPROVE
        self.hitl_summary_extra["approved"] = approved
        if approved:
            return told
        if self.fail_on_reject:
            raise HITLRejectException('Receive "Reject"')
        if self.ignore_downstream_trigger_rules:
            after = self.get_flat_relatives(upstream=False)
        else:
            after = self.get_direct_relatives(upstream=False)
        self.skip(ti=context["ti"], tasks=[task for task in after if not task.is_teardown])
        return decided(context, told)


class HITLBranchOperator(HITLOperator, BranchMixIn):
    """Lets people choose which of the tasks after it go on."""

    inherits_from_skipmixin = True

    def __init__(self, *, options_mapping: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.options_mapping = options_mapping or {}
        self.validate_options_mapping()
        self.hitl_summary_extra["options_mapping"] = self.options_mapping

    def validate_options_mapping(self) -> None:
        """It maps options to ids of tasks."""
        if unknown := sorted(self.options_mapping.keys() - set(self.options)):
            raise ValueError(f"`options_mapping` contains keys that are not in `options`: {unknown}")
        wrong = {
            name: (value, type(value).__name__)
            for name, value in self.options_mapping.items()
            if not isinstance(value, str)
        }
        if wrong:
            raise ValueError(f"`options_mapping` values must be strings (task_ids).\nInvalid entries: {wrong}")

    def execute_complete(self, context: Any, event: Any) -> Any:
        told = super().execute_complete(context, event)
        branches = [str(self.options_mapping.get(option, option)) for option in told["chosen_options"]]
        self.hitl_summary_extra["branches_to_execute"] = branches
        return decided(context, self.do_branch(context, branches))


class HITLEntryOperator(HITLOperator):
    """Asks people to fill in params."""

    OK = "OK"

    def __init__(self, **kwargs: Any) -> None:
        if "options" not in kwargs:
            kwargs["options"] = [self.OK]
            kwargs.setdefault("defaults", [self.OK])
        super().__init__(**kwargs)


def _moment(at: Any) -> dt.datetime:
    return timezone.parse(at) if isinstance(at, str) else at
