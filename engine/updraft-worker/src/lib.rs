//! Runs one attempt: process, heartbeat, log, timeout and the kill of its process tree.
