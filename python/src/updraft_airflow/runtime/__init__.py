"""Runs a task in this process."""
