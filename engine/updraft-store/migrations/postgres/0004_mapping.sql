-- Of a mapped task with copies, in its row with map_index -1: how many there are. The row is then that of all copies that
-- have none of their own.
ALTER TABLE task_instance ADD COLUMN mapped_length BIGINT;

-- How many items its newest attempt has returned, if tasks are mapped over that; -1: something without items.
ALTER TABLE task_instance ADD COLUMN returned_length BIGINT;

-- What the copy is called.
ALTER TABLE task_instance ADD COLUMN rendered_map_index TEXT;
