"""What a DAG file says."""
