#!/bin/sh
# The server takes its password from the environment only; so it gets there here, from its file.
set -eu
POSTGRES_PWD=$(cat /run/secrets/temporal_password)
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
