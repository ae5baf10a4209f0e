-- Money for calls before they start: leases of processes, limits of spending, alarms.
CREATE TABLE billing.leases (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    node text NOT NULL,
    process uuid NOT NULL,
    granted_nanos bigint NOT NULL DEFAULT 0 CHECK (granted_nanos >= 0),
    settled_nanos bigint NOT NULL DEFAULT 0 CHECK (settled_nanos BETWEEN 0 AND granted_nanos),
    turn bigint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL DEFAULT now(),
    renewed_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz
);
CREATE UNIQUE INDEX leases_one_open ON billing.leases (customer_id, process) WHERE closed_at IS NULL;
CREATE INDEX leases_of_node ON billing.leases (node) WHERE closed_at IS NULL;
COMMENT ON TABLE billing.leases IS
    'Money set aside for calls of one process. granted: less what was given back; held in billing.balances: granted - settled';
COMMENT ON COLUMN billing.leases.turn IS
    'Of the latest request of its process: one that was lost on the way and arrives after it changes nothing';

ALTER TABLE billing.balances ADD COLUMN alerted_e2 smallint NOT NULL DEFAULT 0;

CREATE FUNCTION billing.grant_lease(lease uuid, customer uuid, of_node text, of_process uuid, wanted bigint,
    nth bigint DEFAULT NULL)
