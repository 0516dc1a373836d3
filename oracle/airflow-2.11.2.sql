-- What real Airflow has written, by xtask/oracle/database.py. The fernet key is cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ=
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE ab_permission (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	CONSTRAINT ab_permission_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_name_uq UNIQUE (name)
);
INSERT INTO "ab_permission" VALUES(2,'can_read');
CREATE TABLE ab_permission_view (
	id INTEGER NOT NULL, 
	permission_id INTEGER, 
	view_menu_id INTEGER, 
	CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id), 
	CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY(permission_id) REFERENCES ab_permission (id), 
	CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY(view_menu_id) REFERENCES ab_view_menu (id)
);
INSERT INTO "ab_permission_view" VALUES(28,2,21);
CREATE TABLE ab_permission_view_role (
	id INTEGER NOT NULL, 
	permission_view_id INTEGER, 
	role_id INTEGER, 
	CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id), 
	CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY(permission_view_id) REFERENCES ab_permission_view (id), 
	CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id)
);
INSERT INTO "ab_permission_view_role" VALUES(223,28,6);
CREATE TABLE ab_role (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	CONSTRAINT ab_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_role_name_uq UNIQUE (name)
);
INSERT INTO "ab_role" VALUES(1,'Admin');
INSERT INTO "ab_role" VALUES(2,'Public');
INSERT INTO "ab_role" VALUES(3,'Viewer');
INSERT INTO "ab_role" VALUES(4,'User');
INSERT INTO "ab_role" VALUES(5,'Op');
INSERT INTO "ab_role" VALUES(6,'Sellers');
CREATE TABLE ab_user (
	id INTEGER NOT NULL, 
	first_name VARCHAR(256) NOT NULL, 
	last_name VARCHAR(256) NOT NULL, 
	username VARCHAR(512) COLLATE "NOCASE" NOT NULL, 
	password VARCHAR(256), 
	active BOOLEAN, 
	email VARCHAR(512) NOT NULL, 
	last_login DATETIME, 
	login_count INTEGER, 
	fail_login_count INTEGER, 
	created_on DATETIME, 
	changed_on DATETIME, 
	created_by_fk INTEGER, 
	changed_by_fk INTEGER, 
	CONSTRAINT ab_user_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_user_username_uq UNIQUE (username), 
	CONSTRAINT ab_user_email_uq UNIQUE (email), 
	CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY(created_by_fk) REFERENCES ab_user (id), 
	CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY(changed_by_fk) REFERENCES ab_user (id)
);
INSERT INTO "ab_user" VALUES(1,'Ann','Lee','ann','scrypt:32768:8:1$DfsM9W34M6U6IMoL$af355b982af7552205fc9100da5a6ff5a03e6c1f2631ba719a23fd5f1ddc85c4a3fe4fe2d40e2d65fd03e3d2816252354af6eadba8556b9e9574d3ca267857e0',1,'ann@example.com',NULL,NULL,NULL,'2026-11-23 19:19:50.188704','2026-11-23 19:19:50.188712',NULL,NULL);
CREATE TABLE ab_user_role (
	id INTEGER NOT NULL, 
	user_id INTEGER, 
	role_id INTEGER, 
	CONSTRAINT ab_user_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id), 
	CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id), 
	CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id)
);
INSERT INTO "ab_user_role" VALUES(1,1,6);
CREATE TABLE ab_view_menu (
	id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);
