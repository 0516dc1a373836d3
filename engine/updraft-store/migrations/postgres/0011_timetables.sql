-- What the program of a DAG with a timetable of its own has told of the next run, JSON: the version and the last data interval
-- it is about, and the run, that there is none, or what is wrong. An answer about another version or interval counts no more.
ALTER TABLE dag ADD COLUMN timetable_answer TEXT;
