-- Run once by a superuser in template1 (so that every later database inherits it) and in the platform's own database.
-- Safe to run again. `docs/adr/0002-tenancy.md` says why each line is here.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'scrm_owner') THEN
        CREATE ROLE scrm_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'scrm_app') THEN
        CREATE ROLE scrm_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS;
    END IF;
END
$$;

-- The app role owns nothing: whatever the owner makes later, it may use.
ALTER DEFAULT PRIVILEGES FOR ROLE scrm_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO scrm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE scrm_owner GRANT USAGE, SELECT ON SEQUENCES TO scrm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE scrm_owner GRANT EXECUTE ON FUNCTIONS TO scrm_app;

-- Under row-level security only a LEAKPROOF predicate may become an index condition. Our threat is a forgotten
-- filter, not hostile SQL, so these are marked. Not kept by pg_dump: run this file again after a restore.
ALTER FUNCTION pg_catalog.lower(text) LEAKPROOF;
ALTER FUNCTION pg_catalog.upper(text) LEAKPROOF;
ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF;
ALTER FUNCTION pg_catalog.texticlike(text, text) LEAKPROOF;
ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF;
ALTER FUNCTION pg_catalog.timestamptz_ge_date(timestamptz, date) LEAKPROOF;
ALTER FUNCTION pg_catalog.timestamptz_lt_date(timestamptz, date) LEAKPROOF;
ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
