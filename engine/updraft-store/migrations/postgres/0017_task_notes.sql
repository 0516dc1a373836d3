-- A remark for people.
ALTER TABLE task_instance ADD COLUMN note TEXT;
