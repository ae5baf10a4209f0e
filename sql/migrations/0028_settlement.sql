-- What becomes of a call that ended: its charge, in one transaction with its record; sums a day, quality an hour, the
-- outbox, corrections, days that went to the archive.
ALTER TABLE records.cdrs
    ADD COLUMN numbers jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN jurisdiction text,
    ADD COLUMN decision jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN charge_lease uuid,
    ADD COLUMN charge_nanos bigint,
    ADD COLUMN charge_currency char(3),
    ADD COLUMN charge_reserved_nanos bigint,
    ADD COLUMN charge_fx_pico bigint,
    ADD COLUMN covered_seconds bigint,
    ADD COLUMN cut_off boolean NOT NULL DEFAULT false,
    ADD COLUMN ledger_entry bigint,
    ADD COLUMN cost_base_nanos bigint,
    ADD COLUMN ban text,
    ADD COLUMN price_jurisdiction text,
    ADD COLUMN price_attempt_fee_nanos bigint,
    ADD COLUMN price_surcharge_nanos bigint,
    ADD COLUMN price_free_seconds bigint,
    ADD COLUMN price_schedule integer,
    ADD COLUMN cost_jurisdiction text,
    ADD COLUMN cost_attempt_fee_nanos bigint,
    ADD COLUMN cost_surcharge_nanos bigint,
    ADD COLUMN cost_free_seconds bigint,
    ADD COLUMN cost_schedule integer,
    ADD COLUMN caller_mos_e2 smallint,
    ADD COLUMN callee_mos_e2 smallint;
COMMENT ON COLUMN records.cdrs.charge_nanos IS
    'In the account''s currency; what billing.ledger (ledger_entry) took for it';

CREATE TABLE records.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text NOT NULL,
    object_id uuid NOT NULL,
    at timestamptz NOT NULL,
    customer_id uuid,
    payload jsonb
);

CREATE INDEX outbox_in_order ON records.outbox (made_by, id);
COMMENT ON TABLE records.outbox IS
    'Read in the order of (made_by, id), up to the oldest transaction that still runs: ids alone are drawn before their transaction ends';

