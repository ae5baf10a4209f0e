-- Double entry: every movement of money has its other side.
CREATE TABLE billing.gl_accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    owner uuid,
    currency char(3) NOT NULL,
    UNIQUE NULLS NOT DISTINCT (code, owner, currency)
);
COMMENT ON COLUMN billing.gl_accounts.code IS
    'customer, vendor (owner says who); revenue.voice, revenue.messages, revenue.recurring, cost.voice, cash, tax, adjustments';

CREATE TABLE billing.postings (
    transaction bigint NOT NULL,
    account_id bigint NOT NULL REFERENCES billing.gl_accounts,
    amount_nanos bigint NOT NULL CHECK (amount_nanos <> 0),
    currency char(3) NOT NULL,
    ledger_entry bigint,
    reference text NOT NULL DEFAULT '',
    posted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (transaction, account_id)
);
CREATE INDEX postings_by_account ON billing.postings (account_id, transaction);
CREATE SEQUENCE billing.transaction_ids AS bigint;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.postings FOR EACH STATEMENT
    EXECUTE FUNCTION billing.refuse_change();

CREATE FUNCTION billing.must_balance()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM billing.postings WHERE transaction = NEW.transaction GROUP BY currency
      HAVING sum(amount_nanos) <> 0) THEN
    RAISE EXCEPTION 'transaction % does not balance', NEW.transaction USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER must_balance AFTER INSERT ON billing.postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION billing.must_balance();

CREATE FUNCTION billing.gl_account(wanted text, of_owner uuid, in_currency char(3))
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE found bigint;
BEGIN
  SELECT g.id INTO found FROM billing.gl_accounts g
      WHERE g.code = wanted AND g.owner IS NOT DISTINCT FROM of_owner AND g.currency = in_currency;
  IF found IS NULL THEN
    -- Another transaction may open it at the same time: both get the one that stays.
    INSERT INTO billing.gl_accounts AS g (code, owner, currency) VALUES (wanted, of_owner, in_currency)
        ON CONFLICT (code, owner, currency) DO UPDATE SET code = excluded.code RETURNING g.id INTO found;
  END IF;
  RETURN found;
END $$;

-- The other side of every entry of a customer's ledger, whoever wrote it. Above 0: the account is credited.
CREATE FUNCTION billing.post_other_side()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE number bigint := nextval('billing.transaction_ids'); other text := CASE WHEN NEW.kind = 'payment' THEN 'cash'
    WHEN NEW.source = 'messages' THEN 'revenue.messages' WHEN NEW.source IN ('calls', 'rerate') THEN 'revenue.voice'
  WHEN NEW.reference LIKE 'tax:%' THEN 'tax' WHEN NEW.source = 'billing' THEN 'revenue.recurring' ELSE 'adjustments' END;
BEGIN
  INSERT INTO billing.postings (transaction, account_id, amount_nanos, currency, ledger_entry, reference)
      VALUES (number, billing.gl_account('customer', NEW.customer_id, NEW.currency), NEW.amount_nanos, NEW.currency,
          NEW.id, NEW.reference),
    (number, billing.gl_account(other, NULL, NEW.currency), -NEW.amount_nanos, NEW.currency, NEW.id, NEW.reference);
  RETURN NULL;
END $$;

CREATE TRIGGER other_side AFTER INSERT ON billing.ledger FOR EACH ROW EXECUTE FUNCTION billing.post_other_side();

CREATE FUNCTION billing.check_postings()
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'double_entry', NULL::uuid, NULL::bigint, 0::numeric, sum(p.amount_nanos) FROM billing.postings p
      GROUP BY p.transaction, p.currency HAVING sum(p.amount_nanos) <> 0
  UNION ALL  -- a customer's account is the sum of its ledger since there are two sides
  SELECT 'customer_account', g.owner, NULL, coalesce(l.total, 0), p.total FROM billing.gl_accounts g
      JOIN (SELECT account_id, sum(amount_nanos) AS total FROM billing.postings GROUP BY 1) p ON p.account_id = g.id
    LEFT JOIN (SELECT l.customer_id, l.currency, sum(l.amount_nanos) AS total FROM billing.ledger l
        WHERE EXISTS (SELECT FROM billing.postings q WHERE q.ledger_entry = l.id)
        GROUP BY 1, 2) l ON l.customer_id = g.owner AND l.currency = g.currency
    WHERE g.code = 'customer' AND coalesce(l.total, 0) <> p.total $$;
CREATE INDEX postings_by_entry ON billing.postings (ledger_entry);

GRANT SELECT, INSERT ON billing.gl_accounts, billing.postings TO warp_operator;
GRANT UPDATE (code) ON billing.gl_accounts TO warp_operator;
GRANT USAGE ON SEQUENCE billing.transaction_ids TO warp_operator;
REVOKE ALL ON FUNCTION billing.gl_account, billing.check_postings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.gl_account, billing.check_postings TO warp_operator;

CREATE FUNCTION billing.check_all(since timestamptz DEFAULT '-infinity')
RETURNS TABLE (rule text, customer_id uuid, entry bigint, expected_nanos numeric, found_nanos numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM billing.check_messages(since) UNION ALL SELECT * FROM billing.check_calls(since) UNION ALL SELECT *
      FROM billing.check_postings() $$;
REVOKE ALL ON FUNCTION billing.check_all FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.check_all TO warp_operator;
