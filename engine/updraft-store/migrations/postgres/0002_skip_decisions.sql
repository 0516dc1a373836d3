-- What branches and short circuits decided is read with the runs that are unfinished.
CREATE INDEX xcom_skip_decision ON xcom (dag_id, run_id) WHERE key = 'skipmixin_key';
