-- Who may log in. Named `account`, since `user` is a word of SQL.
CREATE TABLE account (
    account_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    -- argon2id in PHC form, or what werkzeug wrote for Airflow. NULL: nobody can log in with a password.
    password_hash TEXT,
    -- Tokens that are older do not count.
    password_set_at BIGINT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    last_login_at BIGINT,
    login_count BIGINT NOT NULL DEFAULT 0,
    -- Since the last success.
    failed_login_count BIGINT NOT NULL DEFAULT 0,
    -- Nobody logs in before this.
    locked_until BIGINT
);

-- What people may be.
CREATE TABLE role (
    role_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE
);

-- What a role may do, in Airflow's words: `can_edit` on `DAGs` or on `DAG:some_dag`.
CREATE TABLE role_permission (
    role_id BIGINT NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    action TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (role_id, action, resource)
);

-- Who has which role.
CREATE TABLE account_role (
    account_id BIGINT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    role_id BIGINT NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, role_id)
);

CREATE INDEX account_role_role ON account_role (role_id);

-- Who did what.
CREATE TABLE event_log (
    event_log_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C",
    dag_id TEXT COLLATE "C",
    run_id TEXT COLLATE "C",
    task_id TEXT COLLATE "C",
    map_index BIGINT,
    try_number BIGINT,
    -- JSON, without secrets.
    extra TEXT
);

CREATE INDEX event_log_dag ON event_log (dag_id, event_log_id);
CREATE INDEX event_log_time ON event_log (happened_at);
