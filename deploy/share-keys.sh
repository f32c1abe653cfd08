#!/bin/sh
# Gives each service the keys that it needs and no more; again after every new key.
#   keys         all: the worker
#   api-keys     to talk, to seal, and to open the words of notices; no identity
#   client-keys  to talk and to seal: the codec server, and every platform's client
set -eu
umask 077
cd "$(dirname "$0")/secrets"
mkdir -p api-keys client-keys

# as they are: owner and rights go along
cp -p keys/codec-*.key keys/sealing-*.pub client-keys/
cp -p keys/codec-*.key keys/sealing-*.pub keys/master-*.key api-keys/