INSERT INTO "ab_view_menu" VALUES(21,'DAGs');
CREATE TABLE connection (
	id INTEGER NOT NULL, 
	conn_id VARCHAR(250) NOT NULL, 
	conn_type VARCHAR(500) NOT NULL, 
	description VARCHAR(5000), 
	host VARCHAR(500), 
	schema VARCHAR(500), 
	login TEXT, 
	password TEXT, 
	port INTEGER, 
	is_encrypted BOOLEAN, 
	is_extra_encrypted BOOLEAN, 
	extra TEXT, 
	CONSTRAINT connection_pkey PRIMARY KEY (id), 
	CONSTRAINT connection_conn_id_uq UNIQUE (conn_id)
);
INSERT INTO "connection" VALUES(1,'warehouse','postgres',NULL,'db','sales','etl','gAAAAABrBJHDyRbnTpmJ7uoSQpPYjIhHZO9LlrIGgoz3xzw3VaSoJitQXP10wQk6HmQLdX2FyPVLf18oWhCKn2Xhqk_G_xOdAw==',5433,1,1,'gAAAAABrBJHD_PWHXB_Xp2GGNkZpOsLdm40GzuySApES_fVxTP8LCjVccEc5dO55kY32mbyIUKcPeOnTp0ybcgS2LL9GfyEEbx5L4YFSaOD6Sd1S14-4fOs=');
INSERT INTO "connection" VALUES(2,'plain','http',NULL,'shop.example',NULL,NULL,NULL,NULL,0,0,NULL);
CREATE TABLE dag (
	dag_id VARCHAR(250) NOT NULL, 
	root_dag_id VARCHAR(250), 
	is_paused BOOLEAN, 
	is_subdag BOOLEAN, 
	is_active BOOLEAN, 
	last_parsed_time TIMESTAMP, 
	last_pickled TIMESTAMP, 
	last_expired TIMESTAMP, 
	scheduler_lock BOOLEAN, 
	pickle_id INTEGER, 
	fileloc VARCHAR(2000), 
	processor_subdir VARCHAR(2000), 
	owners VARCHAR(2000), 
	dag_display_name VARCHAR(2000), 
	description TEXT, 
	default_view VARCHAR(25), 
	schedule_interval TEXT, 
	timetable_description VARCHAR(1000), 
	dataset_expression JSON, 
	max_active_tasks INTEGER NOT NULL, 
	max_active_runs INTEGER, 
	max_consecutive_failed_dag_runs INTEGER NOT NULL, 
	has_task_concurrency_limits BOOLEAN NOT NULL, 
	has_import_errors BOOLEAN DEFAULT '0', 
	next_dagrun TIMESTAMP, 
	next_dagrun_data_interval_start TIMESTAMP, 
	next_dagrun_data_interval_end TIMESTAMP, 
	next_dagrun_create_after TIMESTAMP, 
	CONSTRAINT dag_pkey PRIMARY KEY (dag_id)
);
INSERT INTO "dag" VALUES('shop',NULL,0,0,1,'2026-11-23 19:19:55.975004',NULL,NULL,NULL,NULL,'/opt/airflow/dags/shop.py',NULL,'airflow',NULL,NULL,'grid','"@daily"','At 00:00','null',16,16,0,0,0,'2026-11-22 00:00:00.000000','2026-11-22 00:00:00.000000','2026-11-23 00:00:00.000000','2026-11-23 00:00:00.000000');
CREATE TABLE dag_run (
	id INTEGER NOT NULL, 
	dag_id VARCHAR(250) NOT NULL, 
	queued_at TIMESTAMP, 
	execution_date TIMESTAMP NOT NULL, 
	start_date TIMESTAMP, 
	end_date TIMESTAMP, 
	state VARCHAR(50), 
	run_id VARCHAR(250) NOT NULL, 
	creating_job_id INTEGER, 
	external_trigger BOOLEAN, 
	run_type VARCHAR(50) NOT NULL, 
	conf BLOB, 
	data_interval_start TIMESTAMP, 
	data_interval_end TIMESTAMP, 
	last_scheduling_decision TIMESTAMP, 
	dag_hash VARCHAR(32), 
	log_template_id INTEGER, 
	updated_at TIMESTAMP, 
	clear_number INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT dag_run_pkey PRIMARY KEY (id), 
	CONSTRAINT dag_run_dag_id_execution_date_key UNIQUE (dag_id, execution_date), 
	CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id), 
	CONSTRAINT task_instance_log_template_id_fkey FOREIGN KEY(log_template_id) REFERENCES log_template (id) ON DELETE NO ACTION
);
INSERT INTO "dag_run" VALUES(1,'shop',NULL,'2024-01-12 00:00:00.000000','2024-01-12 00:00:00.000000','2026-11-23 19:19:54.297896','failed','manual__2024-01-12T00:00:00+00:00',NULL,0,'manual',X'80057D942E','2024-01-11 00:00:00.000000','2024-01-12 00:00:00.000000','2026-11-23 19:19:54.287502',NULL,1,'2026-11-23 19:19:54.300223',0);
INSERT INTO "dag_run" VALUES(2,'shop',NULL,'2024-01-13 00:00:00.000000','2024-01-13 00:00:00.000000','2026-11-23 19:19:55.374188','failed','manual__2024-01-13T00:00:00+00:00',NULL,0,'manual',X'80059563000000000000007D94288C0466756C6C94888C066C696D697473945D94284B014740040000000000004E658C026F66947D94288C06726567696F6E948C026575948C05616761696E948C02657594758C03626967948A05141A99BE1C8C046C657373944A90EEFEFF752E','2024-01-12 00:00:00.000000','2024-01-13 00:00:00.000000','2026-11-23 19:19:55.370332',NULL,1,'2026-11-23 19:19:55.381100',0);
CREATE TABLE slot_pool (
	id INTEGER NOT NULL, 
	pool VARCHAR(256), 
	slots INTEGER, 
	description TEXT, 
	include_deferred BOOLEAN NOT NULL, 
	CONSTRAINT slot_pool_pkey PRIMARY KEY (id), 
	CONSTRAINT slot_pool_pool_uq UNIQUE (pool)
);
INSERT INTO "slot_pool" VALUES(1,'default_pool',128,'Default pool',0);
INSERT INTO "slot_pool" VALUES(2,'db',4,'what it is for',0);
CREATE TABLE task_instance (
	task_id VARCHAR(250) NOT NULL, 
	dag_id VARCHAR(250) NOT NULL, 
	run_id VARCHAR(250) NOT NULL, 
	map_index INTEGER DEFAULT -1 NOT NULL, 
	start_date TIMESTAMP, 
	end_date TIMESTAMP, 
	duration FLOAT, 
	state VARCHAR(20), 
	try_number INTEGER, 
	max_tries INTEGER DEFAULT -1, 
	hostname VARCHAR(1000), 
	unixname VARCHAR(1000), 
	job_id INTEGER, 
	pool VARCHAR(256) NOT NULL, 
	pool_slots INTEGER NOT NULL, 
	queue VARCHAR(256), 
	priority_weight INTEGER, 
	operator VARCHAR(1000), 
	custom_operator_name VARCHAR(1000), 
	queued_dttm TIMESTAMP, 
	queued_by_job_id INTEGER, 
	pid INTEGER, 
	executor VARCHAR(1000), 
	executor_config BLOB, 
	updated_at TIMESTAMP, 
	rendered_map_index VARCHAR(250), 
	external_executor_id VARCHAR(250), 
	trigger_id INTEGER, 
	trigger_timeout DATETIME, 
	next_method VARCHAR(1000), 
	next_kwargs JSON, 
	task_display_name VARCHAR(2000), 
	CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index), 
	CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY(trigger_id) REFERENCES "trigger" (id) ON DELETE CASCADE, 
	CONSTRAINT task_instance_dag_run_fkey FOREIGN KEY(dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);
