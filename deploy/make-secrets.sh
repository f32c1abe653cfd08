#!/bin/sh
# Makes what is missing of a deployment's secrets, for their owner's eyes only; whatever is there
# stays. The owner's number goes to .env: the containers that read secrets run under it.
set -eu
umask 077
cd "$(dirname "$0")"

mkdir -p secrets/keys secrets/api-keys secrets/client-keys

for name in postgres_password temporal_postgres_password temporal_password \
  goodstanding_owner_password goodstanding_password \
  goodstanding_vault_owner_password goodstanding_vault_password; do
  if [ ! -e "secrets/$name" ]; then
    # renamed when whole: an interruption leaves no half secret
    head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' > "secrets/.$name"
    mv "secrets/.$name" "secrets/$name"
    echo "made deploy/secrets/$name"
  fi
done

uid=$(id -u) gid=$(id -g)
if [ "$uid" -eq 0 ]; then
  # nothing in the containers runs as root
  uid=10001 gid=10001
  chown -R "$uid:$gid" secrets
fi
for line in "GOODSTANDING_UID=$uid" "GOODSTANDING_GID=$gid"; do
  grep -q "^${line%%=*}=" ../.env 2> /dev/null || echo "$line" >> ../.env
done