RETURNS TABLE (granted bigint, settled bigint, available bigint, unlimited boolean, status text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account record; money record; room bigint; given bigint; latest bigint;
BEGIN
  SELECT a.status, a.billing_mode, a.credit_limit_nanos AS credit INTO STRICT account FROM customers.accounts a
      WHERE a.id = customer;
  SELECT b.balance_nanos, b.held_nanos INTO STRICT money FROM billing.balances b WHERE b.customer_id = customer FOR UPDATE;
  unlimited := account.billing_mode = 'POSTPAID' AND account.credit = 0;
  INSERT INTO billing.leases AS l (id, customer_id, node, process) VALUES (lease, customer, of_node, of_process)
      ON CONFLICT (id) DO UPDATE SET renewed_at = now() WHERE l.closed_at IS NULL
    RETURNING l.granted_nanos, l.settled_nanos, l.turn INTO granted, settled, latest;
  IF granted IS NULL THEN
    RAISE EXCEPTION 'the lease is closed' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  room := money.balance_nanos - money.held_nanos + account.credit;
  given := CASE WHEN unlimited OR account.status <> 'ACTIVE' OR nth < latest THEN 0 ELSE greatest(0, least(wanted - granted, room)) END;
  IF given > 0 THEN
    UPDATE billing.balances b SET held_nanos = b.held_nanos + given WHERE b.customer_id = customer;
    UPDATE billing.leases l SET granted_nanos = l.granted_nanos + given WHERE l.id = lease;
  END IF;
  UPDATE billing.leases l SET turn = nth WHERE l.id = lease AND nth > l.turn;
  granted := granted + given; available := room - given; status := account.status;
  -- Whoever has idle money gives it back.
  IF granted < wanted AND NOT unlimited THEN PERFORM pg_notify('warp_leases', customer::text); END IF;
  RETURN NEXT;
END $$;

-- Down to `keep`, never below what was settled; `ends`: the lease is over.
CREATE FUNCTION billing.shrink_lease(lease uuid, keep bigint, ends boolean, nth bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one record; back bigint;
BEGIN
  PERFORM FROM billing.balances b JOIN billing.leases l ON l.customer_id = b.customer_id WHERE l.id = lease FOR UPDATE OF b;
  SELECT * INTO one FROM billing.leases l WHERE l.id = lease AND l.closed_at IS NULL FOR UPDATE;
  IF NOT FOUND OR nth <= one.turn THEN RETURN 0; END IF;
  back := one.granted_nanos - greatest(one.settled_nanos, CASE WHEN ends THEN one.settled_nanos ELSE keep END);
  IF back < 0 THEN back := 0; END IF;
  UPDATE billing.leases l SET granted_nanos = l.granted_nanos - back, closed_at = CASE WHEN ends THEN now() END,
      turn = coalesce(nth, l.turn) WHERE l.id = lease;
  UPDATE billing.balances b SET held_nanos = b.held_nanos - back WHERE b.customer_id = one.customer_id;
  RETURN back;
END $$;

-- Ends what processes of a node hold, those but `living`, that were silent for so long. An empty node: of every one.
CREATE FUNCTION billing.release_leases(of_node text, silent interval, living uuid)
RETURNS TABLE (leases bigint, nanos bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one record;
BEGIN
  leases := 0; nanos := 0;
  FOR one IN SELECT l.id FROM billing.leases l WHERE l.closed_at IS NULL AND (of_node = '' OR l.node = of_node)
      AND l.process IS DISTINCT FROM living AND l.renewed_at <= now() - silent ORDER BY l.customer_id, l.id LOOP
    leases := leases + 1;
    nanos := nanos + billing.shrink_lease(one.id, 0, true);
  END LOOP;
  RETURN NEXT;
END $$;

CREATE TABLE billing.spend_limits (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    trunk_id uuid,
    window_name text NOT NULL CHECK (window_name IN ('call', 'hour', 'day', 'month')),
    match_prefix text COLLATE "C" NOT NULL DEFAULT '' CHECK (match_prefix ~ '^[0-9]{0,15}$'),
    schedule_id smallint NOT NULL DEFAULT 0,
    amount_nanos bigint CHECK (amount_nanos > 0),
    calls bigint CHECK (calls > 0),
    seconds bigint CHECK (seconds > 0),
    factor_e2 integer CHECK (factor_e2 > 100),
    action text NOT NULL CHECK (action IN ('ALARM', 'THROTTLE', 'BLOCK')),
    throttle_cps integer CHECK (throttle_cps > 0),
    enabled boolean NOT NULL DEFAULT true,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(amount_nanos, calls, seconds, factor_e2) >= 1),
    CHECK (action <> 'THROTTLE' OR throttle_cps IS NOT NULL),
    CHECK (factor_e2 IS NULL OR window_name = 'hour'),
    CHECK (window_name <> 'call' OR calls IS NULL)
);
COMMENT ON COLUMN billing.spend_limits.factor_e2 IS
    'Fraud: so many percent of the same hour''s mean of the last 14 days';

CREATE TABLE billing.alarms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id uuid,
    kind text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    raised_at timestamptz NOT NULL DEFAULT now(),
    cleared_at timestamptz,
    key text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX alarms_standing ON billing.alarms (kind, customer_id, key) NULLS NOT DISTINCT
    WHERE cleared_at IS NULL;

-- What an account had after its last payment, without reading what it spent since.
CREATE INDEX ledger_payments ON billing.ledger (customer_id, number DESC) WHERE kind = 'payment';

-- Accounts of which 50, 80 or 100 percent is spent: of the credit limit, or of what a prepaid one had after its last
-- payment. Once a crossing; what lies above again, by a payment, stands down.
CREATE FUNCTION billing.raise_alerts()
RETURNS TABLE (customer uuid, percent smallint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one record;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('billing.raise_alerts', 0)) THEN RETURN; END IF;
  FOR one IN SELECT u.*, (CASE WHEN u.used >= 100 THEN 100 WHEN u.used >= 80 THEN 80 WHEN u.used >= 50 THEN 50
      ELSE 0 END)::smallint AS level
    FROM (SELECT b.customer_id AS id, b.balance_nanos, b.alerted_e2, CASE
            WHEN a.billing_mode = 'POSTPAID' AND a.credit_limit_nanos > 0
                THEN -b.balance_nanos::numeric * 100 / a.credit_limit_nanos
            WHEN a.billing_mode = 'PREPAID' AND p.had > 0
                THEN (p.had - b.balance_nanos)::numeric * 100 / p.had
            ELSE 0 END AS used
        FROM billing.balances b JOIN customers.accounts a ON a.id = b.customer_id
        LEFT JOIN LATERAL (SELECT l.balance_after_nanos AS had FROM billing.ledger l
            WHERE l.customer_id = b.customer_id AND l.kind = 'payment' ORDER BY l.number DESC LIMIT 1) p
            ON a.billing_mode = 'PREPAID') u
    WHERE u.alerted_e2 <> CASE WHEN u.used >= 100 THEN 100 WHEN u.used >= 80 THEN 80 WHEN u.used >= 50 THEN 50
        ELSE 0 END ORDER BY u.id LOOP
    UPDATE billing.balances b SET alerted_e2 = one.level WHERE b.customer_id = one.id;
    UPDATE billing.alarms a SET cleared_at = now() WHERE a.kind = 'balance' AND a.customer_id = one.id
        AND a.cleared_at IS NULL;
    IF one.level > 0 THEN
      INSERT INTO billing.alarms (customer_id, kind, key, details) VALUES (one.id, 'balance', one.level::text,
          jsonb_build_object('percent', one.level, 'balance_nanos', one.balance_nanos));
    END IF;
    IF one.level > one.alerted_e2 THEN
      customer := one.id; percent := one.level;
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;

CALL warp.protect('billing.leases');
CALL warp.protect('billing.spend_limits');
CALL warp.protect('billing.alarms');
CALL warp.track('billing.spend_limits', 'spend_limit', 'id', 'customer_id', true);
GRANT SELECT ON billing.leases, billing.spend_limits, billing.alarms TO warp_daemon;
GRANT SELECT, INSERT, UPDATE ON billing.leases, billing.alarms TO warp_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.spend_limits TO warp_operator;
REVOKE ALL ON FUNCTION billing.grant_lease, billing.shrink_lease, billing.release_leases, billing.raise_alerts
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.grant_lease, billing.shrink_lease, billing.release_leases, billing.raise_alerts
    TO warp_operator;

-- As before, but leases are holds, too.
CREATE OR REPLACE FUNCTION billing.check_messages(since timestamptz DEFAULT '-infinity')
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
                 lag(l.balance_after_nanos, 1,
                 0::bigint) OVER (PARTITION BY l.customer_id ORDER BY l.number)::numeric AS before
          FROM billing.ledger l) c
    WHERE c.before + c.amount_nanos <> c.balance_after_nanos
    UNION ALL
    -- What is held are the prices of messages that have not ended, and what open leases have left.
    SELECT 'held', coalesce(b.customer_id, h.customer_id), NULL, coalesce(h.total, 0), coalesce(b.held_nanos, 0)::numeric
    FROM billing.balances b FULL JOIN (
        SELECT u.customer_id, sum(u.held) AS total FROM (
            SELECT m.customer_id, m.price_nanos AS held FROM sms.live l JOIN sms.messages m ON m.id = l.message_id
            AND m.accepted_at = l.accepted_at
            WHERE m.final_at IS NULL AND m.price_nanos <> 0
            UNION ALL SELECT e.customer_id, e.granted_nanos - e.settled_nanos FROM billing.leases e
            WHERE e.closed_at IS NULL) u
        GROUP BY u.customer_id) h ON h.customer_id = b.customer_id
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
