"""Paths that lead to providers: those of Airflow 1.10, and those that providers have removed since.

The names are found in the provider when they are used, if it is installed. A module that the provider has itself comes first.
"""

from __future__ import annotations

_AWS = "airflow.providers.amazon.aws"
_GOOGLE = "airflow.providers.google.cloud"
_SQL = "airflow.providers.common.sql"
_CHECKS = " ".join(
    f"{name}={_SQL}.operators.sql:{name}"
    for name in ("BranchSQLOperator", "SQLCheckOperator", "SQLIntervalCheckOperator", "SQLThresholdCheckOperator",
                 "SQLValueCheckOperator", "SQLColumnCheckOperator", "SQLTableCheckOperator")
)  # fmt: skip
_POD = "KubernetesPodOperator=airflow.providers.cncf.kubernetes.operators.pod:KubernetesPodOperator"


def _all(names: str, module: str) -> str:
    return " ".join(f"{name}={module}:{name}" for name in names.split())


def _renamed(package: str, names: dict[str, str]) -> dict[str, str]:
    """Names that a module still has under another name, by module."""
    return {
        f"{package.removeprefix('airflow.')}.{module}": " ".join(
            f"{word.partition('=')[0]}={package}.{module}:{word.partition('=')[2]}" for word in words.split()
        )
        for module, words in names.items()
    }


RENAMED: dict[str, str] = {
    **_renamed("airflow.providers.http.operators", {"http": "SimpleHttpOperator=HttpOperator"}),
    **_renamed(
        _AWS,
        {
            "hooks.glue": "AwsGlueJobHook=GlueJobHook",
            "hooks.glue_crawler": "AwsGlueCrawlerHook=GlueCrawlerHook",
            "operators.glue": "AwsGlueJobOperator=GlueJobOperator",
            "operators.glue_crawler": "AwsGlueCrawlerOperator=GlueCrawlerOperator",
            "sensors.glue": "AwsGlueJobSensor=GlueJobSensor",
            "sensors.glue_crawler": "AwsGlueCrawlerSensor=GlueCrawlerSensor",
        },
    ),
}
"""Names that providers have removed from modules which they still have."""

REMOVED: dict[str, str] = {
    "providers.amazon.aws.operators.emr_add_steps": _all("EmrAddStepsOperator", f"{_AWS}.operators.emr"),
    "providers.amazon.aws.operators.emr_create_job_flow": _all("EmrCreateJobFlowOperator", f"{_AWS}.operators.emr"),
    "providers.amazon.aws.operators.emr_terminate_job_flow": _all(
        "EmrTerminateJobFlowOperator", f"{_AWS}.operators.emr"
    ),
    "providers.amazon.aws.operators.redshift_sql": "RedshiftSQLOperator=operators.removed:RedshiftSQLOperator",
    "providers.amazon.aws.operators.s3_copy_object": _all("S3CopyObjectOperator", f"{_AWS}.operators.s3"),
    "providers.amazon.aws.sensors.emr_step": _all("EmrStepSensor", f"{_AWS}.sensors.emr"),
    "providers.amazon.aws.sensors.s3_key": _all("S3KeySensor", f"{_AWS}.sensors.s3"),
    "providers.amazon.aws.sensors.s3_prefix": "S3PrefixSensor=operators.removed:S3PrefixSensor",
    "providers.cncf.kubernetes.operators.kubernetes_pod": _POD,
    "providers.mysql.operators.mysql": "MySqlOperator=operators.removed:MySqlOperator",
    "providers.microsoft.mssql.operators.mssql": "MsSqlOperator=operators.removed:MsSqlOperator",
    "providers.postgres.operators.postgres": "PostgresOperator=operators.removed:PostgresOperator",
    "providers.slack.notifications.slack_notifier": _all(
        "SlackNotifier send_slack_notification", "airflow.providers.slack.notifications.slack"
    ),
    "providers.snowflake.operators.snowflake": "SnowflakeOperator=operators.removed:SnowflakeOperator",
    "providers.sqlite.operators.sqlite": "SqliteOperator=operators.removed:SqliteOperator",
}
"""Modules that providers have removed whole."""

