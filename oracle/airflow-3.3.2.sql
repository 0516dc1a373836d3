-- What real Airflow has written, by xtask/oracle/database.py. The fernet key is cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ=
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE connection (
	id INTEGER NOT NULL, 
	conn_id VARCHAR(250) NOT NULL, 
	conn_type VARCHAR(500) NOT NULL, 
	description VARCHAR(5000), 
	host VARCHAR(500), 
	schema VARCHAR(500), 
	login TEXT, 
	port INTEGER, 
	team_name VARCHAR(50), 
	password TEXT, 
	extra TEXT, 
	is_encrypted BOOLEAN NOT NULL, 
	is_extra_encrypted BOOLEAN NOT NULL, 
	CONSTRAINT connection_pkey PRIMARY KEY (id), 
	CONSTRAINT connection_conn_id_uq UNIQUE (conn_id), 
	CONSTRAINT connection_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL
);
INSERT INTO "connection" VALUES(1,'warehouse','postgres',NULL,'db','sales','etl',5433,NULL,'gAAAAABrBJIF_3X_kypUT6zRKf4-Yt8uZt9YdoJcotTGsEOkC_T45shVZ7BLL1FSjT6Ti2T_5GejSea00dBEaaIxazuy9GXklA==','gAAAAABrBJIFwCzSblo7AOi8-v0fXKkU0Vbs4V1URsFzTzArrhIDxPBXOL1_3LL-DM8YqMRMEIQi01xtIzpQGfBfgrI8dSAaFReDYrgzYruum6oSsdvxjEY=',1,1);
INSERT INTO "connection" VALUES(2,'plain','generic',NULL,'shop.example',NULL,NULL,NULL,NULL,NULL,NULL,0,0);
CREATE TABLE dag (
	dag_id VARCHAR(250) NOT NULL, 
	is_paused BOOLEAN NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	exceeds_max_non_backfill BOOLEAN DEFAULT '0' NOT NULL, 
	last_parsed_time TIMESTAMP, 
	last_parse_duration FLOAT, 
	last_expired TIMESTAMP, 
	fileloc VARCHAR(2000), 
	relative_fileloc VARCHAR(2000), 
	bundle_name VARCHAR(250) NOT NULL, 
	bundle_version VARCHAR(200), 
	owners VARCHAR(2000), 
	dag_display_name VARCHAR(2000), 
	description TEXT, 
	timetable_type VARCHAR(255) NOT NULL, 
	timetable_summary TEXT, 
	timetable_description VARCHAR(1000), 
	timetable_partitioned BOOLEAN DEFAULT '0' NOT NULL, 
	timetable_periodic BOOLEAN DEFAULT '0' NOT NULL, 
	partition_mapper_info JSON NOT NULL, 
	asset_expression JSON, 
	deadline JSON, 
	max_active_tasks INTEGER NOT NULL, 
	max_active_runs INTEGER, 
	max_consecutive_failed_dag_runs INTEGER NOT NULL, 
	has_task_concurrency_limits BOOLEAN NOT NULL, 
	has_import_errors BOOLEAN DEFAULT '0', 
	fail_fast BOOLEAN DEFAULT '0' NOT NULL, 
	allowed_run_types JSON, 
	next_dagrun TIMESTAMP, 
	next_dagrun_data_interval_start TIMESTAMP, 
	next_dagrun_data_interval_end TIMESTAMP, 
	next_dagrun_partition_key VARCHAR(255), 
	next_dagrun_partition_date TIMESTAMP, 
	next_dagrun_create_after TIMESTAMP, 
	CONSTRAINT dag_pkey PRIMARY KEY (dag_id), 
	CONSTRAINT dag_bundle_name_fkey FOREIGN KEY(bundle_name) REFERENCES dag_bundle (name)
);
INSERT INTO "dag" VALUES('shop',0,0,0,'2026-11-23 19:21:14.997326',NULL,NULL,'/opt/airflow/dags/shop.py','shop.py','dags-folder',NULL,'airflow',NULL,NULL,'CronTriggerTimetable','0 0 * * *','At 00:00',0,1,'[]',NULL,NULL,16,16,0,0,0,0,'null','2026-11-23 00:00:00.000000','2026-11-23 00:00:00.000000','2026-11-23 00:00:00.000000',NULL,NULL,'2026-11-23 00:00:00.000000');
CREATE TABLE dag_run (
	id INTEGER NOT NULL, 
	dag_id VARCHAR(250) NOT NULL, 
	queued_at TIMESTAMP, 
	logical_date TIMESTAMP, 
	start_date TIMESTAMP, 
	end_date TIMESTAMP, 
	state VARCHAR(50), 
	run_id VARCHAR(250) NOT NULL, 
	creating_job_id INTEGER, 
	run_type VARCHAR(50) NOT NULL, 
	triggered_by VARCHAR(50), 
	triggering_user_name VARCHAR(512), 
	conf JSON, 
	data_interval_start TIMESTAMP, 
	data_interval_end TIMESTAMP, 
	run_after TIMESTAMP NOT NULL, 
	last_scheduling_decision TIMESTAMP, 
	log_template_id INTEGER, 
	created_at TIMESTAMP, 
	updated_at TIMESTAMP, 
	clear_number INTEGER DEFAULT '0' NOT NULL, 
	backfill_id INTEGER, 
	bundle_version VARCHAR(250), 
	scheduled_by_job_id INTEGER, 
	context_carrier JSON, 
	span_status VARCHAR(250) DEFAULT 'not_started' NOT NULL, 
	created_dag_version_id CHAR(32), 
	partition_key VARCHAR(250), 
	partition_date TIMESTAMP, 
	CONSTRAINT dag_run_pkey PRIMARY KEY (id), 
	CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id), 
	CONSTRAINT dag_run_dag_id_logical_date_key UNIQUE (dag_id, logical_date), 
	CONSTRAINT task_instance_log_template_id_fkey FOREIGN KEY(log_template_id) REFERENCES log_template (id) ON DELETE NO ACTION, 
	CONSTRAINT dag_run_backfill_id_fkey FOREIGN KEY(backfill_id) REFERENCES backfill (id), 
	CONSTRAINT created_dag_version_id_fkey FOREIGN KEY(created_dag_version_id) REFERENCES dag_version (id) ON DELETE set null
);
INSERT INTO "dag_run" VALUES(1,'shop',NULL,'2024-01-12 00:00:00.000000','2024-01-12 00:00:00.000000','2026-11-23 19:21:11.969968','failed','manual__2026-11-23T19:20:40.155752+00:00',NULL,'manual','TEST','dag_test','{}','2024-01-12 00:00:00.000000','2024-01-12 00:00:00.000000','2026-11-23 19:20:40.155752','2026-11-23 19:21:11.964519',2,'2026-11-23 19:20:40.355122','2026-11-23 19:21:11.972385',0,NULL,NULL,NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "dag_run" VALUES(2,'shop',NULL,'2024-01-13 00:00:00.000000','2024-01-13 00:00:00.000000','2026-11-23 19:21:14.743588','failed','manual__2026-11-23T19:21:12.150165+00:00',NULL,'manual','TEST','dag_test','{"full": true, "limits": [1, 2.5, null], "of": {"region": "eu", "again": "eu"}, "big": 123456789012, "less": -70000}','2024-01-13 00:00:00.000000','2024-01-13 00:00:00.000000','2026-11-23 19:21:12.150165','2026-11-23 19:21:14.724485',2,'2026-11-23 19:21:12.282488','2026-11-23 19:21:14.744809',0,NULL,NULL,NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started','01a209da6f847c3f915341552338c4ab',NULL,NULL);
CREATE TABLE slot_pool (
	id INTEGER NOT NULL, 
	pool VARCHAR(256), 
	slots INTEGER NOT NULL, 
	description TEXT, 
	include_deferred BOOLEAN NOT NULL, 
	team_name VARCHAR(50), 
	CONSTRAINT slot_pool_pkey PRIMARY KEY (id), 
	CONSTRAINT slot_pool_pool_uq UNIQUE (pool), 
	CONSTRAINT slot_pool_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL
);
INSERT INTO "slot_pool" VALUES(1,'default_pool',128,'Default pool',0,NULL);
INSERT INTO "slot_pool" VALUES(2,'db',4,'what it is for',0,NULL);
CREATE TABLE task_instance (
	id CHAR(32) NOT NULL, 
	task_id VARCHAR(250) NOT NULL, 
	dag_id VARCHAR(250) NOT NULL, 
	run_id VARCHAR(250) NOT NULL, 
	map_index INTEGER DEFAULT '-1' NOT NULL, 
	start_date TIMESTAMP, 
	end_date TIMESTAMP, 
	duration FLOAT, 
	state VARCHAR(20), 
	try_number INTEGER NOT NULL, 
	max_tries INTEGER DEFAULT '-1' NOT NULL, 
	hostname VARCHAR(1000), 
	unixname VARCHAR(1000), 
	pool VARCHAR(256) NOT NULL, 
	pool_slots INTEGER NOT NULL, 
	queue VARCHAR(256), 
	priority_weight INTEGER, 
	operator VARCHAR(1000), 
	custom_operator_name VARCHAR(1000), 
	queued_dttm TIMESTAMP, 
	scheduled_dttm TIMESTAMP, 
	queued_by_job_id INTEGER, 
	last_heartbeat_at TIMESTAMP, 
	pid INTEGER, 
	executor VARCHAR(1000), 
	executor_config BLOB, 
	updated_at TIMESTAMP, 
	rendered_map_index VARCHAR(250), 
	context_carrier JSON, 
	span_status VARCHAR(250) DEFAULT 'not_started' NOT NULL, 
	external_executor_id TEXT, 
	trigger_id INTEGER, 
	trigger_timeout TIMESTAMP, 
	next_method VARCHAR(1000), 
	next_kwargs JSON, 
	task_display_name VARCHAR(2000), 
	dag_version_id CHAR(32), 
	retry_delay_override FLOAT, 
	retry_reason VARCHAR(500), 
	CONSTRAINT task_instance_pkey PRIMARY KEY (id), 
	CONSTRAINT task_instance_composite_key UNIQUE (dag_id, task_id, run_id, map_index), 
	CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY(trigger_id) REFERENCES "trigger" (id) ON DELETE CASCADE, 
	CONSTRAINT task_instance_dag_run_fkey FOREIGN KEY(dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE, 
	CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY(dag_version_id) REFERENCES dag_version (id) ON DELETE RESTRICT
);
INSERT INTO "task_instance" VALUES('01a209da70f0795c8c44ee19e0457953','orders','shop','manual__2026-11-23T19:20:40.155752+00:00',-1,'2026-11-23 19:20:46.514096','2026-11-23 19:21:10.741138',24.227042,'success',1,1,'vm','root','default_pool',1,'default',3,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:20:40.992570',NULL,'2026-11-23 19:21:10.532865',564,NULL,X'80057D942E','2026-11-23 19:21:10.821460',NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','orders','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209da70f17cf0b21acf4594471f03','clean','shop','manual__2026-11-23T19:20:40.155752+00:00',0,'2026-11-23 19:21:11.254064','2026-11-23 19:21:11.451140',0.197076,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:11.068042',NULL,'2026-11-23 19:21:11.303777',564,NULL,X'80057D942E','2026-11-23 19:21:11.491538',NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','clean','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209da70f27420aab0b3999b208383','report','shop','manual__2026-11-23T19:20:40.155752+00:00',-1,'2026-11-23 19:21:11.772195','2026-11-23 19:21:11.878238',0.106043,'failed',1,0,'vm','root','default_pool',1,'default',1,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:11.739049',NULL,'2026-11-23 19:21:11.810140',564,NULL,X'80057D942E','2026-11-23 19:21:11.947079',NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','report','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209dae7e97965bb60c05626c1846f','clean','shop','manual__2026-11-23T19:20:40.155752+00:00',1,'2026-11-23 19:21:11.570488','2026-11-23 19:21:11.710607',0.140119,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:11.068066',NULL,'2026-11-23 19:21:11.595913',564,NULL,X'80057D942E','2026-11-23 19:21:11.732492',NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null',NULL,'01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209dae7ef73129be1b78f59445088','clean','shop','manual__2026-11-23T19:20:40.155752+00:00',2,'2026-11-23 19:21:11.096064','2026-11-23 19:21:11.181608',0.085544,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:11.068075',NULL,'2026-11-23 19:21:11.107729',564,NULL,X'80057D942E','2026-11-23 19:21:11.210365',NULL,'{"__var": {"traceparent": "00-2c1489f84eac39720a7a279b8ed17ff6-954d135437ba0be0-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null',NULL,'01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209daed627156b9d2b7d168ad1999','orders','shop','manual__2026-11-23T19:21:12.150165+00:00',-1,'2026-11-23 19:21:12.337509','2026-11-23 19:21:12.513284',0.175775,'success',1,1,'vm','root','default_pool',1,'default',3,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:12.315067',NULL,'2026-11-23 19:21:12.366357',564,NULL,X'80057D942E','2026-11-23 19:21:12.568103',NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','orders','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209daed637a49a96d5f1ac8a39e9c','clean','shop','manual__2026-11-23T19:21:12.150165+00:00',0,'2026-11-23 19:21:14.328096','2026-11-23 19:21:14.445786',0.11769,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:12.654621',NULL,'2026-11-23 19:21:14.352933',564,NULL,X'80057D942E','2026-11-23 19:21:14.481292',NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','clean','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209daed64753eb6180b44b21fc6df','report','shop','manual__2026-11-23T19:21:12.150165+00:00',-1,'2026-11-23 19:21:14.509726','2026-11-23 19:21:14.656751',0.147025,'failed',1,0,'vm','root','default_pool',1,'default',1,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:14.487285',NULL,'2026-11-23 19:21:14.539852',564,NULL,X'80057D942E','2026-11-23 19:21:14.704138',NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null','report','01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209daee9c791e8dae913e7ca488b5','clean','shop','manual__2026-11-23T19:21:12.150165+00:00',1,'2026-11-23 19:21:12.692122','2026-11-23 19:21:12.810122',0.118,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:12.654646',NULL,'2026-11-23 19:21:12.710908',564,NULL,X'80057D942E','2026-11-23 19:21:13.923904',NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null',NULL,'01a209da6f847c3f915341552338c4ab',NULL,NULL);
INSERT INTO "task_instance" VALUES('01a209daee9e7d31880eaf65f148fb43','clean','shop','manual__2026-11-23T19:21:12.150165+00:00',2,'2026-11-23 19:21:13.984373','2026-11-23 19:21:14.194244',0.209871,'success',1,0,'vm','root','default_pool',1,'default',2,'_PythonDecoratedOperator','@task',NULL,'2026-11-23 19:21:12.654657',NULL,'2026-11-23 19:21:14.022773',564,NULL,X'80057D942E','2026-11-23 19:21:14.266269',NULL,'{"__var": {"traceparent": "00-e612731a86abd0b47a53f82ebd3e47e4-4f6125169d211020-00"}, "__type": "dict"}','not_started',NULL,NULL,NULL,NULL,'null',NULL,'01a209da6f847c3f915341552338c4ab',NULL,NULL);
CREATE TABLE variable (
	id INTEGER NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	val TEXT NOT NULL, 
	description TEXT, 
	is_encrypted BOOLEAN NOT NULL, 
	team_name VARCHAR(50), 
	CONSTRAINT variable_pkey PRIMARY KEY (id), 
	CONSTRAINT variable_key_uq UNIQUE ("key"), 
	CONSTRAINT variable_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL
);
INSERT INTO "variable" VALUES(1,'region','gAAAAABrBJIGDMJErdyvugjBQArAL1oEslPLdE2giXezfIijOi5nMD2h0_whbC2FUlg2RWv_fjznouy4htg1wMEG5o0kaxkzmg==','where we sell',1,NULL);
INSERT INTO "variable" VALUES(2,'limits','gAAAAABrBJIGk2JPOSTu7kXdewDFWClZu__M_zZ5CjAh3eog_KSD9QnwEsQgJnXN0C7nPBr1JragfwQcZBmxkNt9yqG0ic_4DA==',NULL,1,NULL);
COMMIT;
