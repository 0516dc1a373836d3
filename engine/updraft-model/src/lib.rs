//! Ids, states and transitions, DAG graph, trigger rules, timetables and retry policy. No IO.
