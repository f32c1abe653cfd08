#!/bin/sh
# Makes what is missing of a deployment's secrets, for their owner's eyes only; whatever is there
# stays, its owner too. The owner's number goes to .env: the containers that read secrets run under it.
set -eu
umask 077
cd "$(dirname "$0")"

uid=$(id -u) gid=$(id -g)
if [ "$uid" -eq 0 ]; then
  # nothing in the containers runs as root; but whoever made the first of them keeps them all
  uid=10001 gid=10001
  if [ -d secrets ]; then
    # not by stat: its options differ from one system to the next
    owner=$(ls -dn secrets | awk '{print $3}') group=$(ls -dn secrets | awk '{print $4}')
    [ "$owner" -eq 0 ] || uid=$owner gid=$group
  fi
fi

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

if [ "$(id -u)" -eq 0 ]; then
  chown -R "$uid:$gid" secrets
fi
# whoever runs Compose reads it, and nothing in it is secret
[ -e ../.env ] || (umask 022 && : > ../.env)
others=$(grep -v '^GOODSTANDING_[UG]ID=' ../.env || true)
printf '%s\n' ${others:+"$others"} "GOODSTANDING_UID=$uid" "GOODSTANDING_GID=$gid" > ../.env
