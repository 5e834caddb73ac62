"""The posting functions. One round trip each; no trigger; the caller's role and tenant apply."""

from __future__ import annotations

# Order matters: idempotency, then the balances under their floors (ascending account ids, so that two
# postings never deadlock), then the transfer. The re-check on INSERT decides a race of two equal
# references: the loser has waited for the winner's row locks and puts its own update back.
POST = """
CREATE OR REPLACE FUNCTION ledger_post(
    p_tenant bigint, p_id uuid, p_debit bigint, p_credit bigint, p_amount bigint,
    p_reason text, p_reference text, p_reverses uuid, p_occurred timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen record;
    debit_row record;
    credit_row record;
    reversed_amount bigint;
BEGIN
    SELECT debit_id, credit_id, amount, reason INTO seen FROM ledger_transfer
     WHERE tenant_id = p_tenant AND reference = p_reference;
    IF FOUND THEN
        RETURN CASE WHEN (seen.debit_id, seen.credit_id, seen.amount, seen.reason)
                       = (p_debit, p_credit, p_amount, p_reason) THEN 'replay' ELSE 'reused' END;
    END IF;
    SELECT unit, balance IS NOT NULL AS kept INTO debit_row FROM ledger_account
     WHERE tenant_id = p_tenant AND id = p_debit;
    IF NOT FOUND THEN RETURN 'no_account'; END IF;
    SELECT unit, balance IS NOT NULL AS kept INTO credit_row FROM ledger_account
     WHERE tenant_id = p_tenant AND id = p_credit;
    IF NOT FOUND THEN RETURN 'no_account'; END IF;
    IF debit_row.unit <> credit_row.unit THEN RETURN 'unit_mismatch'; END IF;
    IF credit_row.kept AND debit_row.kept AND p_credit < p_debit THEN
        PERFORM 1 FROM ledger_account WHERE tenant_id = p_tenant AND id = p_credit FOR UPDATE;
    END IF;
    IF debit_row.kept THEN
        UPDATE ledger_account SET balance = balance - p_amount
         WHERE tenant_id = p_tenant AND id = p_debit
           AND (floor IS NULL OR balance - p_amount >= floor);
        IF NOT FOUND THEN
            -- A replay of the very posting that emptied the account is still a replay.
            SELECT debit_id, credit_id, amount, reason INTO seen FROM ledger_transfer
             WHERE tenant_id = p_tenant AND reference = p_reference;
            IF FOUND THEN
                RETURN CASE WHEN (seen.debit_id, seen.credit_id, seen.amount, seen.reason)
                               = (p_debit, p_credit, p_amount, p_reason) THEN 'replay' ELSE 'reused' END;
            END IF;
            RETURN 'insufficient';
        END IF;
    END IF;
    IF credit_row.kept THEN
        UPDATE ledger_account SET balance = balance + p_amount WHERE tenant_id = p_tenant AND id = p_credit;
    END IF;
    IF p_reverses IS NOT NULL THEN
        -- The app role may not lock rows of the history, so reversals of one transfer queue up here.
        PERFORM pg_advisory_xact_lock(hashtextextended(p_reverses::text, p_tenant));
        SELECT t.amount - coalesce((SELECT sum(r.amount) FROM ledger_transfer r
                                     WHERE r.tenant_id = p_tenant AND r.reverses = p_reverses), 0)
          INTO reversed_amount FROM ledger_transfer t WHERE t.tenant_id = p_tenant AND t.id = p_reverses;
    END IF;
    IF p_reverses IS NULL OR coalesce(reversed_amount, 0) >= p_amount THEN
        INSERT INTO ledger_transfer (tenant_id, id, debit_id, credit_id, amount, reason, reference, reverses,
                                     occurred_at, created_at, updated_at)
        VALUES (p_tenant, p_id, p_debit, p_credit, p_amount, p_reason, p_reference, p_reverses,
                p_occurred, clock_timestamp(), clock_timestamp())
        ON CONFLICT (tenant_id, reference) DO NOTHING;
        IF FOUND THEN RETURN 'posted'; END IF;
    END IF;
    IF debit_row.kept THEN
        UPDATE ledger_account SET balance = balance + p_amount WHERE tenant_id = p_tenant AND id = p_debit;
    END IF;
    IF credit_row.kept THEN
        UPDATE ledger_account SET balance = balance - p_amount WHERE tenant_id = p_tenant AND id = p_credit;
    END IF;
    SELECT debit_id, credit_id, amount, reason INTO seen FROM ledger_transfer
     WHERE tenant_id = p_tenant AND reference = p_reference;
    IF NOT FOUND THEN RETURN 'over_reversed'; END IF;
    RETURN CASE WHEN (seen.debit_id, seen.credit_id, seen.amount, seen.reason)
                   = (p_debit, p_credit, p_amount, p_reason) THEN 'replay' ELSE 'reused' END;
END $$;
"""

