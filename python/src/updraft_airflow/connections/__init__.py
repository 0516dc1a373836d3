"""Variables, Connections and hooks."""
