"""The one schema history, for SQLite and PostgreSQL."""
