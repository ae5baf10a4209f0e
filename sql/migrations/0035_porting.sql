-- Numbers that are bought, moved between customers and brought in from other carriers.
ALTER TABLE numbers.inventory
    ADD COLUMN rate_center text NOT NULL DEFAULT '',
    ADD COLUMN locality text NOT NULL DEFAULT '',
    ADD COLUMN state text NOT NULL DEFAULT '' CHECK (state ~ '^([A-Z]{2})?$'),
    ADD COLUMN lata integer CHECK (lata > 0),
    ADD COLUMN setup_nanos bigint NOT NULL DEFAULT 0 CHECK (setup_nanos >= 0),
    ADD COLUMN poi_locked boolean NOT NULL DEFAULT false,
    ADD COLUMN cnam_enabled boolean NOT NULL DEFAULT false,
    ADD COLUMN cnam_display_name text NOT NULL DEFAULT '' CHECK (length(cnam_display_name) <= 15),
    ADD COLUMN e911_enabled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN numbers.inventory.poi_locked IS 'Fallback caller number of a point of interconnect: cannot leave its customer';
CREATE INDEX inventory_stock ON numbers.inventory (type, e164) WHERE customer_id IS NULL;
CREATE INDEX inventory_by_place ON numbers.inventory (state, rate_center) WHERE customer_id IS NULL;