OLD: dict[str, str] = {
    "contrib.hooks.gcp_api_base_hook": "GoogleCloudBaseHook="
    "airflow.providers.google.common.hooks.base_google:GoogleBaseHook",
    "contrib.hooks.snowflake_hook": _all("SnowflakeHook", "airflow.providers.snowflake.hooks.snowflake"),
    "contrib.hooks.ssh_hook": _all("SSHHook", "airflow.providers.ssh.hooks.ssh"),
    "contrib.operators.bigquery_check_operator": _all("BigQueryCheckOperator", f"{_GOOGLE}.operators.bigquery"),
    "contrib.operators.emr_add_steps_operator": _all("EmrAddStepsOperator", f"{_AWS}.operators.emr"),
    "contrib.operators.emr_create_job_flow_operator": _all("EmrCreateJobFlowOperator", f"{_AWS}.operators.emr"),
    "contrib.operators.emr_terminate_job_flow_operator": _all("EmrTerminateJobFlowOperator", f"{_AWS}.operators.emr"),
    "contrib.operators.databricks_operator": _all(
        "DatabricksSubmitRunOperator DatabricksRunNowOperator", "airflow.providers.databricks.operators.databricks"
    ),
    "contrib.operators.gcs_to_bq": "GoogleCloudStorageToBigQueryOperator="
    f"{_GOOGLE}.transfers.gcs_to_bigquery:GCSToBigQueryOperator",
    "contrib.operators.gcp_sql_operator": "CloudSqlQueryOperator="
    f"{_GOOGLE}.operators.cloud_sql:CloudSQLExecuteQueryOperator",
    "contrib.operators.kubernetes_pod_operator": _POD,
    "contrib.operators.snowflake_operator": "SnowflakeOperator=operators.removed:SnowflakeOperator",
    "contrib.operators.sqoop_operator": _all("SqoopOperator", "airflow.providers.apache.sqoop.operators.sqoop"),
    "contrib.operators.ssh_operator": _all("SSHOperator", "airflow.providers.ssh.operators.ssh"),
    "contrib.operators.aws_athena_operator": f"AWSAthenaOperator={_AWS}.operators.athena:AthenaOperator",
    "contrib.sensors.emr_step_sensor": _all("EmrStepSensor", f"{_AWS}.sensors.emr"),
    "hooks": _all("SqliteHook", "airflow.providers.sqlite.hooks.sqlite"),
    "hooks.S3_hook": _all("S3Hook", f"{_AWS}.hooks.s3"),
    "hooks.dbapi hooks.dbapi_hook": _all("DbApiHook", f"{_SQL}.hooks.sql"),
    "hooks.http_hook": _all("HttpHook", "airflow.providers.http.hooks.http"),
    "hooks.mssql_hook": _all("MsSqlHook", "airflow.providers.microsoft.mssql.hooks.mssql"),
    "hooks.mysql_hook": _all("MySqlHook", "airflow.providers.mysql.hooks.mysql"),
    "hooks.postgres_hook": _all("PostgresHook", "airflow.providers.postgres.hooks.postgres"),
    "hooks.sqlite_hook": _all("SqliteHook", "airflow.providers.sqlite.hooks.sqlite"),
    "operators.docker_operator": _all("DockerOperator", "airflow.providers.docker.operators.docker"),
    "operators.hive_operator": _all("HiveOperator", "airflow.providers.apache.hive.operators.hive"),
    "operators.http_operator": "SimpleHttpOperator=airflow.providers.http.operators.http:HttpOperator",
    "operators.mssql_operator": "MsSqlOperator=operators.removed:MsSqlOperator",
    "operators.mysql_operator": "MySqlOperator=operators.removed:MySqlOperator",
    "operators.papermill_operator": _all("PapermillOperator", "airflow.providers.papermill.operators.papermill"),
    "operators.postgres_operator": "PostgresOperator=operators.removed:PostgresOperator",
    "operators.sql": _CHECKS,
    "operators.sqlite_operator": "SqliteOperator=operators.removed:SqliteOperator",
    "sensors.http_sensor": _all("HttpSensor", "airflow.providers.http.sensors.http"),
    "sensors.s3_key_sensor": _all("S3KeySensor", f"{_AWS}.sensors.s3"),
    "sensors.s3_prefix_sensor": "S3PrefixSensor=operators.removed:S3PrefixSensor",
    "sensors.sql sensors.sql_sensor": _all("SqlSensor", f"{_SQL}.sensors.sql"),
}
"""Paths of Airflow 1.10."""

PACKAGE_NAMES = " ".join(
    (
        "SimpleHttpOperator=airflow.providers.http.operators.http:HttpOperator",
        _all("HttpSensor", "airflow.providers.http.sensors.http"),
        _all("S3KeySensor", f"{_AWS}.sensors.s3"),
    )
)
"""What Airflow 1.10 had in `airflow.operators` itself."""
