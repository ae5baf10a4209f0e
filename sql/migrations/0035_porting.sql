-- Numbers that are bought, moved between customers and brought in from other carriers.
ALTER TABLE numbers.inventory
    ADD COLUMN rate_center text NOT NULL DEFAULT '',
    ADD COLUMN locality text NOT NULL DEFAULT '',
    ADD COLUMN state text NOT NULL DEFAULT '' CHECK (state ~ '^([A-Z]{2})?$'),
    ADD COLUMN lata integer CHECK (lata > 0),
    ADD COLUMN setup_nanos bigint NOT NULL DEFAULT 0 CHECK (setup_nanos >= 0),
    ADD COLUMN poi_locked boolean NOT NULL DEFAULT false;
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
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, e164),
    FOREIGN KEY (request_id, spid) REFERENCES porting.groups (request_id, spid) ON DELETE CASCADE,
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
);
COMMENT ON COLUMN porting.numbers.due_at IS 'When the embedded carrier looks at it next';
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
    content      bytea NOT NULL CHECK (octet_length(content) <= 25 * 1024 * 1024),
    spid         text COLLATE "C",
    generated    boolean NOT NULL DEFAULT false,
    superseded   boolean NOT NULL DEFAULT false,
    signer       jsonb NOT NULL DEFAULT '{}',
    uploaded_by  text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (request_id, customer_id) REFERENCES porting.requests (id, customer_id) ON DELETE CASCADE
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
CALL warp.track('porting.documents', 'port_document', 'id', 'customer_id', false, '{content}');
GRANT SELECT, INSERT, UPDATE, DELETE ON numbers.port_out_pins, porting.requests, porting.groups, porting.numbers,
    porting.documents TO warp_daemon, warp_operator;
GRANT SELECT, INSERT, UPDATE ON numbers.procurements TO warp_daemon, warp_operator;
GRANT SELECT, INSERT ON porting.notes, porting.history TO warp_daemon, warp_operator;
