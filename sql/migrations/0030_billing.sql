-- Billing: accounts that are billed, what they are billed for, invoices, and what vendors claim.
CREATE TABLE billing.bans (
    ban text PRIMARY KEY CHECK (ban ~ '^[A-Z0-9-]{3,32}$'),
    customer_id uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    name text NOT NULL DEFAULT '',
    cycle text NOT NULL DEFAULT 'MONTHLY' CHECK (cycle IN ('MONTHLY', 'WEEKLY', 'DAYS')),
    anchor smallint NOT NULL DEFAULT 1 CHECK (anchor BETWEEN 1 AND 31),
    zone text NOT NULL DEFAULT 'UTC',
    opens_at timestamptz NOT NULL DEFAULT now(),
    period_start timestamptz NOT NULL DEFAULT now(),
    next_close timestamptz NOT NULL,
    due_days smallint NOT NULL DEFAULT 30 CHECK (due_days BETWEEN 0 AND 365),
    payment_order text NOT NULL DEFAULT 'OLDEST_FIRST' CHECK (payment_order IN ('OLDEST_FIRST', 'BY_HAND')),
    decimals smallint NOT NULL DEFAULT 2 CHECK (decimals BETWEEN 0 AND 9),
    rounding text NOT NULL DEFAULT 'HALF_UP' CHECK (rounding IN ('HALF_UP', 'HALF_EVEN', 'UP', 'DOWN')),
    tax_region text NOT NULL DEFAULT '',
    tax_exempt boolean NOT NULL DEFAULT false,
    address jsonb NOT NULL DEFAULT '{}',
    is_default boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (next_close > period_start),
    CHECK (cycle <> 'WEEKLY' OR anchor <= 7),
    UNIQUE (ban, customer_id)
);
COMMENT ON COLUMN billing.bans.anchor IS
    'MONTHLY: day of the month (31: the last); WEEKLY: 1 is Monday; DAYS: how many days a period has';
COMMENT ON COLUMN billing.bans.period_start IS 'Of the period that runs: where the one before was closed';
CREATE UNIQUE INDEX bans_one_default ON billing.bans (customer_id) WHERE is_default;
CREATE INDEX bans_by_close ON billing.bans (next_close);
CREATE SEQUENCE billing.ban_numbers AS bigint;

