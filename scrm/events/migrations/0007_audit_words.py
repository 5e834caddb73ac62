from django.conf import settings
from django.db import migrations

# Nobody may rewrite the audit log, yet a person's words must leave it (PIPL). These two are the one door:
# they run with the owner's rights, take words instead of rows, and can only black those words out, in the
# brand of the caller. Keys, numbers, actors, actions and moments stay as they are.
_VALUE = """
CREATE OR REPLACE FUNCTION json_words_out(p_value jsonb, p_pattern text) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_catalog AS $$
    SELECT CASE jsonb_typeof(p_value)
        WHEN 'string' THEN to_jsonb(regexp_replace(p_value #>> '{}', p_pattern, '•••', 'gi'))
        WHEN 'array' THEN coalesce((SELECT jsonb_agg(json_words_out(e, p_pattern) ORDER BY n)
                                      FROM jsonb_array_elements(p_value) WITH ORDINALITY AS t(e, n)), '[]')
        WHEN 'object' THEN coalesce((SELECT jsonb_object_agg(k, json_words_out(e, p_pattern))
                                       FROM jsonb_each(p_value) AS t(k, e)), '{}')
        ELSE p_value END
$$
"""
_LOG = r"""
CREATE OR REPLACE FUNCTION audit_words_out(p_words text[], p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_catalog AS $$
DECLARE
    v_tenant bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    v_pattern text;
    v_touched integer;
BEGIN
    IF v_tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant is active';
    END IF;
    SELECT string_agg(
        CASE WHEN length(w) < 8 AND w ~ '^[A-Za-z0-9]' THEN '(?<![A-Za-z0-9])' ELSE '' END
        || regexp_replace(w, '([].*+?^$(){}|[\\])', '\\\1', 'g')
        || CASE WHEN length(w) < 8 AND w ~ '[A-Za-z0-9]$' THEN '(?![A-Za-z0-9])' ELSE '' END,
        '|' ORDER BY length(w) DESC
    ) INTO v_pattern FROM unnest(p_words) AS w WHERE length(w) >= 2;
    IF v_pattern IS NULL THEN
        RETURN 0;
    END IF;
    WITH found AS (
        SELECT id, json_words_out(before, v_pattern) AS was, json_words_out(after, v_pattern) AS became,
               left(regexp_replace(object_id, v_pattern, '•••', 'gi'), 60) AS object
          FROM events_auditlog
         WHERE tenant_id = v_tenant
           AND (before::text ~* v_pattern OR after::text ~* v_pattern OR object_id ~* v_pattern)
    ), chosen AS (
        SELECT f.* FROM found f JOIN events_auditlog a ON a.tenant_id = v_tenant AND a.id = f.id
         WHERE (a.before, a.after, a.object_id) IS DISTINCT FROM (f.was, f.became, f.object)
         LIMIT p_limit
    )
    UPDATE events_auditlog a SET before = c.was, after = c.became, object_id = c.object
      FROM chosen c WHERE a.tenant_id = v_tenant AND a.id = c.id;
    GET DIAGNOSTICS v_touched = ROW_COUNT;
    RETURN v_touched;
END
$$
"""


class Migration(migrations.Migration):
    """A person's words can be blacked out in the audit log; nothing else of it can be changed."""

    dependencies = [("events", "0006_audit_lookups")]

    operations = [
        migrations.RunSQL(_VALUE, "DROP FUNCTION IF EXISTS json_words_out(jsonb, text)"),
        migrations.RunSQL(_LOG, "DROP FUNCTION IF EXISTS audit_words_out(text[], integer)"),
        migrations.RunSQL(
            "REVOKE EXECUTE ON FUNCTION audit_words_out(text[], integer) FROM PUBLIC;"
            f'GRANT EXECUTE ON FUNCTION audit_words_out(text[], integer) TO "{settings.SCRM_APP_ROLE}"',
            migrations.RunSQL.noop,
        ),
    ]