CREATE TABLE numbers.port_out_pins (
    e164         text COLLATE "C" PRIMARY KEY REFERENCES numbers.inventory ON DELETE CASCADE,
    customer_id  uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    pin_hash     text NOT NULL CHECK (pin_hash LIKE '$argon2id$%'),
    failures     integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
-- A PIN belongs to who has the number: it goes when the number does.
CREATE FUNCTION numbers.forget_pin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM numbers.port_out_pins p WHERE p.e164 = NEW.e164;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_pin AFTER UPDATE OF customer_id ON numbers.inventory FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION numbers.forget_pin();

-- What a number leads to goes with its holder; and nobody pays for what was given back.
CREATE FUNCTION numbers.leave_holder() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
        NEW.cnam_enabled := false;
        NEW.cnam_display_name := '';
        NEW.e911_enabled := false;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER leave_holder BEFORE UPDATE OF customer_id ON numbers.inventory FOR EACH ROW
    EXECUTE FUNCTION numbers.leave_holder();
CREATE FUNCTION numbers.forget_destinations() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM numbers.destinations d WHERE d.e164 = OLD.e164;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_destinations AFTER UPDATE OF customer_id ON numbers.inventory FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION numbers.forget_destinations();

-- Gives a number back, for its holder. Operators alone: rent is none of a tenant's tables.
CREATE FUNCTION numbers.release(customer uuid, wanted text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE it record;
BEGIN
    SELECT n.poi_locked INTO it FROM numbers.inventory n WHERE n.e164 = wanted AND n.status IN ('held', 'active')
        AND (customer IS NULL OR n.customer_id = customer) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'TN_NOT_OWNED';
    ELSIF it.poi_locked THEN
        RETURN 'POI_LOCKED';
    END IF;
    UPDATE numbers.inventory n SET status = 'released', trunk_id = NULL WHERE n.e164 = wanted;
    UPDATE billing.recurring r SET ends_at = greatest(now(), r.starts_at)
        WHERE r.sku = 'DID' AND r.object = wanted AND r.ends_at IS NULL;
    DELETE FROM numbers.port_out_pins p WHERE p.e164 = wanted;
    RETURN '';
END
$$;

-- Gives a number of the stock, or one given back, to a customer, and books what that costs once. '' or an error's code.
CREATE FUNCTION numbers.take(customer uuid, wanted text, trunk uuid, name text, about text, reference text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE it record; money record;
BEGIN
    SELECT n.* INTO it FROM numbers.inventory n WHERE n.e164 = wanted FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'TN_UNAVAILABLE';
    ELSIF it.status NOT IN ('available', 'released') OR it.poi_locked THEN
        RETURN 'TN_ALREADY_ASSIGNED';
    END IF;
    IF it.setup_nanos > 0 THEN
        SELECT b.balance_nanos, b.held_nanos, a.credit_limit_nanos, a.billing_mode INTO money FROM billing.balances b
            JOIN customers.accounts a ON a.id = b.customer_id WHERE b.customer_id = customer FOR UPDATE OF b;
        IF NOT FOUND OR (money.billing_mode = 'PREPAID' OR money.credit_limit_nanos > 0)
            AND money.balance_nanos - money.held_nanos + money.credit_limit_nanos < it.setup_nanos THEN
            RETURN 'INSUFFICIENT_FUNDS';
        END IF;
    END IF;
    -- By way of the stock: what the holder before had set goes, and its rent ends, though it be the same one.
    IF it.status = 'released' THEN
        UPDATE numbers.inventory n SET customer_id = NULL, trunk_id = NULL, status = 'available' WHERE n.e164 = wanted;
    END IF;
    UPDATE numbers.inventory n SET customer_id = customer, trunk_id = trunk, friendly_name = name, description = about,
        status = CASE WHEN trunk IS NULL THEN 'held' ELSE 'active' END WHERE n.e164 = wanted;
    IF it.setup_nanos > 0 THEN
        WITH b AS (UPDATE billing.balances SET balance_nanos = balance_nanos - it.setup_nanos, entries = entries + 1,
            updated_at = now() WHERE customer_id = customer RETURNING *)
        INSERT INTO billing.ledger (customer_id, number, kind, source, amount_nanos, balance_after_nanos, currency,
            reference, description)
        SELECT b.customer_id, b.entries, 'adjustment', 'operator', -it.setup_nanos, b.balance_nanos, b.currency,
            reference, 'Setup of ' || wanted FROM b;
    END IF;
    RETURN '';
END
$$;

-- An order for numbers; its id is the caller's Idempotency-Key.
CREATE TABLE numbers.procurements (
    id          uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 1024),
    digest      bytea NOT NULL CHECK (octet_length(digest) = 32),
    results     jsonb NOT NULL DEFAULT '[]',
    finished_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer_id, id)
);

-- The whole order in one transaction, each number by itself. A repeat gets what the first got; `reused`: it is another
-- order's id. Of an item: tn, e164, trunk_id, friendly_name, description; `fresh`: what becomes stock first.
CREATE FUNCTION numbers.place_order(customer uuid, named uuid, remark text, content bytea, items jsonb)
RETURNS TABLE (state text, outcome jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE item jsonb; code text; earlier record;
BEGIN
    outcome := '[]';
    INSERT INTO numbers.procurements AS p (id, customer_id, note, digest) VALUES (named, customer, remark, content)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT p.digest, p.results INTO STRICT earlier FROM numbers.procurements p
            WHERE p.customer_id = customer AND p.id = named;
        state := CASE WHEN earlier.digest = content THEN 'repeat' ELSE 'reused' END;
        outcome := earlier.results;
        RETURN NEXT;
        RETURN;
    END IF;
    FOR item IN SELECT i.value FROM jsonb_array_elements(items) i LOOP
        BEGIN
            IF item ? 'fresh' THEN
                INSERT INTO numbers.inventory (e164, type, rate_center, locality, state, lata, monthly_nanos, setup_nanos)
                SELECT item ->> 'e164', f.type, f.rate_center, f.locality, f.state, f.lata, f.monthly_nanos, f.setup_nanos
                FROM jsonb_to_record(item -> 'fresh') AS f (type text, rate_center text, locality text, state text,
                    lata integer, monthly_nanos bigint, setup_nanos bigint)
                ON CONFLICT DO NOTHING;
            END IF;
            code := numbers.take(customer, item ->> 'e164', (item ->> 'trunk_id')::uuid,
                coalesce(item ->> 'friendly_name', ''), coalesce(item ->> 'description', ''),
                'order:' || named || ':' || (item ->> 'e164'));
        EXCEPTION WHEN integrity_constraint_violation THEN
            code := 'VALIDATION_ERROR';
        END;
        outcome := outcome || jsonb_build_object('tn', item -> 'tn', 'code', code);
    END LOOP;
    UPDATE numbers.procurements p SET results = outcome, finished_at = clock_timestamp()
        WHERE p.customer_id = customer AND p.id = named;
    state := 'new';
    RETURN NEXT;
END
$$;

-- Counts a try of a port-out PIN before it is judged, so that tries at the same time count, too. No row: there is no PIN,
-- or it is locked.
CREATE FUNCTION numbers.try_pin(wanted text) RETURNS TABLE (pin_hash text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE numbers.port_out_pins p SET
        failures = CASE WHEN p.locked_until <= now() THEN 1 ELSE p.failures + 1 END,
        locked_until = CASE WHEN p.locked_until IS NULL AND p.failures + 1 >= 5 THEN now() + interval '30 minutes' END
    WHERE p.e164 = wanted AND (p.locked_until IS NULL OR p.locked_until <= now()) RETURNING p.pin_hash;
$$;

-- From one customer to another, by a PIN that was judged: as long as it is that PIN. False: somebody was faster.
CREATE FUNCTION numbers.transfer(wanted text, giver uuid, taker uuid, judged text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM numbers.port_out_pins p WHERE p.e164 = wanted AND p.customer_id = giver AND p.pin_hash = judged
        FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE numbers.inventory n SET customer_id = taker, trunk_id = NULL, rate_plan_id = NULL, status = 'held',
        friendly_name = '', description = '' WHERE n.e164 = wanted AND n.customer_id = giver
        AND n.status IN ('held', 'active') AND NOT n.poi_locked;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM audit.append(giver, 'transferred_out', 'number', wanted, '{}'::jsonb, NULL, NULL);
    PERFORM audit.append(taker, 'transferred_in', 'number', wanted, '{}'::jsonb, NULL, NULL);
    RETURN true;
END
$$;

CREATE SCHEMA porting;
GRANT USAGE ON SCHEMA porting TO warp_daemon, warp_operator;

CREATE TABLE porting.requests (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id       uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    name              text NOT NULL DEFAULT '' CHECK (length(name) <= 128),
    status            text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'VALIDATING', 'VALIDATED', 'SUBMITTED',
                          'ERRORED', 'CANCELLED', 'COMPLETE', 'PROCESSING')),
    provider          text NOT NULL DEFAULT 'embedded',
    project_id        text NOT NULL DEFAULT '',
    desired_due_date  date,
    activation_mode   text NOT NULL DEFAULT 'DISABLED' CHECK (activation_mode IN ('DISABLED', 'ASAP', 'SCHEDULED')),
    activate_at       timestamptz,
    activation_tried  timestamptz,
    activation_faults integer NOT NULL DEFAULT 0,
    submitted_at      timestamptz,
    created_by        text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id),
    CHECK (activation_mode <> 'SCHEDULED' OR activate_at IS NOT NULL)
);
CREATE INDEX requests_by_customer ON porting.requests (customer_id, created_at DESC);

-- The numbers of a request that one carrier loses.
CREATE TABLE porting.groups (
    request_id   uuid NOT NULL,
    customer_id  uuid NOT NULL,
    spid         text COLLATE "C" NOT NULL CHECK (spid ~ '^[0-9A-Z]{4}$'),
    carrier_name text NOT NULL DEFAULT '',
    on_net       boolean NOT NULL DEFAULT false,
    details      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, spid),
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
COMMENT ON COLUMN porting.groups.changed_at IS 'When a number joined or the details changed: an older LOA is stale';

CREATE TABLE porting.numbers (
    request_id  uuid NOT NULL,
    customer_id uuid NOT NULL,
    e164        text COLLATE "C" NOT NULL CHECK (e164 ~ '^1[2-9][0-9]{9}$'),
    spid        text COLLATE "C" NOT NULL,
    state       text NOT NULL DEFAULT 'DRAFT',
    validation  text NOT NULL DEFAULT 'PENDING' CHECK (validation IN ('PENDING', 'VALIDATING', 'VALID', 'ERROR')),
    errors      jsonb NOT NULL DEFAULT '[]',
    facts       jsonb NOT NULL DEFAULT '{}',
    foc_date    date,
    failure     text NOT NULL DEFAULT '',
    due_at      timestamptz,
    entered_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, e164),
    FOREIGN KEY (request_id, spid) REFERENCES porting.groups (request_id, spid) ON DELETE CASCADE,
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
COMMENT ON COLUMN porting.numbers.due_at IS 'When the carrier is asked about it next';
COMMENT ON COLUMN porting.numbers.entered_at IS 'When it came into the inventory: once, whatever becomes of it there';
CREATE TRIGGER touch BEFORE UPDATE ON porting.numbers FOR EACH ROW EXECUTE FUNCTION warp.touch();
CREATE INDEX numbers_due ON porting.numbers (due_at) WHERE due_at IS NOT NULL;
-- A number is on its way once.
CREATE UNIQUE INDEX numbers_once ON porting.numbers (e164)
    WHERE state NOT IN ('ACTIVATED', 'CANCELLED', 'FAILED', 'DRAFT', 'VALIDATION_ERROR', 'PORTED_OUT', 'DISCONNECTED');

CREATE TABLE porting.documents (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id   uuid NOT NULL,
    customer_id  uuid NOT NULL,
    doc_type     text NOT NULL CHECK (doc_type IN ('LOA', 'BILL', 'CSR', 'OTHER')),
    file_name    text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    content_type text NOT NULL,
    size_bytes   bigint NOT NULL,
    spid         text COLLATE "C",
    generated    boolean NOT NULL DEFAULT false,
    superseded   boolean NOT NULL DEFAULT false,
    signer       jsonb NOT NULL DEFAULT '{}',
    uploaded_by  text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
-- Apart from what is audited: a trail does not turn 25 MB into text.
CREATE TABLE porting.contents (
    document_id uuid PRIMARY KEY REFERENCES porting.documents ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    content     bytea NOT NULL CHECK (octet_length(content) <= 25 * 1024 * 1024)
);
CREATE INDEX documents_by_request ON porting.documents (request_id, created_at DESC);

CREATE TABLE porting.notes (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id  uuid NOT NULL,
    customer_id uuid NOT NULL,
    body        text NOT NULL CHECK (length(body) BETWEEN 1 AND 8192),
    visibility  text NOT NULL DEFAULT 'customer' CHECK (visibility IN ('customer', 'internal')),
    author      text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
CREATE INDEX notes_by_request ON porting.notes (request_id, created_at DESC);

CREATE TABLE porting.history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id  uuid NOT NULL,
    customer_id uuid NOT NULL,
    action      text NOT NULL,
    actor       text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    details     jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
CREATE INDEX history_by_request ON porting.history (request_id, id DESC);

-- A request's status, from the states of its numbers.
CREATE FUNCTION porting.derive(of uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN count(*) = 0 THEN 'DRAFT'
        WHEN bool_and(n.state = 'CANCELLED') THEN 'CANCELLED'
        WHEN bool_and(n.state IN ('ACTIVATED', 'CANCELLED', 'FAILED')) THEN
            CASE WHEN bool_or(n.state = 'ACTIVATED') THEN 'COMPLETE' ELSE 'ERRORED' END
        WHEN bool_or(n.state IN ('PORT_CONFLICT', 'PORT_EXCEPTION', 'CSR_MISMATCH', 'VALIDATION_ERROR', 'FAILED'))
            THEN 'ERRORED'
        WHEN bool_or(n.state = 'VALIDATING') THEN 'VALIDATING'
        WHEN bool_or(n.state IN ('ACTIVATING', 'ACTIVATED')) THEN 'PROCESSING'
        WHEN bool_or(n.state NOT IN ('DRAFT', 'READY_FOR_SUBMISSION')) THEN 'SUBMITTED'
        WHEN bool_and(n.state = 'READY_FOR_SUBMISSION') THEN 'VALIDATED'
        ELSE 'DRAFT' END
    FROM porting.numbers n WHERE n.request_id = of;
$$;

CREATE FUNCTION porting.settle(of uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE porting.requests r SET status = porting.derive(of) WHERE r.id = of AND r.status <> porting.derive(of);
$$;

-- Numbers that join a request. How many were not in it yet.
CREATE FUNCTION porting.add_numbers(of uuid, rows jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE whose uuid; item record; added bigint := 0;
BEGIN
    SELECT r.customer_id INTO STRICT whose FROM porting.requests r WHERE r.id = of FOR UPDATE;
    FOR item IN SELECT * FROM jsonb_to_recordset(rows) AS i (e164 text, spid text, carrier_name text, on_net boolean,
            facts jsonb) LOOP
        CONTINUE WHEN EXISTS (SELECT FROM porting.numbers n WHERE n.request_id = of AND n.e164 = item.e164);
        INSERT INTO porting.groups AS g (request_id, customer_id, spid, carrier_name, on_net)
            VALUES (of, whose, item.spid, coalesce(item.carrier_name, ''), coalesce(item.on_net, false))
            ON CONFLICT (request_id, spid) DO UPDATE SET changed_at = clock_timestamp();
        INSERT INTO porting.numbers (request_id, customer_id, e164, spid, facts)
            VALUES (of, whose, item.e164, item.spid, coalesce(item.facts, '{}'));
        added := added + 1;
    END LOOP;
    PERFORM porting.settle(of);
    RETURN added;
END
$$;

-- What the carrier says of numbers becomes what is known of them; a row whose state is not `was` any more is left alone.
-- What is absent stays; `due_at` is always taken over. Activated numbers enter the inventory in the same transaction.
CREATE FUNCTION porting.merge(of uuid, rows jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE whose uuid; item record; held record; changed bigint := 0;
BEGIN
    SELECT r.customer_id INTO STRICT whose FROM porting.requests r WHERE r.id = of FOR UPDATE;
    FOR item IN SELECT * FROM jsonb_to_recordset(rows) AS i (e164 text, was text, state text, validation text, spid text,
            carrier_name text, errors jsonb, facts jsonb, foc_date date, failure text, due_at timestamptz) LOOP
        IF item.spid IS NOT NULL AND NOT EXISTS (SELECT FROM porting.numbers n WHERE n.request_id = of
                AND n.e164 = item.e164 AND n.spid = item.spid) THEN
            INSERT INTO porting.groups AS g (request_id, customer_id, spid, carrier_name)
                VALUES (of, whose, item.spid, coalesce(item.carrier_name, ''))
                ON CONFLICT (request_id, spid) DO UPDATE SET changed_at = clock_timestamp();
        END IF;
        BEGIN
            UPDATE porting.numbers n SET state = coalesce(item.state, n.state),
                validation = coalesce(item.validation, n.validation), spid = coalesce(item.spid, n.spid),
                errors = coalesce(item.errors, n.errors), facts = n.facts || coalesce(item.facts, '{}'),
                foc_date = coalesce(item.foc_date, n.foc_date), failure = coalesce(item.failure, CASE WHEN item.state IS NULL THEN n.failure ELSE '' END),
                due_at = item.due_at
            WHERE n.request_id = of AND n.e164 = item.e164 AND n.state = item.was;
        EXCEPTION WHEN unique_violation THEN
            UPDATE porting.numbers n SET state = 'VALIDATION_ERROR', validation = 'ERROR', due_at = NULL,
                errors = '[{"code": "ALREADY_IN_PROGRESS", "message": "Another port request has this number."}]'
            WHERE n.request_id = of AND n.e164 = item.e164;
        END;
        changed := changed + CASE WHEN FOUND THEN 1 ELSE 0 END;
    END LOOP;
    DELETE FROM porting.groups g WHERE g.request_id = of AND NOT EXISTS (
        SELECT FROM porting.numbers n WHERE n.request_id = of AND n.spid = g.spid);
    PERFORM porting.enter_inventory(of);
    PERFORM porting.settle(of);
    RETURN changed;
END
$$;

CREATE FUNCTION porting.enter_inventory(of uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE it record; holder record;
BEGIN
    FOR it IN SELECT n.* FROM porting.numbers n WHERE n.request_id = of AND n.state = 'ACTIVATED'
            AND n.entered_at IS NULL FOR UPDATE LOOP
        SELECT i.customer_id, i.status INTO holder FROM numbers.inventory i WHERE i.e164 = it.e164 FOR UPDATE;
        IF FOUND AND holder.customer_id IS NOT NULL AND holder.status <> 'released' THEN
            NULL;  -- it is the customer's by a transfer, or another's: a port takes nothing from a customer here
        ELSE
            UPDATE numbers.inventory i SET customer_id = NULL, trunk_id = NULL, status = 'available'
                WHERE i.e164 = it.e164 AND i.customer_id IS NOT NULL;
            INSERT INTO numbers.inventory AS i (e164, customer_id, status, type, rate_center, locality, state, lata)
            VALUES (it.e164, it.customer_id, 'held',
                CASE WHEN substr(it.e164, 2, 3) IN ('800', '833', '844', '855', '866', '877', '888') THEN 'tfn'
                    ELSE 'did' END,
                coalesce(it.facts ->> 'rate_center', ''), coalesce(it.facts ->> 'locality', ''),
                CASE WHEN it.facts ->> 'state' ~ '^[A-Z]{2}$' THEN it.facts ->> 'state' ELSE '' END,
                nullif((it.facts ->> 'lata')::integer, 0))
            ON CONFLICT (e164) DO UPDATE SET customer_id = excluded.customer_id, status = 'held';
        END IF;
        UPDATE porting.numbers n SET entered_at = clock_timestamp() WHERE n.request_id = of AND n.e164 = it.e164;
    END LOOP;
END
$$;

CREATE FUNCTION porting.announce() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM records.announce('port.status', NEW.id, NEW.customer_id, jsonb_build_object('status', NEW.status,
        'name', NEW.name));
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER UPDATE OF status ON porting.requests FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION porting.announce();

CALL warp.protect('numbers.port_out_pins');
CALL warp.protect('numbers.procurements');
CALL warp.protect('porting.requests');
CALL warp.protect('porting.groups');
CALL warp.protect('porting.numbers');
CALL warp.protect('porting.documents');
CALL warp.protect('porting.contents');
CALL warp.protect('porting.notes');
CALL warp.protect('porting.history');
-- An internal note is none of the tenant's.
DROP POLICY tenant ON porting.notes;
CREATE POLICY tenant ON porting.notes TO warp_daemon
    USING (customer_id = nullif(current_setting('warp.customer_id', true), '')::uuid AND visibility = 'customer')
    WITH CHECK (customer_id = nullif(current_setting('warp.customer_id', true), '')::uuid AND visibility = 'customer');
CALL warp.track('numbers.port_out_pins', 'port_out_pin', 'e164', 'customer_id', false, '{pin_hash,failures}');
CALL warp.track('numbers.procurements', 'procurement', 'id', 'customer_id', false, '{digest}');
CALL warp.track('porting.requests', 'port_request', 'id', 'customer_id', false);
CALL warp.track('porting.documents', 'port_document', 'id', 'customer_id', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON numbers.port_out_pins, porting.requests, porting.groups, porting.numbers,
    porting.documents TO warp_daemon, warp_operator;
GRANT SELECT, INSERT, UPDATE ON numbers.procurements TO warp_daemon, warp_operator;
GRANT SELECT, INSERT ON porting.notes, porting.history, porting.contents TO warp_daemon, warp_operator;
REVOKE ALL ON FUNCTION numbers.release, numbers.take, numbers.place_order, numbers.try_pin, numbers.transfer,
    porting.derive, porting.settle, porting.add_numbers, porting.merge, porting.enter_inventory FROM PUBLIC;
GRANT EXECUTE ON FUNCTION numbers.release, numbers.take, numbers.place_order, numbers.try_pin, numbers.transfer,
    porting.derive, porting.settle, porting.add_numbers, porting.merge, porting.enter_inventory TO warp_operator;
