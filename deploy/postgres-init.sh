#!/bin/sh
# Runs once, when the database volume is new: roles with passwords, then the same bootstrap as everywhere.
set -eu
for database in template1 "$POSTGRES_DB"; do
    psql -v ON_ERROR_STOP=1 --quiet -U "$POSTGRES_USER" -d "$database" -f /bootstrap.sql
done
psql -v ON_ERROR_STOP=1 --quiet -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
    -v owner="$SCRM_OWNER_PASSWORD" -v app="$SCRM_APP_PASSWORD" -v name="$POSTGRES_DB" <<'SQL'
ALTER ROLE scrm_owner PASSWORD :'owner';
ALTER ROLE scrm_app PASSWORD :'app';
ALTER DATABASE :"name" OWNER TO scrm_owner;
SQL
