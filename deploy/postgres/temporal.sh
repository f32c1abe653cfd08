#!/bin/sh
# Runs once, when the server's data are first made: Temporal's role and its two databases.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"
test -s "$SECRETS/temporal_password"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres << 'SQL'
\set password `cat "$SECRETS/temporal_password"`
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE temporal, temporal_visibility FROM PUBLIC;
SQL
