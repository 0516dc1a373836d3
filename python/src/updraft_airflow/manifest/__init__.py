"""From a DAG file to the description that the engine reads."""
