#!/bin/sh
# Runs the broker (redis-broker start), or one of its commands, with the Node and the Terraform of this release.
# It writes to DATA_DIR alone.
set -eu
release=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
PATH=$release/node_modules/.bin:$PATH
export PATH

if [ "${1-}" = start ]; then
  # Of glibc: a heap for each thread would keep some 20 MB that nobody uses.
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX-1}"
  # Relative to where it is called, as the broker itself has it.
  data=${DATA_DIR-.data}
  case $data in /*) ;; *) data=$PWD/$data ;; esac
  if [ -z "${TMPDIR-}" ]; then
    # Terraform's plugins make sockets there, whose paths must be short.
    if [ "${#data}" -le 60 ]; then
      (umask 077 && mkdir -p -- "$data/tmp")
      export TMPDIR="$data/tmp"
    fi
  fi
  if [ "${PLATFORM-}" = aws ] && [ -z "${AWS_PROVIDER_MIRROR-}" ] && [ -d "$release/provider-mirror" ]; then
    export AWS_PROVIDER_MIRROR="$release/provider-mirror"
  fi
fi
exec "$release/node_modules/.bin/node" --disable-warning=ExperimentalWarning --import "$release/stacks/quick-start.mjs" "$release/broker/commands/main.ts" "$@"