-- An account is billed from its first moment: months of UTC, until somebody says otherwise.
CREATE FUNCTION billing.open_ban()
RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO billing.bans (ban, customer_id, name, next_close)
    VALUES ('BAN-' || lpad(nextval('billing.ban_numbers')::text, 6, '0'), NEW.id, left(NEW.name, 128),
        (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
  RETURN NULL;
END $$;
CREATE TRIGGER open_ban AFTER INSERT ON customers.accounts FOR EACH ROW EXECUTE FUNCTION billing.open_ban();

-- The owner of the tables sees the accounts that are there for this one statement.
ALTER TABLE customers.accounts NO FORCE ROW LEVEL SECURITY;
INSERT INTO billing.bans (ban, customer_id, name, next_close)
  SELECT 'BAN-' || lpad(nextval('billing.ban_numbers')::text, 6, '0'), a.id, left(a.name, 128),
      (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
  FROM customers.accounts a ORDER BY a.created_at, a.id;
ALTER TABLE customers.accounts FORCE ROW LEVEL SECURITY;

ALTER TABLE trunks.configurations
    ADD COLUMN ban text,
    ADD FOREIGN KEY (ban, customer_id) REFERENCES billing.bans (ban, customer_id);

ALTER TABLE numbers.inventory
    ADD COLUMN ban text,
    ADD COLUMN monthly_nanos bigint NOT NULL DEFAULT 0 CHECK (monthly_nanos >= 0),
    ADD COLUMN assigned_at timestamptz,
    ADD FOREIGN KEY (ban, customer_id) REFERENCES billing.bans (ban, customer_id);

ALTER TABLE billing.contracts
    ADD COLUMN ban text,
    ADD FOREIGN KEY (ban, customer_id) REFERENCES billing.bans (ban, customer_id),
    ADD COLUMN minimum_nanos bigint NOT NULL DEFAULT 0 CHECK (minimum_nanos >= 0),
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN billing.contracts.terms IS
    '{"tiers": [{"sku", "mode", "per", "steps": [{"from", "price_nanos"}]}], "bundles": [{"sku", "units", "price_nanos", "rollover"}]}';

CREATE TABLE billing.skus (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z0-9._-]{2,48}$'),
    kind text NOT NULL CHECK (kind IN ('usage', 'recurring', 'once')),
    unit text NOT NULL,
    match jsonb NOT NULL DEFAULT '{}',
    tax_code text NOT NULL DEFAULT 'TELECOM',
    description text NOT NULL DEFAULT '',
    position smallint NOT NULL DEFAULT 100,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN billing.skus.match IS
    'Of usage: {"kind", "direction", "jurisdiction", "prefix"}; the most of them wins, then position';
INSERT INTO billing.skus (code, kind, unit, match, description, position) VALUES
    ('VOICE-OUT', 'usage', 'second', '{"kind": "call", "direction": "outbound"}', 'Outbound calls', 10),
    ('VOICE-IN', 'usage', 'second', '{"kind": "call", "direction": "inbound"}', 'Inbound calls', 20),
    ('MESSAGE-OUT', 'usage', 'segment', '{"kind": "message", "direction": "outbound"}', 'Outbound messages', 30),
    ('MESSAGE-IN', 'usage', 'segment', '{"kind": "message", "direction": "inbound"}', 'Inbound messages', 40),
    ('DID', 'recurring', 'month', '{}', 'Telephone number', 50),
    ('COMMIT', 'recurring', 'month', '{}', 'Minimum commitment', 60);

CREATE TABLE billing.recurring (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ban text NOT NULL,
    customer_id uuid NOT NULL,
    sku text NOT NULL REFERENCES billing.skus,
    object text NOT NULL DEFAULT '',
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    amount_nanos bigint NOT NULL,
    prorate boolean NOT NULL DEFAULT true,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz CHECK (ends_at >= starts_at),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (ban, customer_id) REFERENCES billing.bans (ban, customer_id) ON DELETE CASCADE
);
CREATE INDEX recurring_by_ban ON billing.recurring (ban, starts_at);
CREATE INDEX recurring_of_numbers ON billing.recurring (object) WHERE sku = 'DID' AND ends_at IS NULL;
COMMENT ON TABLE billing.recurring IS
    'What is billed by time, and what is billed once (by its SKU). A number''s rent has a row for each time that it was somebody''s';

-- A number that changes hands is billed to both, each for its days.
CREATE FUNCTION billing.assign_number()
RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
    NEW.assigned_at := CASE WHEN NEW.customer_id IS NOT NULL THEN now() END;
    IF TG_OP = 'UPDATE' AND NEW.ban IS NOT DISTINCT FROM OLD.ban THEN
      NEW.ban := NULL;
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER assign_number BEFORE INSERT OR UPDATE OF customer_id ON numbers.inventory FOR EACH ROW
    EXECUTE FUNCTION billing.assign_number();

CREATE FUNCTION billing.rent_number()
RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.customer_id IS NOT DISTINCT FROM OLD.customer_id AND NEW.ban IS NOT DISTINCT FROM OLD.ban
      AND NEW.monthly_nanos = OLD.monthly_nanos THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE billing.recurring SET ends_at = greatest(now(), starts_at)
        WHERE sku = 'DID' AND object = OLD.e164 AND ends_at IS NULL;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.customer_id IS NOT NULL AND NEW.monthly_nanos <> 0 THEN
    INSERT INTO billing.recurring (ban, customer_id, sku, object, amount_nanos)
      SELECT b.ban, b.customer_id, 'DID', NEW.e164, NEW.monthly_nanos FROM billing.bans b
          WHERE b.customer_id = NEW.customer_id AND (b.ban = NEW.ban OR NEW.ban IS NULL AND b.is_default);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER rent_number AFTER INSERT OR DELETE OR UPDATE OF customer_id, ban, monthly_nanos ON numbers.inventory
    FOR EACH ROW EXECUTE FUNCTION billing.rent_number();

CREATE TABLE billing.tax_rates (
    region text NOT NULL,
    tax_code text NOT NULL,
    name text NOT NULL,
    rate_e9 bigint NOT NULL CHECK (rate_e9 BETWEEN 0 AND 1000000000),
    on_taxes boolean NOT NULL DEFAULT false,
    effective_from date NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (region, tax_code, name, effective_from)
);

-- Numbers of invoices, without gaps a year: drawn in the transaction that issues, whose end gives them back.
CREATE TABLE billing.invoice_numbers (
    year smallint PRIMARY KEY,
    last bigint NOT NULL
);

CREATE TABLE billing.invoices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number text NOT NULL UNIQUE,
    ban text NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    zone text NOT NULL,
    currency char(3) NOT NULL,
    status text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ISSUED', 'PAID', 'VOID')),
    charges_nanos bigint NOT NULL,
    taxes_nanos bigint NOT NULL,
    rounding_nanos bigint NOT NULL,
    carried_nanos bigint NOT NULL DEFAULT 0,
    total_nanos bigint NOT NULL,
    applied_nanos bigint NOT NULL DEFAULT 0,
    issued_at timestamptz,
    due_at timestamptz,
    voided_at timestamptz,
    usage_cut timestamptz NOT NULL,
    credit_out_nanos bigint NOT NULL DEFAULT 0 CHECK (credit_out_nanos <= 0),
    rollover jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id),
    CHECK (period_end > period_start),
    CHECK (total_nanos = charges_nanos + taxes_nanos + rounding_nanos + carried_nanos),
    CHECK (total_nanos >= 0),
    CHECK (applied_nanos BETWEEN 0 AND total_nanos)
);
CREATE UNIQUE INDEX invoices_one_a_period ON billing.invoices (ban, period_start) WHERE status <> 'VOID';
CREATE INDEX invoices_by_customer ON billing.invoices (customer_id, period_start DESC);
COMMENT ON COLUMN billing.invoices.usage_cut IS
    'What was stored before it and had ended by period_end is on this invoice or an earlier one; the rest is on a later one';
COMMENT ON COLUMN billing.invoices.carried_nanos IS
    'Credit of earlier periods that is used here (below 0), or of this one that goes on (above 0): no movement of money';

CREATE TABLE billing.invoice_lines (
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('usage', 'tier', 'bundle', 'commit', 'recurring', 'once', 'adjustment', 'tax', 'rounding', 'carry')),
    sku text NOT NULL DEFAULT '',
    description text NOT NULL,
    items bigint NOT NULL DEFAULT 0,
    units bigint NOT NULL DEFAULT 0,
    unit text NOT NULL DEFAULT '',
    base_nanos bigint,
    rate_e9 bigint,
    amount_nanos bigint NOT NULL,
    ledger_entry bigint,
    PRIMARY KEY (invoice_id, position),
    FOREIGN KEY (invoice_id, customer_id) REFERENCES billing.invoices (id, customer_id) ON DELETE CASCADE
);