INSERT INTO "task_instance" VALUES('orders','shop','manual__2024-01-12T00:00:00+00:00',-1,NULL,'2026-11-23 19:19:52.490684',NULL,'success',1,1,'vm','root',NULL,'default_pool',1,'default',3,'_PythonDecoratedOperator','@task',NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:52.618509',NULL,NULL,NULL,NULL,NULL,NULL,'orders');
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-12T00:00:00+00:00',0,NULL,'2026-11-23 19:19:53.440139',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:53.463608',NULL,NULL,NULL,NULL,NULL,NULL,'clean');
INSERT INTO "task_instance" VALUES('report','shop','manual__2024-01-12T00:00:00+00:00',-1,NULL,'2026-11-23 19:19:54.119584',NULL,'failed',1,0,'vm','root',NULL,'default_pool',1,'default',1,'_PythonDecoratedOperator','@task',NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:54.184626',NULL,NULL,NULL,NULL,NULL,NULL,'report');
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-12T00:00:00+00:00',1,NULL,'2026-11-23 19:19:53.618595',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:53.628735',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-12T00:00:00+00:00',2,NULL,'2026-11-23 19:19:53.932161',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:53.968427',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "task_instance" VALUES('orders','shop','manual__2024-01-13T00:00:00+00:00',-1,NULL,'2026-11-23 19:19:54.595443',NULL,'success',1,1,'vm','root',NULL,'default_pool',1,'default',3,'_PythonDecoratedOperator','@task',NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:54.601122',NULL,NULL,NULL,NULL,NULL,NULL,'orders');
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-13T00:00:00+00:00',0,NULL,'2026-11-23 19:19:54.979073',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:54.996020',NULL,NULL,NULL,NULL,NULL,NULL,'clean');
INSERT INTO "task_instance" VALUES('report','shop','manual__2024-01-13T00:00:00+00:00',-1,NULL,'2026-11-23 19:19:55.330424',NULL,'failed',1,0,'vm','root',NULL,'default_pool',1,'default',1,'_PythonDecoratedOperator','@task',NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:55.355429',NULL,NULL,NULL,NULL,NULL,NULL,'report');
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-13T00:00:00+00:00',1,NULL,'2026-11-23 19:19:55.121900',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:55.131497',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "task_instance" VALUES('clean','shop','manual__2024-01-13T00:00:00+00:00',2,NULL,'2026-11-23 19:19:55.209125',NULL,'success',1,0,'vm','root',NULL,'default_pool',1,'default',2,'_PythonDecoratedOperator',NULL,NULL,NULL,31821,NULL,X'80057D942E','2026-11-23 19:19:55.213587',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE variable (
	id INTEGER NOT NULL, 
	"key" VARCHAR(250), 
	val TEXT, 
	description TEXT, 
	is_encrypted BOOLEAN, 
	CONSTRAINT variable_pkey PRIMARY KEY (id), 
	CONSTRAINT variable_key_uq UNIQUE ("key")
);
INSERT INTO "variable" VALUES(1,'region','gAAAAABrBJHExfj5kEkKZWQnJqf8Uhl0Q5YaEvs6E9fRLHbXO7vIZzJVrbRA2e-gFdgj5bjND2gNwtRAmLgDXKB1aZR5ZGZdsw==','where we sell',1);
INSERT INTO "variable" VALUES(2,'limits','gAAAAABrBJHEQheXx1yIiGSDF6TGSD5H232224WqKzLKjtzhgLYGtpttI0qwk36UhQZsjoSrG_tzjUQFJLWOc8Ca904o5yiiAg==',NULL,1);
COMMIT;
