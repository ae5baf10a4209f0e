-- Money: what customers have, what is set aside for what is under way, and every movement of it.

-- One row a customer. available = balance - held + credit limit (customers.accounts). `entries` counts the
-- ledger's, under the row's lock, so that they have an order.
CREATE TABLE billing.balances (
    customer_id   uuid PRIMARY KEY REFERENCES customers.accounts ON DELETE CASCADE,
    currency      char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    balance_nanos bigint NOT NULL DEFAULT 0,
    held_nanos    bigint NOT NULL DEFAULT 0,
    entries       bigint NOT NULL DEFAULT 0,
    updated_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON COLUMN billing.balances.balance_nanos IS 'The sum of the ledger; below zero: owed';
COMMENT ON COLUMN billing.balances.held_nanos IS 'Set aside for what is accepted and has not ended';

CREATE SEQUENCE billing.ledger_ids AS bigint;
CREATE TABLE billing.ledger (
    id                  bigint PRIMARY KEY DEFAULT nextval('billing.ledger_ids'),
    customer_id         uuid NOT NULL REFERENCES customers.accounts,
    number              bigint NOT NULL CHECK (number > 0),
    kind                text NOT NULL CHECK (kind IN ('charge', 'payment', 'adjustment', 'refund')),
    source              text NOT NULL CHECK (source IN ('messages', 'calls', 'operator')),
    amount_nanos        bigint NOT NULL,
    balance_after_nanos bigint NOT NULL,
    currency            char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference           text NOT NULL DEFAULT '' CHECK (length(reference) <= 128),
    description         text NOT NULL DEFAULT '' CHECK (length(description) <= 1024),
    items               integer NOT NULL DEFAULT 1 CHECK (items > 0),
    created_by          text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (customer_id, number),
    CONSTRAINT ledger_signs CHECK (CASE kind WHEN 'charge' THEN amount_nanos < 0 WHEN 'adjustment' THEN amount_nanos <> 0
                                             ELSE amount_nanos > 0 END)
);
COMMENT ON TABLE billing.ledger IS 'Append only. Amounts are what they do to the balance: charges are below zero';
COMMENT ON COLUMN billing.ledger.number IS 'Place in the customer''s ledger, without gaps: balance_after is the sum up to it';
COMMENT ON COLUMN billing.ledger.items IS 'How many messages or calls it sums up';
CREATE UNIQUE INDEX ledger_reference_unique ON billing.ledger (customer_id, kind, reference) WHERE reference <> '';

CREATE FUNCTION billing.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append only: post an entry that corrects it' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

-- An account has its balance from its first moment, and keeps it while anything is in it.
CREATE FUNCTION billing.open_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO billing.balances (customer_id, currency) VALUES (NEW.id, NEW.currency);
        RETURN NULL;
    END IF;
    UPDATE billing.balances SET currency = NEW.currency, updated_at = now()
    WHERE customer_id = NEW.id AND entries = 0 AND held_nanos = 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the account has money in its currency' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER open_balance AFTER INSERT ON customers.accounts
    FOR EACH ROW EXECUTE FUNCTION billing.open_balance();
CREATE TRIGGER change_currency AFTER UPDATE OF currency ON customers.accounts
    FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency) EXECUTE FUNCTION billing.open_balance();
CREATE FUNCTION billing.keep_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.balance_nanos <> 0 OR OLD.held_nanos <> 0 THEN
        RAISE EXCEPTION 'the account has money or messages under way' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER keep_balance BEFORE DELETE ON billing.balances
    FOR EACH ROW EXECUTE FUNCTION billing.keep_balance();

-- What of its price a message's end cost the customer, and by which entry it was taken.
ALTER TABLE sms.messages ADD COLUMN charged_nanos bigint;
ALTER TABLE records.mdrs ADD COLUMN charged_nanos bigint, ADD COLUMN ledger_entry bigint;
COMMENT ON COLUMN sms.messages.price_nanos IS 'Held in billing.balances until the message ends';
COMMENT ON COLUMN records.mdrs.ledger_entry IS 'billing.ledger.id of the charge that this record is part of; NULL: nothing was charged';
ALTER TABLE sms.customer_settings ADD COLUMN charge text NOT NULL DEFAULT 'sent'
    CHECK (charge IN ('accepted', 'sent', 'delivered'));
COMMENT ON COLUMN sms.customer_settings.charge IS 'Which end of a message costs its price: any but cancelled, what an upstream took, what was delivered';
GRANT SELECT (charge) ON sms.customer_settings TO warp_daemon;