CREATE TABLE billing.payment_applications (
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    ledger_entry bigint NOT NULL,
    amount_nanos bigint NOT NULL CHECK (amount_nanos > 0),
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (invoice_id, ledger_entry),
    FOREIGN KEY (invoice_id, customer_id) REFERENCES billing.invoices (id, customer_id)
);

CREATE TABLE billing.vendor_cycles (
    provider_id uuid PRIMARY KEY REFERENCES routing.providers,
    cycle text NOT NULL DEFAULT 'MONTHLY' CHECK (cycle IN ('MONTHLY', 'WEEKLY', 'DAYS')),
    anchor smallint NOT NULL DEFAULT 1 CHECK (anchor BETWEEN 1 AND 31),
    zone text NOT NULL DEFAULT 'UTC',
    period_start timestamptz NOT NULL DEFAULT now(),
    next_close timestamptz NOT NULL,
    start_tolerance_seconds integer NOT NULL DEFAULT 30 CHECK (start_tolerance_seconds BETWEEN 0 AND 3600),
    tolerance_seconds smallint NOT NULL DEFAULT 1 CHECK (tolerance_seconds >= 0),
    tolerance_e9 bigint NOT NULL DEFAULT 0 CHECK (tolerance_e9 BETWEEN 0 AND 1000000000),
    CHECK (cycle <> 'WEEKLY' OR anchor <= 7)
);

