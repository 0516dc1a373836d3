-- The attempt, or the delivery of callbacks, that has asked for the run; asked again by it, there is no second one.
ALTER TABLE dag_run ADD COLUMN asked_by UUID;

-- A remark for people.
ALTER TABLE dag_run ADD COLUMN note TEXT;

-- Rendered fields are kept for the newest runs of a task only.
CREATE INDEX rendered_fields_task ON rendered_fields (dag_id, task_id, run_id);