# Set-wise: the debits of an account are weighed against its balance before the batch; credits of the
# same batch do not count, so the answer does not depend on the order of the rows.
POST_MANY = """
CREATE OR REPLACE FUNCTION ledger_post_many(
    p_tenant bigint, p_ids uuid[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_reasons text[], p_references text[], p_occurred timestamptz[]
) RETURNS TABLE (place bigint, outcome text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM ledger_account a
     WHERE a.tenant_id = p_tenant AND a.balance IS NOT NULL
       AND a.id IN (SELECT unnest(p_debits) UNION SELECT unnest(p_credits))
     ORDER BY a.id FOR UPDATE;
    RETURN QUERY
    WITH input AS (
        SELECT * FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_reasons, p_references, p_occurred)
          WITH ORDINALITY AS i(id, debit, credit, amount, reason, reference, occurred, place)
    ), fresh AS (
        SELECT DISTINCT ON (i.reference) i.* FROM input i
         WHERE NOT EXISTS (SELECT 1 FROM ledger_transfer t
                            WHERE t.tenant_id = p_tenant AND t.reference = i.reference)
         ORDER BY i.reference, i.place
    ), known AS (
        SELECT f.*, d.balance AS d_balance, d.floor AS d_floor, d.unit AS d_unit, c.unit AS c_unit,
               sum(f.amount) OVER (PARTITION BY f.debit) AS drawn
          FROM fresh f
          JOIN ledger_account d ON d.tenant_id = p_tenant AND d.id = f.debit
          JOIN ledger_account c ON c.tenant_id = p_tenant AND c.id = f.credit
    ), allowed AS (
        SELECT k.* FROM known k
         WHERE k.d_unit = k.c_unit
           AND (k.d_balance IS NULL OR k.d_floor IS NULL OR k.d_balance - k.drawn >= k.d_floor)
    ), made AS (
        INSERT INTO ledger_transfer (tenant_id, id, debit_id, credit_id, amount, reason, reference, reverses,
                                     occurred_at, created_at, updated_at)
        SELECT p_tenant, id, debit, credit, amount, reason, reference, NULL, occurred,
               clock_timestamp(), clock_timestamp()
          FROM allowed
        ON CONFLICT (tenant_id, reference) DO NOTHING
        RETURNING ledger_transfer.reference, debit_id, credit_id, ledger_transfer.amount
    ), delta AS (
        SELECT account, sum(change) AS change FROM (
            SELECT credit_id AS account, amount AS change FROM made
            UNION ALL SELECT debit_id, -amount FROM made
        ) moves GROUP BY account
    ), moved AS (
        UPDATE ledger_account a SET balance = a.balance + delta.change
          FROM delta WHERE a.tenant_id = p_tenant AND a.id = delta.account AND a.balance IS NOT NULL
        RETURNING a.id
    )
    -- IN over a CTE is a hash look-up; a join would be nested loops, for nobody knows how long the CTE is.
    SELECT i.place, CASE
        WHEN i.reference IN (SELECT made.reference FROM made) THEN
            CASE WHEN f.place = i.place THEN 'posted'
                 WHEN (f.debit, f.credit, f.amount, f.reason) = (i.debit, i.credit, i.amount, i.reason)
                 THEN 'replay' ELSE 'reused' END
        WHEN t.reference IS NOT NULL THEN
            CASE WHEN (t.debit_id, t.credit_id, t.amount, t.reason) = (i.debit, i.credit, i.amount, i.reason)
                 THEN 'replay' ELSE 'reused' END
        WHEN i.reference NOT IN (SELECT known.reference FROM known) THEN 'no_account'
        WHEN i.reference IN (SELECT known.reference FROM known WHERE known.d_unit <> known.c_unit)
            THEN 'unit_mismatch'
        ELSE 'insufficient' END
      FROM input i
      LEFT JOIN fresh f ON f.reference = i.reference
      LEFT JOIN ledger_transfer t ON t.tenant_id = p_tenant AND t.reference = i.reference
     WHERE (SELECT count(*) FROM moved) >= 0
     ORDER BY i.place;
END $$;
"""

DROP = "DROP FUNCTION IF EXISTS ledger_post_many; DROP FUNCTION IF EXISTS ledger_post;"
