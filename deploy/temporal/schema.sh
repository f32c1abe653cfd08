#!/bin/sh
# Brings Temporal's two databases to the schema of this version; a repeat changes nothing.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD
schemas=/etc/temporal/schema/postgresql/v12

bring() {
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$schemas/$2/versioned"
}

bring temporal temporal
bring temporal_visibility visibility