-- What of each day's costs is in the books: a day's record that comes later is accrued when it came.
CREATE TABLE billing.vendor_accruals (
    day date NOT NULL,
    provider_id uuid NOT NULL,
    currency char(3) NOT NULL,
    accrued_nanos bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, provider_id, currency)
);

CREATE FUNCTION billing.accrue_vendors(before date, base char(3))
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one record; number bigint; done bigint := 0;
BEGIN
  -- One node at a time; the other finds nothing left to do.
  PERFORM pg_advisory_xact_lock(hashtext('billing.accrue_vendors'));
  FOR one IN SELECT s.day, s.provider_id, s.total - coalesce(a.accrued_nanos, 0) AS rest, s.total
      FROM (SELECT u.day, u.provider_id, sum(u.cost_nanos)::bigint AS total FROM records.daily_usage_summary u
          WHERE u.provider_id IS NOT NULL AND u.day < before GROUP BY 1, 2) s
      LEFT JOIN billing.vendor_accruals a ON a.day = s.day AND a.provider_id = s.provider_id AND a.currency = base
      WHERE s.total <> coalesce(a.accrued_nanos, 0) ORDER BY s.day, s.provider_id LOOP
    number := nextval('billing.transaction_ids');
    INSERT INTO billing.postings (transaction, account_id, amount_nanos, currency, reference)
        VALUES (number, billing.gl_account('vendor', one.provider_id, base), one.rest, base, 'accrual:' || one.day),
      (number, billing.gl_account('cost.voice', NULL, base), -one.rest, base, 'accrual:' || one.day);
    INSERT INTO billing.vendor_accruals AS a (day, provider_id, currency, accrued_nanos)
        VALUES (one.day, one.provider_id, base, one.total)
        ON CONFLICT (day, provider_id, currency) DO UPDATE SET accrued_nanos = excluded.accrued_nanos, updated_at = now();
    done := done + 1;
  END LOOP;
  RETURN done;
END $$;

CREATE TABLE billing.vendor_invoices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_id uuid NOT NULL REFERENCES routing.providers,
    number text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    currency char(3) NOT NULL,
    claimed_nanos bigint NOT NULL,
    expected_nanos bigint NOT NULL,
    status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'MATCHED', 'DISPUTED', 'SETTLED')),
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (period_end > period_start),
    UNIQUE (provider_id, number)
);

CREATE TABLE billing.vendor_cdrs (
    invoice_id uuid NOT NULL REFERENCES billing.vendor_invoices ON DELETE CASCADE,
    line bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ani text NOT NULL DEFAULT '',
    dni text NOT NULL,
    seconds integer NOT NULL,
    amount_nanos bigint NOT NULL,
    record_id uuid,
    verdict text NOT NULL DEFAULT 'OPEN'
        CHECK (verdict IN ('OPEN', 'MATCHED', 'NOT_OURS', 'DURATION', 'RATE', 'TWICE')),
    PRIMARY KEY (invoice_id, line)
);

