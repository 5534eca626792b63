"""The database schema, one file a change; Alembic runs them in order when the suite starts."""