CREATE TABLE records.outbox_consumers (
    name text PRIMARY KEY,
    last_made_by xid8 NOT NULL DEFAULT '0',
    last_id bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE records.daily_usage_summary (
    day date NOT NULL,
    customer_id uuid,
    trunk_id uuid,
    provider_id uuid,
    kind text NOT NULL CHECK (kind IN ('call', 'message')),
    direction text NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    jurisdiction text NOT NULL,
    currency char(3),
    attempts bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    network_ok bigint NOT NULL DEFAULT 0,
    short_calls bigint NOT NULL DEFAULT 0,
    duration_us numeric NOT NULL DEFAULT 0,
    billed_seconds bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    units bigint NOT NULL DEFAULT 0,
    charge_nanos numeric NOT NULL DEFAULT 0,
    cost_nanos numeric NOT NULL DEFAULT 0,
    margin_nanos numeric NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX daily_usage_key ON records.daily_usage_summary (day, customer_id, trunk_id, provider_id, kind,
    direction, prefix, jurisdiction, currency) NULLS NOT DISTINCT;

CREATE TABLE records.quality_hourly (
    hour timestamptz NOT NULL,
    provider_id uuid NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    network_ok bigint NOT NULL DEFAULT 0,
    short_calls bigint NOT NULL DEFAULT 0,
    seconds bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (hour, provider_id, prefix)
);

-- A file of the archive: a day's records, or (part 2 and on) those that came when the day had left already.
CREATE TABLE records.past_days (
    day date NOT NULL,
    part integer NOT NULL DEFAULT 1,
    archived_at timestamptz,
    dropped_at timestamptz,
    records bigint,
    charged_nanos numeric,
    file text NOT NULL DEFAULT '',
    sha256 bytea,
    PRIMARY KEY (day, part)
);

CREATE TABLE records.rerates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    filter jsonb NOT NULL,
    rate_plan_id uuid,
    plan_version bigint,
    state text NOT NULL DEFAULT 'preview' CHECK (state IN ('preview', 'running', 'done', 'cancelled')),
    summary jsonb NOT NULL DEFAULT '{}',
    created_by text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX rerates_one_running ON records.rerates ((true)) WHERE state = 'running';

CREATE TABLE records.corrections (
    number bigint GENERATED ALWAYS AS IDENTITY,
    run_id uuid NOT NULL REFERENCES records.rerates,
    record_id uuid NOT NULL,
    setup_at timestamptz NOT NULL,
    customer_id uuid NOT NULL,
    before_nanos bigint NOT NULL,
    after_nanos bigint NOT NULL,
    currency char(3) NOT NULL,
    price jsonb NOT NULL,
    reversal_entry bigint,
    charge_entry bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, record_id)
);
CREATE INDEX corrections_by_record ON records.corrections (record_id, number DESC);

ALTER TABLE billing.ledger
    DROP CONSTRAINT ledger_kind_check,
    DROP CONSTRAINT ledger_source_check,
    DROP CONSTRAINT ledger_signs,
    ADD CONSTRAINT ledger_kind_check CHECK (kind IN ('charge', 'payment', 'adjustment', 'refund', 'reversal')),
    ADD CONSTRAINT ledger_source_check CHECK (source IN ('messages', 'calls', 'operator', 'rerate', 'billing')),
    ADD CONSTRAINT ledger_signs CHECK (CASE kind WHEN 'charge' THEN amount_nanos < 0 WHEN 'adjustment'
        THEN amount_nanos <> 0 ELSE amount_nanos > 0 END);

-- Arrays of the fresh records of one insertion, in one order: ids of entries were drawn beforehand, one a customer. Locks
-- balances in the order of their ids, then leases. What a lease does not cover is taken from the balance all the same.
CREATE FUNCTION billing.settle_calls(customers uuid[], leases uuid[], amounts bigint[], entries bigint[],
    currencies text[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE owing bigint; paying bigint; total bigint;
BEGIN
  SELECT count(DISTINCT t.customer) INTO owing FROM unnest(customers, amounts) AS t(customer, amount)
      WHERE t.amount <> 0;
  IF owing = 0 THEN RETURN 0; END IF;
  PERFORM FROM billing.balances b WHERE b.customer_id IN (SELECT t.customer
      FROM unnest(customers, amounts) AS t(customer, amount) WHERE t.amount <> 0) ORDER BY b.customer_id FOR UPDATE;
  IF EXISTS (SELECT FROM unnest(customers, amounts, currencies) AS t(customer, amount, currency)
      JOIN billing.balances b ON b.customer_id = t.customer WHERE t.amount <> 0 AND b.currency <> t.currency) THEN
    RAISE EXCEPTION 'a call is charged in another currency than its account has'
        USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM FROM billing.leases l WHERE l.id = ANY (leases) ORDER BY l.id FOR UPDATE;
  WITH calls AS MATERIALIZED (SELECT t.customer, t.lease, t.amount, t.entry
      FROM unnest(customers, leases, amounts, entries) AS t(customer, lease, amount, entry) WHERE t.amount <> 0),
    wanted AS (SELECT c.customer, c.lease, sum(c.amount) AS amount FROM calls c WHERE c.lease IS NOT NULL
        GROUP BY 1, 2),
    parts AS MATERIALIZED (SELECT w.customer, w.lease, least(w.amount, l.granted_nanos - l.settled_nanos)::bigint
        AS part FROM wanted w JOIN billing.leases l ON l.id = w.lease AND l.customer_id = w.customer
        WHERE l.closed_at IS NULL),
    settled AS (UPDATE billing.leases l SET settled_nanos = l.settled_nanos + p.part FROM parts p
        WHERE l.id = p.lease),
    leased AS (SELECT w.customer, sum(w.amount) AS amount, coalesce(sum(p.part), 0)::bigint AS part FROM wanted w
        LEFT JOIN parts p ON p.lease = w.lease AND p.customer = w.customer GROUP BY 1),
    totals AS MATERIALIZED (SELECT c.customer, c.entry, sum(c.amount)::bigint AS amount, count(*)::integer AS items
        FROM calls c GROUP BY 1, 2),
    paid AS (UPDATE billing.balances b SET balance_nanos = b.balance_nanos - t.amount,
        held_nanos = b.held_nanos - coalesce(h.part, 0), entries = b.entries + 1, updated_at = now()
        FROM totals t LEFT JOIN leased h ON h.customer = t.customer WHERE b.customer_id = t.customer
        RETURNING b.customer_id, b.entries AS number, b.balance_nanos, b.currency, t.entry, t.items, t.amount,
        coalesce(h.amount - h.part, 0)::bigint AS missing),
    entered AS (INSERT INTO billing.ledger (id, customer_id, number, kind, source, amount_nanos,
        balance_after_nanos, currency, description, items) SELECT p.entry, p.customer_id, p.number, 'charge',
        'calls', -p.amount, p.balance_nanos, p.currency, 'calls', p.items FROM paid p),
    alarmed AS (INSERT INTO billing.alarms (customer_id, kind, details) SELECT p.customer_id, 'unreserved',
        jsonb_build_object('nanos', p.missing, 'entry', p.entry) FROM paid p WHERE p.missing > 0
        ON CONFLICT DO NOTHING)
  SELECT count(*), sum(p.amount) INTO paying, total FROM paid p;
  IF paying <> owing THEN
    RAISE EXCEPTION 'a call is charged to an account that is gone' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN total;
END $$;

-- Calls of one customer at other prices, once a run: what they were charged goes back in one entry, what they cost now is
-- charged in another, and the sums of their days follow. `afters` in the account's currency, in the order of `ids`. Nothing
-- is done, and `refused` says so, when a prepaid account would be below its limit by it. Calls that were priced in another
-- currency and never charged are left alone. The account's row is locked first:
-- runs over the same calls come one after the other, each from what the one before it left.
CREATE FUNCTION billing.correct_calls(run uuid, customer uuid, ids uuid[], setups timestamptz[], afters bigint[],
    prices jsonb[])
RETURNS TABLE (changed bigint, before_nanos bigint, after_nanos bigint, refused boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account record; money record; back bigint; again bigint;
BEGIN
  SELECT b.balance_nanos, b.held_nanos, b.currency INTO STRICT money FROM billing.balances b
      WHERE b.customer_id = customer FOR UPDATE;
  SELECT a.billing_mode, a.credit_limit_nanos AS credit INTO STRICT account FROM customers.accounts a
      WHERE a.id = customer;
  CREATE TEMP TABLE IF NOT EXISTS correcting (id uuid, setup_at timestamptz, before bigint, after bigint, price jsonb)
      ON COMMIT DROP;
  TRUNCATE pg_temp.correcting;
  INSERT INTO pg_temp.correcting SELECT t.id, t.setup_at, coalesce(c.after_nanos, r.charge_nanos, 0), t.after, t.price
      FROM unnest(ids, setups, afters, prices) AS t(id, setup_at, after, price)
      JOIN records.cdrs r ON r.id = t.id AND r.setup_at = t.setup_at AND r.customer_id = customer
      LEFT JOIN LATERAL (SELECT k.after_nanos FROM records.corrections k WHERE k.record_id = t.id
          ORDER BY k.number DESC LIMIT 1) c ON true
      WHERE coalesce(c.after_nanos, r.charge_nanos, 0) <> t.after
      AND coalesce(r.charge_currency, r.price_currency, money.currency) = money.currency
      AND NOT EXISTS (SELECT FROM records.corrections k WHERE k.run_id = run AND k.record_id = t.id);
  SELECT count(*), coalesce(sum(t.before), 0), coalesce(sum(t.after), 0) INTO changed, before_nanos, after_nanos
      FROM pg_temp.correcting t;
  refused := account.billing_mode = 'PREPAID' AND after_nanos > before_nanos
      AND money.balance_nanos - money.held_nanos + account.credit < after_nanos - before_nanos;
  IF changed = 0 OR refused THEN RETURN NEXT; RETURN; END IF;
  IF before_nanos <> 0 THEN
    back := nextval('billing.ledger_ids');
    WITH b AS (UPDATE billing.balances b SET balance_nanos = b.balance_nanos + correct_calls.before_nanos,
        entries = b.entries + 1, updated_at = now() WHERE b.customer_id = customer RETURNING b.*)
    INSERT INTO billing.ledger (id, customer_id, number, kind, source, amount_nanos, balance_after_nanos, currency,
        description, items)
      SELECT back, b.customer_id, b.entries, 'reversal', 'rerate', correct_calls.before_nanos, b.balance_nanos,
          b.currency, 'calls at their former prices', changed::integer FROM b;
  END IF;
  IF after_nanos <> 0 THEN
    again := nextval('billing.ledger_ids');
    WITH b AS (UPDATE billing.balances b SET balance_nanos = b.balance_nanos - correct_calls.after_nanos,
        entries = b.entries + 1, updated_at = now() WHERE b.customer_id = customer RETURNING b.*)
    INSERT INTO billing.ledger (id, customer_id, number, kind, source, amount_nanos, balance_after_nanos, currency,
        description, items)
      SELECT again, b.customer_id, b.entries, 'charge', 'rerate', -correct_calls.after_nanos, b.balance_nanos,
          b.currency, 'calls at their new prices', changed::integer FROM b;
  END IF;
  INSERT INTO records.corrections (run_id, record_id, setup_at, customer_id, before_nanos, after_nanos, currency, price,
      reversal_entry, charge_entry)
    SELECT run, t.id, t.setup_at, customer, t.before, t.after, money.currency, t.price, back, again
    FROM pg_temp.correcting t ORDER BY t.id;
  -- The sums of the keys that the calls were counted by; in a row of its own when they were not charged before.
  INSERT INTO records.daily_usage_summary AS d (day, customer_id, trunk_id, provider_id, kind, direction, prefix,
      jurisdiction, currency, charge_nanos, margin_nanos)
    SELECT (r.setup_at AT TIME ZONE 'UTC')::date AS day, r.customer_id, r.trunk_id, r.provider_id, 'call',
        r.direction, coalesce(r.price_prefix, ''), coalesce(r.jurisdiction, 'UNKNOWN'), money.currency,
        sum(t.after - t.before), sum(t.after - t.before)
    FROM pg_temp.correcting t JOIN records.cdrs r ON r.id = t.id AND r.setup_at = t.setup_at
    GROUP BY 1, 2, 3, 4, 6, 7, 8 ORDER BY 1, 2, 3, 4, 6, 7, 8
    ON CONFLICT (day, customer_id, trunk_id, provider_id, kind, direction, prefix, jurisdiction, currency)
    DO UPDATE SET charge_nanos = d.charge_nanos + excluded.charge_nanos,
        margin_nanos = d.margin_nanos + excluded.margin_nanos;
  INSERT INTO records.outbox (kind, object_id, at, customer_id, payload)
    SELECT 'correction', t.id, t.setup_at, customer, jsonb_build_object('run_id', run, 'before_nanos', t.before,
        'after_nanos', t.after) FROM pg_temp.correcting t WHERE EXISTS (SELECT FROM records.outbox_consumers);
  RETURN NEXT;
END $$;

CREATE FUNCTION records.drop_day(gone date)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM records.past_days WHERE day = gone AND archived_at IS NOT NULL AND dropped_at IS NULL) THEN
    RAISE EXCEPTION 'drop_day: % is not in the archive', gone USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS records.%I', 'cdrs_' || to_char(gone, 'YYYYMMDD'));
  RETURN true;
END $$;

-- Until the transaction ends, no record of that day is stored: what is counted then is what is dropped.
CREATE FUNCTION records.lock_day(wanted date)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE part text := 'cdrs_' || to_char(wanted, 'YYYYMMDD');
BEGIN
  IF to_regclass(format('records.%I', part)) IS NULL THEN RETURN false; END IF;
  EXECUTE format('LOCK TABLE records.%I IN EXCLUSIVE MODE', part);
  RETURN true;
END $$;

-- The days that have a partition of records and end before `before`, oldest first.
CREATE FUNCTION records.days_before(before timestamptz)
RETURNS SETOF date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_date(right(child.relname, 8), 'YYYYMMDD') AS day FROM pg_inherits
      JOIN pg_class child ON child.oid = inhrelid
  WHERE inhparent = 'records.cdrs'::regclass AND child.relname ~ '^cdrs_[0-9]{8}$'
      AND ((to_date(right(child.relname, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC') <= before
  ORDER BY 1
$$;

CREATE INDEX quality_by_hour ON records.quality_hourly (hour);
CREATE INDEX corrections_by_time ON records.corrections (setup_at);

CALL warp.protect('records.outbox');
CALL warp.protect('records.daily_usage_summary');
CALL warp.protect('records.corrections');
GRANT SELECT ON records.daily_usage_summary, records.corrections TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON records.outbox, records.outbox_consumers, records.daily_usage_summary,
    records.quality_hourly, records.past_days, records.rerates, records.corrections TO warp_operator;
REVOKE ALL ON FUNCTION billing.settle_calls, billing.correct_calls, records.drop_day, records.lock_day, records.days_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.settle_calls, billing.correct_calls, records.drop_day, records.lock_day, records.days_before TO warp_operator;

-- As billing.check_messages(), of calls: entries are the sums of the records that name them; corrections of theirs; the
-- summary of both. Days that left for the archive have no records: entries of their time, and the day after, are left
-- alone, and so are sums of days that began before `since`.
CREATE FUNCTION billing.check_calls(since timestamptz DEFAULT '-infinity')
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH past AS MATERIALIZED (SELECT coalesce(max(p.day), '-infinity') AS day FROM records.past_days p
      WHERE p.archived_at IS NOT NULL),
    bounds AS MATERIALIZED (SELECT greatest(since, (past.day + 2)::timestamp AT TIME ZONE 'UTC') AS stored,
        greatest(past.day + 1, (since AT TIME ZONE 'UTC' + interval '1 day' - interval '1 microsecond')::date) AS day
        FROM past)
  SELECT 'call_charges', coalesce(l.customer_id, r.customer_id), coalesce(l.id, r.ledger_entry), -coalesce(r.total,
      0), coalesce(l.amount_nanos, 0)::numeric
  FROM (SELECT l.* FROM billing.ledger l, bounds WHERE l.kind = 'charge' AND l.source = 'calls'
      AND l.created_at >= bounds.stored) l
  FULL JOIN (SELECT r.customer_id, r.ledger_entry, sum(r.charge_nanos) AS total, count(*) AS items
      FROM records.cdrs r, bounds WHERE r.charge_nanos <> 0 AND r.stored_at >= bounds.stored
          GROUP BY 1, 2) r ON r.ledger_entry = l.id AND r.customer_id = l.customer_id
  WHERE -coalesce(r.total, 0) <> coalesce(l.amount_nanos, 0) OR coalesce(r.items, 0) <> coalesce(l.items, 0)
  UNION ALL
  SELECT 'corrections', coalesce(l.customer_id, c.customer_id), coalesce(l.id, c.entry), coalesce(c.total, 0),
      coalesce(l.amount_nanos, 0)::numeric
  FROM (SELECT * FROM billing.ledger l WHERE l.source = 'rerate' AND l.created_at >= since) l
  FULL JOIN (SELECT c.customer_id, c.reversal_entry AS entry, sum(c.before_nanos) AS total FROM records.corrections c
      WHERE c.reversal_entry IS NOT NULL AND c.created_at >= since GROUP BY 1, 2
    UNION ALL SELECT c.customer_id, c.charge_entry, -sum(c.after_nanos) FROM records.corrections c
        WHERE c.charge_entry IS NOT NULL AND c.created_at >= since GROUP BY 1, 2) c ON c.entry = l.id
  WHERE coalesce(c.total, 0) <> coalesce(l.amount_nanos, 0)
  UNION ALL
  SELECT 'summary', coalesce(d.customer_id, r.customer_id), NULL, coalesce(r.total, 0), coalesce(d.total, 0)
  FROM (SELECT d.day, d.customer_id, sum(d.charge_nanos) AS total FROM records.daily_usage_summary d, bounds
      WHERE d.kind = 'call' AND d.day >= bounds.day GROUP BY 1, 2) d
  FULL JOIN (SELECT u.day, u.customer_id, sum(u.nanos) AS total
      FROM (SELECT (r.setup_at AT TIME ZONE 'UTC')::date AS day, r.customer_id, coalesce(r.charge_nanos, 0) AS nanos
          FROM records.cdrs r
    UNION ALL SELECT (c.setup_at AT TIME ZONE 'UTC')::date, c.customer_id, c.after_nanos - c.before_nanos
        FROM records.corrections c) u, bounds WHERE u.day >= bounds.day GROUP BY 1, 2) r ON r.day = d.day
        AND coalesce(r.customer_id, '00000000-0000-0000-0000-000000000000') = coalesce(d.customer_id,
        '00000000-0000-0000-0000-000000000000')
  WHERE coalesce(r.total, 0) <> coalesce(d.total, 0) $$;
REVOKE ALL ON FUNCTION billing.check_calls FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.check_calls TO warp_operator;