CREATE TABLE billing.disputes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id uuid NOT NULL REFERENCES billing.vendor_invoices,
    state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ACCEPTED', 'REFUSED')),
    claimed_nanos bigint NOT NULL CHECK (claimed_nanos > 0),
    granted_nanos bigint CHECK (granted_nanos BETWEEN 0 AND claimed_nanos),
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One entry of a customer's ledger that billing makes. Above 0: the account is credited. Answers its id.
CREATE FUNCTION billing.book(customer uuid, entry_kind text, amount bigint, name text, about text)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE made bigint;
BEGIN
  WITH b AS (UPDATE billing.balances SET balance_nanos = balance_nanos + amount, entries = entries + 1,
      updated_at = now() WHERE customer_id = customer RETURNING *)
  INSERT INTO billing.ledger (customer_id, number, kind, source, amount_nanos, balance_after_nanos, currency, reference,
      description)
    SELECT b.customer_id, b.entries, entry_kind, 'billing', amount, b.balance_nanos, b.currency, name, left(about, 1024)
    FROM b RETURNING id INTO STRICT made;
  RETURN made;
END $$;

-- Payments that are not used up, oldest first, to open invoices, oldest first. Answers how many uses were made.
CREATE FUNCTION billing.apply_payments(customer uuid)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE paid record; due record; rest bigint; part bigint; done bigint := 0;
BEGIN
  -- The balance's row is the lock of all that happens to a customer's money.
  PERFORM FROM billing.balances WHERE customer_id = customer FOR UPDATE;
  FOR paid IN SELECT l.id, l.amount_nanos - coalesce((SELECT sum(p.amount_nanos) FROM billing.payment_applications p
      WHERE p.ledger_entry = l.id), 0)::bigint AS rest FROM billing.ledger l
      WHERE l.customer_id = customer AND l.kind = 'payment' ORDER BY l.number LOOP
    rest := paid.rest;
    CONTINUE WHEN rest <= 0;
    FOR due IN SELECT i.id, i.total_nanos - i.applied_nanos AS rest FROM billing.invoices i
        JOIN billing.bans b ON b.ban = i.ban WHERE i.customer_id = customer AND i.status = 'ISSUED'
        AND i.applied_nanos < i.total_nanos AND b.payment_order = 'OLDEST_FIRST'
        ORDER BY i.period_start, i.number LOOP
      EXIT WHEN rest <= 0;
      part := least(rest, due.rest);
      PERFORM billing.apply_payment(customer, due.id, paid.id, part);
      rest := rest - part;
      done := done + 1;
    END LOOP;
  END LOOP;
  RETURN done;
END $$;

