#!/bin/sh
# Measures the memory of a worker while it exports a slice of many gigabytes with an address space that may hardly grow.
#
#   bench/memory.sh [GIGABYTES] [HANDOVER]
#
# Needs PostgreSQL's own programs, curl, prlimit, and room for the database and the archive (about as much again). It starts a cluster and
# `handover serve` in a temporary folder, limits the address space to what is used when idle plus 256 MiB, asks for an export, and prints the
# resident memory (VmRSS and VmHWM) once for each twentieth of the slice. Exits 1 when the export fails.
set -eu
gigabytes=${1:-5}
handover=$(realpath "${2:-target/release/handover}")
growth=$((256 * 1024 * 1024))
rows=$((gigabytes * 500000))
programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1 || command -v initdb)")
folder=$(mktemp -d)
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }
tidy() {
    [ -z "${worker:-}" ] || kill "$worker" 2>/dev/null || true
    as_postgres "$programs/pg_ctl" -D "$folder/cluster/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap tidy EXIT
trap 'exit 130' INT TERM

mkdir "$folder/cluster"
chmod 711 "$folder"
[ "$(id -u)" != 0 ] || chown postgres: "$folder/cluster"
port=$((20000 + $$ % 10000))
as_postgres "$programs/initdb" -D "$folder/cluster/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
as_postgres "$programs/pg_ctl" -D "$folder/cluster/data" -w -l "$folder/cluster/log" start -o \
    "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder/cluster -c fsync=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=64MB" >/dev/null
source="postgres://postgres@127.0.0.1:$port/postgres"
echo "filling $gigabytes GB"
psql -q "$source" <<SQL
create unlogged table tenants (id text primary key);
create unlogged table pages (id bigint, tenant_id text not null, body text not null);
alter table pages alter column body set storage plain;
insert into tenants values ('one');
insert into pages select n, 'one', repeat(md5(n::text), 62) from generate_series(1, $rows) n;
SQL
cat >"$folder/catalog.toml" <<'TOML'
version = 1
engine = "postgres"
[tenant]
table = "tenants"
key = "id"
[tables.tenants]
owner = { column = "id" }
[tables.pages]
owner = { column = "tenant_id" }
TOML

export HANDOVER_DATA_DIR="$folder/data" HANDOVER_LISTEN="127.0.0.1:$((port + 1))"
export HANDOVER_SOURCES__BENCH__URL="$source" HANDOVER_SOURCES__BENCH__CATALOG="$folder/catalog.toml"
mkdir "$folder/spool"
export TMPDIR="$folder/spool"
"$handover" migrate >/dev/null
key=$("$handover" key create --name bench --scope admin 2>/dev/null)
"$handover" serve 2>"$folder/log" &
worker=$!
until curl -sf "http://$HANDOVER_LISTEN/health/ready" >/dev/null; do
    kill -0 "$worker"
    sleep 0.2
done
status() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$worker/status"; }
idle=$(status VmSize)
prlimit --pid "$worker" --as=$((idle * 1024 + growth))
echo "idle: $((idle / 1024)) MiB of address space, $(($(status VmRSS) / 1024)) MiB resident"
call() { curl -s -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
begun=$(date +%s)
export=$(call "http://$HANDOVER_LISTEN/v1/exports" -d '{"source":"bench","tenant":"one","formats":["csv","sql"]}' | field id)
printf 'seconds\trows\tVmRSS MiB\tVmHWM MiB\n'
next=0
while :; do
    view=$(call "http://$HANDOVER_LISTEN/v1/exports/$export")
    done_rows=$(printf %s "$view" | field rows)
    state=$(printf %s "$view" | field state)
    if [ "${done_rows:-0}" -ge "$next" ] || [ "$state" != running ] && [ "$state" != queued ]; then
        printf '%s\t%s\t%s\t%s\n' $(($(date +%s) - begun)) "$done_rows" $(($(status VmRSS) / 1024)) $(($(status VmHWM) / 1024))
        next=$((next + rows / 20))
    fi
    case $state in
    ready) break ;;
    failed | cancelled) printf '%s\n' "$view"; exit 1 ;;
    esac
    sleep 0.5
done
echo "archive: $(du -sm "$folder/data/vault" | cut -f1) MiB"
