-- Who may log in. Named `account`, since `user` is a word of SQL.
CREATE TABLE account (
    account_id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    -- argon2id in PHC form, or what werkzeug wrote for Airflow. NULL: nobody can log in with a password.
    password_hash TEXT,
    -- Tokens that are older do not count.
    password_set_at INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    last_login_at INTEGER,
    login_count INTEGER NOT NULL DEFAULT 0,
    -- Since the last success.
    failed_login_count INTEGER NOT NULL DEFAULT 0,
    -- Nobody logs in before this.
    locked_until INTEGER
) STRICT;

-- What people may be.
CREATE TABLE role (
    role_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What a role may do, in Airflow's words: `can_edit` on `DAGs` or on `DAG:some_dag`.
CREATE TABLE role_permission (
    role_id INTEGER NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (role_id, action, resource)
) STRICT, WITHOUT ROWID;

-- Who has which role.
CREATE TABLE account_role (
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_role_role ON account_role (role_id);

-- Who did what.
CREATE TABLE event_log (
    event_log_id INTEGER PRIMARY KEY AUTOINCREMENT,
    happened_at INTEGER NOT NULL,
    event TEXT NOT NULL,
    owner TEXT,
    dag_id TEXT,
    run_id TEXT,
    task_id TEXT,
    map_index INTEGER,
    try_number INTEGER,
    -- JSON, without secrets.
    extra TEXT
) STRICT;

CREATE INDEX event_log_dag ON event_log (dag_id, event_log_id);
CREATE INDEX event_log_time ON event_log (happened_at);
