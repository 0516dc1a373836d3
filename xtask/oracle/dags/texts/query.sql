SELECT '{{ ds }}' -- {{ task.task_id }}
