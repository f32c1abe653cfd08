#!/bin/sh
# Runs once, when the server's data are first made: two databases, each with a role that owns the
# tables (for migrations) and one that reads and writes rows. The second can neither alter a table
# nor stop a trigger, and no role reaches the other database.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"

database() {
  name=$1
  test -s "$SECRETS/${name}_password"
  test -s "$SECRETS/${name}_owner_password"
  # psql reads the passwords itself: an argument would show in the list of processes
  NAME="$name" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="$name" --set owner="${name}_owner" \
    --username "$POSTGRES_USER" --dbname postgres << 'SQL'
\set password `cat "$SECRETS/${NAME}_password"`
\set owner_password `cat "$SECRETS/${NAME}_owner_password"`
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"owner";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name";
\connect :"name"
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"name";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO :"name";
SQL
}

database goodstanding
database goodstanding_vault
