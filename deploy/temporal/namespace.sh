#!/bin/sh
# Makes the namespace and its search attributes, and sets the retention; a repeat changes nothing
# else. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the command itself.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${TEMPORAL_RETENTION:?}"

# a new namespace, or attribute, is known everywhere only after some seconds
patiently() {
  attempt=1
  until "$@"; do
    if [ "$attempt" -ge 30 ]; then
      echo "gave up after $attempt attempts: $*" >&2
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep 2
  done
}

namespace() {
  temporal operator namespace describe > /dev/null 2>&1 \
    || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
}

attribute() {
  temporal operator search-attribute list | grep -qw "$1" \
    || temporal operator search-attribute create --name "$1" --type "$2"
}

patiently temporal operator cluster health
patiently namespace
patiently temporal operator namespace update --retention "$TEMPORAL_RETENTION"
patiently attribute AccountStage Keyword
patiently attribute AccountStanding Keyword
patiently attribute WaitingFor Keyword
patiently attribute NextDeadline Datetime
patiently attribute PolicyVersion Keyword
