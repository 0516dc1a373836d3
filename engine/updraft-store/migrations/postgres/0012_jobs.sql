-- Processes that run attempts for the scheduler. A row stays when its process is gone.
CREATE TABLE job (
    job_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- running, success (it has left) or failed (it gave no sign of life)
    state TEXT NOT NULL,
    hostname TEXT NOT NULL,
    pid BIGINT NOT NULL,
    -- How many attempts it takes at once.
    slots BIGINT NOT NULL,
    start_date BIGINT NOT NULL,
    latest_heartbeat BIGINT NOT NULL,
    end_date BIGINT
);

CREATE INDEX job_running ON job (job_id) WHERE state = 'running';

-- Attempts that a process is to run, from their queueing to their end.
CREATE TABLE assignment (
    attempt_id UUID PRIMARY KEY,
    job_id BIGINT NOT NULL REFERENCES job (job_id),
    -- What its process needs to know: JSON.
    workload TEXT NOT NULL,
    -- Whether the process has it.
    is_taken BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether it is to be killed.
    is_killed BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE INDEX assignment_of_job ON assignment (job_id);

-- What attempts of such processes ask of the scheduler, until the answer was fetched.
CREATE TABLE ask (
    job_id BIGINT NOT NULL REFERENCES job (job_id),
    -- Counts the asks of a process.
    number BIGINT NOT NULL,
    attempt_id UUID NOT NULL,
    -- JSON.
    body TEXT NOT NULL,
    -- JSON; NULL: the scheduler has not answered yet.
    answer TEXT,
    PRIMARY KEY (job_id, number)
);

CREATE INDEX ask_open ON ask (job_id, number) WHERE answer IS NULL;
