-- Payments are put to invoices without a look at those of which nothing is left: an account pays for years.
ALTER TABLE billing.balances ADD COLUMN payments_used_through bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN billing.balances.payments_used_through IS
    'Of no payment up to this place in the customer''s ledger is anything left to pay an invoice with';
CREATE INDEX invoices_due ON billing.invoices (customer_id, period_start, number)
    WHERE status = 'ISSUED' AND applied_nanos < total_nanos;

CREATE OR REPLACE FUNCTION billing.apply_payments(customer uuid)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE paid record; due record; rest bigint; part bigint; used bigint; through bigint; done bigint := 0;
BEGIN
  -- The balance's row is the lock of all that happens to a customer's money.
  SELECT b.payments_used_through INTO through FROM billing.balances b WHERE b.customer_id = customer FOR UPDATE;
  used := through;
  IF NOT EXISTS (SELECT FROM billing.invoices i JOIN billing.bans b ON b.ban = i.ban WHERE i.customer_id = customer
      AND i.status = 'ISSUED' AND i.applied_nanos < i.total_nanos AND b.payment_order = 'OLDEST_FIRST') THEN
    RETURN 0;
  END IF;
  FOR paid IN SELECT l.number, l.id, l.amount_nanos - coalesce((SELECT sum(p.amount_nanos)
      FROM billing.payment_applications p WHERE p.ledger_entry = l.id), 0)::bigint AS rest FROM billing.ledger l
      WHERE l.customer_id = customer AND l.kind = 'payment' AND l.number > through ORDER BY l.number LOOP
    rest := paid.rest;
    IF rest > 0 THEN
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
    END IF;
    EXIT WHEN rest > 0;  -- nothing more is due
    used := paid.number;
  END LOOP;
  IF used > through THEN
    UPDATE billing.balances b SET payments_used_through = used WHERE b.customer_id = customer;
  END IF;
  RETURN done;
END $$;

-- What an invoice no longer takes is there again, by whatever way it left.
CREATE FUNCTION billing.reopen_payment() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE billing.balances b SET payments_used_through = least(b.payments_used_through, l.number - 1)
      FROM billing.ledger l WHERE l.id = OLD.ledger_entry AND b.customer_id = OLD.customer_id;
  RETURN NULL;
END $$;
CREATE TRIGGER payment_is_free AFTER DELETE ON billing.payment_applications
    FOR EACH ROW EXECUTE FUNCTION billing.reopen_payment();
CREATE TRIGGER payment_is_freer AFTER UPDATE ON billing.payment_applications
    FOR EACH ROW WHEN (NEW.amount_nanos < OLD.amount_nanos) EXECUTE FUNCTION billing.reopen_payment();

-- A payment behind the mark of which something is left would pay nothing any more.
CREATE FUNCTION billing.check_payment_marks()
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'payment_mark', l.customer_id, l.id, l.amount_nanos::numeric, coalesce(p.total, 0)
  FROM billing.balances b JOIN billing.ledger l ON l.customer_id = b.customer_id AND l.kind = 'payment'
      AND l.number <= b.payments_used_through
  LEFT JOIN (SELECT p.ledger_entry, sum(p.amount_nanos) AS total FROM billing.payment_applications p GROUP BY 1) p
      ON p.ledger_entry = l.id
  WHERE coalesce(p.total, 0) < l.amount_nanos $$;
REVOKE ALL ON FUNCTION billing.check_payment_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.check_payment_marks TO warp_operator;

CREATE OR REPLACE FUNCTION billing.check_all(since timestamptz DEFAULT '-infinity')
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM billing.check_messages(since) UNION ALL SELECT * FROM billing.check_calls(since) UNION ALL SELECT *
      FROM billing.check_postings() UNION ALL SELECT * FROM billing.check_invoices() UNION ALL SELECT *
      FROM billing.check_payment_marks() $$;