-- A part of a payment pays a part of an invoice. Raises check_violation when either has less left.
CREATE FUNCTION billing.apply_payment(customer uuid, invoice uuid, entry bigint, amount bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE left_over bigint;
BEGIN
  PERFORM FROM billing.balances WHERE customer_id = customer FOR UPDATE;
  SELECT l.amount_nanos - coalesce((SELECT sum(p.amount_nanos) FROM billing.payment_applications p
      WHERE p.ledger_entry = l.id), 0)::bigint INTO left_over FROM billing.ledger l
      WHERE l.id = entry AND l.customer_id = customer AND l.kind = 'payment';
  IF left_over IS NULL OR amount <= 0 OR amount > left_over THEN
    RAISE EXCEPTION 'the payment has less left' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_left';
  END IF;
  UPDATE billing.invoices i SET applied_nanos = i.applied_nanos + amount,
      status = CASE WHEN i.applied_nanos + amount = i.total_nanos THEN 'PAID' ELSE i.status END, updated_at = now()
    WHERE i.id = invoice AND i.customer_id = customer AND i.status = 'ISSUED'
        AND i.applied_nanos + amount <= i.total_nanos;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the invoice has less due' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_due';
  END IF;
  INSERT INTO billing.payment_applications AS p (invoice_id, customer_id, ledger_entry, amount_nanos)
      VALUES (invoice, customer, entry, amount)
      ON CONFLICT (invoice_id, ledger_entry) DO UPDATE SET amount_nanos = p.amount_nanos + excluded.amount_nanos;
END $$;

CREATE FUNCTION billing.free_payment(customer uuid, invoice uuid, entry bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE freed bigint;
BEGIN
  PERFORM FROM billing.balances WHERE customer_id = customer FOR UPDATE;
  DELETE FROM billing.payment_applications p WHERE p.invoice_id = invoice AND p.ledger_entry = entry
      AND p.customer_id = customer RETURNING p.amount_nanos INTO freed;
  IF freed IS NOT NULL THEN
    UPDATE billing.invoices i SET applied_nanos = i.applied_nanos - freed,
        status = CASE WHEN i.status = 'PAID' THEN 'ISSUED' ELSE i.status END, updated_at = now() WHERE i.id = invoice;
  END IF;
  RETURN freed;
END $$;

-- Draws the number of a draft, books what of it is in no ledger yet, and applies payments.
CREATE FUNCTION billing.issue_invoice(wanted uuid)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE it record; line record; named text;
BEGIN
  SELECT i.*, b.due_days INTO STRICT it FROM billing.invoices i JOIN billing.bans b ON b.ban = i.ban
      WHERE i.id = wanted AND i.status = 'DRAFT' FOR UPDATE OF i;
  PERFORM FROM billing.balances WHERE customer_id = it.customer_id FOR UPDATE;
  INSERT INTO billing.invoice_numbers AS n (year, last)
      VALUES (extract(year FROM now() AT TIME ZONE it.zone)::smallint, 1)
      ON CONFLICT (year) DO UPDATE SET last = n.last + 1
    RETURNING n.year || '-' || lpad(n.last::text, greatest(6, length(n.last::text)), '0') INTO named;
  FOR line IN SELECT l.position, l.kind, l.amount_nanos, l.description FROM billing.invoice_lines l
      WHERE l.invoice_id = wanted AND l.amount_nanos <> 0
      AND l.kind IN ('tier', 'bundle', 'commit', 'recurring', 'once', 'tax', 'rounding') ORDER BY l.position LOOP
    UPDATE billing.invoice_lines l
        SET ledger_entry = billing.book(it.customer_id,
            CASE WHEN line.amount_nanos > 0 THEN 'charge' ELSE 'adjustment' END, -line.amount_nanos,
            CASE line.kind WHEN 'tax' THEN 'tax:' ELSE 'invoice:' END || named || ':' || line.position, line.description)
      WHERE l.invoice_id = wanted AND l.position = line.position;
  END LOOP;
  UPDATE billing.invoices i SET number = named, status = CASE WHEN i.total_nanos = 0 THEN 'PAID' ELSE 'ISSUED' END,
      issued_at = now(), due_at = now() + it.due_days * interval '1 day', updated_at = now() WHERE i.id = wanted;
  PERFORM billing.apply_payments(it.customer_id);
  RETURN named;
END $$;

-- Takes back what an invoice booked; its payments are free again. Only the last one of a BAN: later ones stand on it.
CREATE FUNCTION billing.void_invoice(wanted uuid)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE it record; line record;
BEGIN
  -- The balance first, as payments lock it.
  PERFORM FROM billing.balances b WHERE b.customer_id = (SELECT i.customer_id FROM billing.invoices i WHERE i.id = wanted)
      FOR UPDATE;
  SELECT i.* INTO it FROM billing.invoices i WHERE i.id = wanted AND i.status IN ('ISSUED', 'PAID') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM billing.invoices o WHERE o.ban = it.ban AND o.status <> 'VOID'
      AND o.period_start > it.period_start) THEN
    RAISE EXCEPTION 'a later invoice stands on this one' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_last';
  END IF;
  FOR line IN SELECT l.position, l.kind, l.amount_nanos FROM billing.invoice_lines l
      WHERE l.invoice_id = wanted AND l.ledger_entry IS NOT NULL
      AND l.kind IN ('tier', 'bundle', 'commit', 'recurring', 'once', 'tax', 'rounding') ORDER BY l.position LOOP
    PERFORM billing.book(it.customer_id, CASE WHEN line.amount_nanos > 0 THEN 'reversal' ELSE 'adjustment' END,
        line.amount_nanos, CASE line.kind WHEN 'tax' THEN 'tax:void:' ELSE 'void:' END || it.number || ':' || line.position,
        'invoice ' || it.number || ' is void');
  END LOOP;
  DELETE FROM billing.payment_applications p WHERE p.invoice_id = wanted;
  UPDATE billing.invoices i SET status = 'VOID', applied_nanos = 0, voided_at = now(), updated_at = now()
      WHERE i.id = wanted;
  RETURN true;
END $$;

-- Invoices against their lines, the ledger and the payments.
CREATE FUNCTION billing.check_invoices()
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'invoice_total', i.customer_id, NULL::bigint, coalesce(l.total, 0), i.total_nanos::numeric
  FROM billing.invoices i LEFT JOIN (SELECT l.invoice_id, sum(l.amount_nanos) AS total FROM billing.invoice_lines l
      GROUP BY 1) l ON l.invoice_id = i.id WHERE coalesce(l.total, 0) <> i.total_nanos
  UNION ALL
  SELECT 'invoice_taxes', i.customer_id, NULL, coalesce(l.total, 0), i.taxes_nanos
  FROM billing.invoices i LEFT JOIN (SELECT l.invoice_id, sum(l.amount_nanos) AS total FROM billing.invoice_lines l
      WHERE l.kind = 'tax' GROUP BY 1) l ON l.invoice_id = i.id WHERE coalesce(l.total, 0) <> i.taxes_nanos
  UNION ALL  -- what billing booked is a line, and each such line is booked
  SELECT 'invoice_entry', coalesce(i.customer_id, l.customer_id), coalesce(l.id, i.ledger_entry),
      -coalesce(i.amount_nanos, 0)::numeric, coalesce(l.amount_nanos, 0)::numeric
  FROM (SELECT i.customer_id, i.ledger_entry, i.amount_nanos FROM billing.invoice_lines i
      JOIN billing.invoices v ON v.id = i.invoice_id AND v.status <> 'DRAFT' WHERE i.amount_nanos <> 0
      AND i.kind IN ('tier', 'bundle', 'commit', 'recurring', 'once', 'tax', 'rounding')) i
  FULL JOIN (SELECT * FROM billing.ledger l WHERE l.source = 'billing' AND l.reference NOT LIKE 'void:%'
      AND l.reference NOT LIKE 'tax:void:%') l ON l.id = i.ledger_entry AND l.customer_id = i.customer_id
  WHERE -coalesce(i.amount_nanos, 0) <> coalesce(l.amount_nanos, 0)
  UNION ALL  -- a void invoice costs nothing: all that it booked was taken back
  SELECT 'invoice_void', v.customer_id, NULL, 0, sum(x.amount)
  FROM billing.invoices v JOIN LATERAL (SELECT -l.amount_nanos AS amount FROM billing.invoice_lines l
      WHERE l.invoice_id = v.id AND l.ledger_entry IS NOT NULL
      AND l.kind IN ('tier', 'bundle', 'commit', 'recurring', 'once', 'tax', 'rounding')
    UNION ALL SELECT l.amount_nanos FROM billing.ledger l WHERE l.customer_id = v.customer_id
      AND (l.reference LIKE 'void:' || v.number || ':%' OR l.reference LIKE 'tax:void:' || v.number || ':%')) x ON true
  WHERE v.status = 'VOID' GROUP BY v.id, v.customer_id HAVING sum(x.amount) <> 0
  UNION ALL
  SELECT 'invoice_applied', i.customer_id, NULL, coalesce(p.total, 0), i.applied_nanos
  FROM billing.invoices i LEFT JOIN (SELECT p.invoice_id, sum(p.amount_nanos) AS total
      FROM billing.payment_applications p GROUP BY 1) p ON p.invoice_id = i.id
  WHERE coalesce(p.total, 0) <> i.applied_nanos
  UNION ALL
  SELECT 'invoice_status', i.customer_id, NULL, i.total_nanos, i.applied_nanos FROM billing.invoices i
  WHERE i.status = 'PAID' AND i.applied_nanos <> i.total_nanos
      OR i.status = 'ISSUED' AND i.applied_nanos = i.total_nanos
  UNION ALL  -- no payment is spent twice
  SELECT 'payment_spent', p.customer_id, p.ledger_entry, coalesce(l.amount_nanos, 0), p.total
  FROM (SELECT p.customer_id, p.ledger_entry, sum(p.amount_nanos) AS total FROM billing.payment_applications p
      GROUP BY 1, 2) p
  LEFT JOIN billing.ledger l ON l.id = p.ledger_entry AND l.customer_id = p.customer_id AND l.kind = 'payment'
  WHERE p.total > coalesce(l.amount_nanos, 0)
  UNION ALL  -- periods follow each other
  SELECT 'invoice_gap', g.customer_id, NULL, extract(epoch FROM g.before), extract(epoch FROM g.period_start)
  FROM (SELECT i.customer_id, i.period_start, lag(i.period_end) OVER (PARTITION BY i.ban ORDER BY i.period_start) AS before
      FROM billing.invoices i WHERE i.status <> 'VOID') g WHERE g.before <> g.period_start
  UNION ALL  -- numbers of a year are those from 1 to its last
  SELECT 'invoice_number', NULL, NULL, n.last, count(i.id)
  FROM billing.invoice_numbers n LEFT JOIN billing.invoices i ON i.number LIKE n.year || '-%' AND i.status <> 'DRAFT'
  GROUP BY n.year, n.last HAVING count(i.id) <> n.last
  UNION ALL
  SELECT 'accrual', NULL, NULL, a.total, coalesce(p.total, 0)
  FROM (SELECT a.provider_id, a.currency, sum(a.accrued_nanos) AS total FROM billing.vendor_accruals a GROUP BY 1, 2) a
  FULL JOIN (SELECT g.owner, g.currency, sum(p.amount_nanos) AS total FROM billing.postings p
      JOIN billing.gl_accounts g ON g.id = p.account_id WHERE g.code = 'vendor' AND p.reference LIKE 'accrual:%'
      GROUP BY 1, 2) p ON p.owner = a.provider_id AND p.currency = a.currency
  WHERE coalesce(a.total, 0) <> coalesce(p.total, 0) $$;

CREATE OR REPLACE FUNCTION billing.check_all(since timestamptz DEFAULT '-infinity')
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM billing.check_messages(since) UNION ALL SELECT * FROM billing.check_calls(since) UNION ALL SELECT *
      FROM billing.check_postings() UNION ALL SELECT * FROM billing.check_invoices() $$;

CALL warp.protect('billing.bans');
CALL warp.protect('billing.recurring');
CALL warp.protect('billing.invoices');
CALL warp.protect('billing.invoice_lines');
CALL warp.protect('billing.payment_applications');
CALL warp.track('billing.bans', 'ban', 'ban', 'customer_id', true);
CALL warp.track('billing.recurring', 'recurring_charge', 'id', 'customer_id', false);
CALL warp.track('billing.tax_rates', 'tax_rate', 'name', '', false);
CALL warp.track('billing.skus', 'sku', 'code', '', false);
GRANT SELECT ON billing.bans, billing.invoices, billing.invoice_lines, billing.payment_applications,
    billing.recurring TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.bans, billing.skus, billing.recurring, billing.tax_rates,
    billing.invoices, billing.invoice_lines, billing.payment_applications, billing.vendor_cycles,
        billing.vendor_invoices, billing.vendor_cdrs, billing.disputes, billing.vendor_accruals,
    billing.invoice_numbers TO warp_operator;
GRANT USAGE ON SEQUENCE billing.ban_numbers TO warp_operator;
REVOKE ALL ON FUNCTION billing.accrue_vendors, billing.book, billing.apply_payments, billing.apply_payment,
    billing.free_payment, billing.issue_invoice, billing.void_invoice, billing.check_invoices FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.accrue_vendors, billing.book, billing.apply_payments, billing.apply_payment,
    billing.free_payment, billing.issue_invoice, billing.void_invoice, billing.check_invoices TO warp_operator;
