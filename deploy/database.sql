-- What PostgreSQL has to know of the bot where it is not started by `make cluster`. Run once, as its administrator, in its database.
-- The time limits are those of fascicle/database.py: with PgBouncer in between, they do not come with a connection.
ALTER ROLE fascicle SET statement_timeout = '3s';
ALTER ROLE fascicle SET lock_timeout = '2s';
ALTER ROLE fascicle SET idle_in_transaction_session_timeout = '10s';

-- Statements hold what people said: none gets into the log, not even one that fails.
ALTER ROLE fascicle SET log_statement = 'none';
ALTER ROLE fascicle SET log_min_error_statement = 'panic';
ALTER ROLE fascicle SET log_min_duration_statement = -1;
ALTER ROLE fascicle SET log_error_verbosity = 'terse';