-- Balances of the accounts that are there; what is under way already is held. The owner of the tables sees
-- the rows of other tenants' tables for this one statement.
ALTER TABLE customers.accounts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sms.messages NO FORCE ROW LEVEL SECURITY;
INSERT INTO billing.balances (customer_id, currency, held_nanos)
SELECT a.id, a.currency, coalesce(h.held, 0)
FROM customers.accounts a LEFT JOIN (
    SELECT m.customer_id, sum(m.price_nanos)::bigint AS held FROM sms.live l
    JOIN sms.messages m ON m.id = l.message_id AND m.accepted_at = l.accepted_at
    WHERE m.final_at IS NULL GROUP BY m.customer_id) h ON h.customer_id = a.id;
ALTER TABLE customers.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE sms.messages FORCE ROW LEVEL SECURITY;

CALL warp.protect('billing.balances');
CALL warp.protect('billing.ledger');
GRANT SELECT ON billing.balances, billing.ledger TO warp_daemon;
GRANT SELECT, INSERT, UPDATE ON billing.balances TO warp_operator;
GRANT SELECT, INSERT ON billing.ledger TO warp_operator;
GRANT USAGE ON SEQUENCE billing.ledger_ids TO warp_operator;

-- Running sum of those prices that fit into the room, in the window's order: what does not fit is passed over.
CREATE FUNCTION billing.take_fitting(used bigint, price bigint, room bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN used + price <= room THEN used + price ELSE used END
$$;
CREATE AGGREGATE billing.fitting(price bigint, room bigint) (
    SFUNC = billing.take_fitting, STYPE = bigint, INITCOND = '0');

-- What does not agree; no rows: all is well. One statement, hence one moment. Records and charges older than
-- `since` are left alone: those records may have been archived.
CREATE FUNCTION billing.check_messages(since timestamptz DEFAULT '-infinity')
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- The ledger is the balance.
    SELECT 'balance', b.customer_id, NULL::bigint, coalesce(l.total, 0), b.balance_nanos::numeric
    FROM billing.balances b LEFT JOIN (
        SELECT l.customer_id, sum(l.amount_nanos) AS total, count(*) AS entries, max(l.number) AS last
        FROM billing.ledger l GROUP BY l.customer_id) l ON l.customer_id = b.customer_id
    WHERE b.balance_nanos <> coalesce(l.total, 0) OR b.entries <> coalesce(l.entries, 0)
        OR b.entries <> coalesce(l.last, 0)
    UNION ALL
    -- Each entry follows from the one before it.
    SELECT 'chain', c.customer_id, c.id, c.before + c.amount_nanos, c.balance_after_nanos::numeric
    FROM (SELECT l.customer_id, l.id, l.amount_nanos, l.balance_after_nanos,
                 lag(l.balance_after_nanos, 1, 0::bigint) OVER (PARTITION BY l.customer_id ORDER BY l.number)::numeric AS before
          FROM billing.ledger l) c
    WHERE c.before + c.amount_nanos <> c.balance_after_nanos
    UNION ALL
    -- What is held are the prices of what has not ended.
    SELECT 'held', coalesce(b.customer_id, h.customer_id), NULL, coalesce(h.total, 0), coalesce(b.held_nanos, 0)::numeric
    FROM billing.balances b FULL JOIN (
        SELECT m.customer_id, sum(m.price_nanos) AS total FROM sms.live l
        JOIN sms.messages m ON m.id = l.message_id AND m.accepted_at = l.accepted_at
        WHERE m.final_at IS NULL AND m.price_nanos <> 0 GROUP BY m.customer_id) h ON h.customer_id = b.customer_id
    WHERE coalesce(b.held_nanos, 0) <> coalesce(h.total, 0)
    UNION ALL
    -- A charge is the sum of the records that name it, and there are as many as it says.
    SELECT 'charges', coalesce(l.customer_id, r.customer_id), coalesce(l.id, r.ledger_entry),
           -coalesce(r.total, 0), coalesce(l.amount_nanos, 0)::numeric
    FROM (SELECT l.customer_id, l.id, l.amount_nanos, l.items FROM billing.ledger l
          WHERE l.kind = 'charge' AND l.source = 'messages' AND l.created_at >= since) l
    FULL JOIN (
        SELECT r.customer_id, r.ledger_entry, sum(r.charged_nanos) AS total, count(*) AS items FROM records.mdrs r
        WHERE r.charged_nanos <> 0 AND r.stored_at >= since GROUP BY r.customer_id, r.ledger_entry) r
        ON r.ledger_entry = l.id AND r.customer_id = l.customer_id
    WHERE -coalesce(r.total, 0) <> coalesce(l.amount_nanos, 0) OR coalesce(r.items, 0) <> coalesce(l.items, 0)
$$;
REVOKE ALL ON FUNCTION billing.check_messages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.check_messages TO warp_operator;
