"""The database schema, one file per change; Alembic runs them in order when the suite starts."""
