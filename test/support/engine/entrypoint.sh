#!/usr/bin/env bash
# What the official image's docker-entrypoint.sh does, as far as forks meet it: as root give PGDATA to postgres and become
# postgres; without PG_VERSION initdb and POSTGRES_DB; then the server.
set -eu
export PGDATA=${PGDATA:-/var/lib/postgresql/data}
if [ "${1:-}" = postgres ] && [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown postgres "$PGDATA" /var/run/postgresql
  [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || { mkdir -p "$POSTGRES_INITDB_WALDIR"; chown postgres "$POSTGRES_INITDB_WALDIR"; }
  chmod 2775 /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres} database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
  initdb -D "$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?}") ${POSTGRES_INITDB_WALDIR:+--waldir "$POSTGRES_INITDB_WALDIR"} > /dev/null
  method=scram-sha-256
  [ "${PG_MAJOR:-14}" -ge 14 ] || method=md5
  printf 'host all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
  # Not every installation has psql.
  [ "$database" = postgres ] || postgres --single -D "$PGDATA" postgres <<< "CREATE DATABASE \"$database\"" > /dev/null
fi
exec "$@"
