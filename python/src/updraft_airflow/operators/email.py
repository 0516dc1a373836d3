"""Mail."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from updraft_airflow.authoring.operator import BaseOperator


class EmailOperator(BaseOperator):
    """Sends a mail."""

    template_fields: Sequence[str] = ("to", "from_email", "subject", "html_content", "files", "cc", "bcc", "mime_subtype",
                                      "mime_charset", "conn_id")  # fmt: skip
    template_fields_renderers = {"html_content": "html"}
    template_ext: Sequence[str] = (".html",)
    ui_color = "#e6faf9"

    def __init__(
        self,
        *,
        to: list[str] | str,
        subject: str,
        html_content: str,
        from_email: str | None = None,
        files: list[str] | None = None,
        cc: list[str] | str | None = None,
        bcc: list[str] | str | None = None,
        mime_subtype: str = "mixed",
        mime_charset: str = "utf-8",
        conn_id: str | None = None,
        custom_headers: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to, self.subject, self.html_content, self.from_email = to, subject, html_content, from_email
        self.files, self.cc, self.bcc = files or [], cc, bcc
        self.mime_subtype, self.mime_charset = mime_subtype, mime_charset
        self.conn_id = conn_id
        self.custom_headers = custom_headers

    def execute(self, context: Any) -> None:
        send_email(
            self.to, self.subject, self.html_content, files=self.files, cc=self.cc, bcc=self.bcc,
            mime_subtype=self.mime_subtype, mime_charset=self.mime_charset, conn_id=self.conn_id,
            custom_headers=self.custom_headers, from_email=self.from_email,
        )  # fmt: skip


def send_email(
    to: Any, subject: str, html_content: str, files: list[str] | None = None, dryrun: bool = False, **more: Any
) -> None:
    """Sends a mail by SMTP, with `[smtp]` or a connection."""
    send_email_smtp(to, subject, html_content, files=files, dryrun=dryrun, **more)


def send_email_smtp(
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    conn_id: str | None = None,
    from_email: str | None = None,
    custom_headers: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """Sends a mail by SMTP."""
    from updraft_airflow.configuration import conf

    sender = from_email or conf.get("smtp", "smtp_mail_from")
    message, recipients = build_mime_message(
        sender, to, subject, html_content, files=files, cc=cc, bcc=bcc,
        mime_subtype=mime_subtype, mime_charset=mime_charset, custom_headers=custom_headers,
    )  # fmt: skip
    send_mime_email(sender, recipients, message, conn_id=conn_id, dryrun=dryrun)


def build_mime_message(
    mail_from: str | None,
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    custom_headers: dict[str, Any] | None = None,
) -> tuple[Any, list[str]]:
    """The mail, and all who get it."""
    from email.mime.application import MIMEApplication
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText
    from email.utils import formatdate

    recipients, copies = get_email_address_list(to), get_email_address_list(cc or [])
    message = MIMEMultipart(mime_subtype)
    message["Subject"] = subject
    if mail_from:
        message["From"] = mail_from
    message["To"] = ", ".join(recipients)
    if copies:
        message["CC"] = ", ".join(copies)
    message["Date"] = formatdate(localtime=True)
    message.attach(MIMEText(html_content, "html", mime_charset))
    for path in files or []:
        with open(path, "rb") as file:
            part = MIMEApplication(file.read(), Name=os.path.basename(path))
        part["Content-Disposition"] = f'attachment; filename="{os.path.basename(path)}"'
        message.attach(part)
    for name, value in (custom_headers or {}).items():
        message[name] = value
    return message, [*recipients, *copies, *get_email_address_list(bcc or [])]


def send_mime_email(
    e_from: str, e_to: list[str], mime_msg: Any, conn_id: str | None = None, dryrun: bool = False
) -> None:
    """Hands a mail to the SMTP server."""
    import smtplib

    from updraft_airflow.configuration import conf
    from updraft_airflow.connections.connection import get_connection
    from updraft_airflow.exceptions import AirflowException

    host, port = conf.get("smtp", "smtp_host"), conf.getint("smtp", "smtp_port")
    user, password = conf.get("smtp", "smtp_user", fallback=None), conf.get("smtp", "smtp_password", fallback=None)
    if conn_id is not None:
        connection = get_connection(conn_id)
        host, port = connection.host or host, connection.port or port
        user, password = connection.login or user, connection.password or password
    if dryrun:
        return
    if not host:
        raise AirflowException("there is no mail server: set `[smtp] smtp_host`, or give a connection")
    kind = smtplib.SMTP_SSL if conf.getboolean("smtp", "smtp_ssl") else smtplib.SMTP
    with kind(host, port, timeout=conf.getint("smtp", "smtp_timeout")) as server:
        if conf.getboolean("smtp", "smtp_starttls") and kind is smtplib.SMTP:
            server.starttls()
        if user and password:
            server.login(user, password)
        server.sendmail(e_from, e_to, mime_msg.as_string())


def get_email_address_list(addresses: str | Iterable[str]) -> list[str]:
    """Addresses one by one; in a text they are separated by commas or semicolons."""
    if isinstance(addresses, str):
        import re

        return [part.strip() for part in re.split(r"[,;]", addresses) if part.strip()]
    if isinstance(addresses, Iterable):
        found = list(addresses)
        if all(isinstance(item, str) for item in found):
            return found
        raise TypeError("The items in your iterable must be strings.")
    raise TypeError(f"Unexpected argument type: Received '{type(addresses).__name__}'.")
