-- Messaging: what is provisioned for it, the messages themselves, and their detail records.
CREATE SCHEMA sms;
GRANT USAGE ON SCHEMA sms TO warp_daemon, warp_operator;

-- Wakes who holds the messaging catalogue; apart from warp_catalogue, so that an opt-out does not have the
-- routing tables built again.
CREATE FUNCTION sms.notify_catalogue() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_messaging', TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE PROCEDURE sms.announce(target regclass)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER notify_messaging AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION sms.notify_catalogue()', target);
END
$$;
REVOKE ALL ON ROUTINE sms.announce FROM PUBLIC;

-- Prices a segment, by destination prefix, of any rate plan.
ALTER TABLE billing.rate_plans ADD COLUMN message_version bigint NOT NULL DEFAULT 0 CHECK (message_version >= 0);
COMMENT ON COLUMN billing.rate_plans.message_version IS 'Grows with every change of the plan''s message rates';
CREATE TABLE billing.message_rates (
    rate_plan_id      uuid NOT NULL REFERENCES billing.rate_plans ON DELETE CASCADE,
    prefix            text COLLATE "C" NOT NULL CHECK (prefix ~ '^[0-9]{0,15}$'),
    per_segment_nanos bigint NOT NULL CHECK (per_segment_nanos >= 0),
    PRIMARY KEY (rate_plan_id, prefix)
);
CREATE FUNCTION billing.count_message_rates() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE billing.rate_plans SET message_version = message_version + 1
    WHERE id IN (SELECT rate_plan_id FROM changed);
    RETURN NULL;
END
$$;
CREATE TRIGGER count_inserted AFTER INSERT ON billing.message_rates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.count_message_rates();
CREATE TRIGGER count_updated AFTER UPDATE ON billing.message_rates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.count_message_rates();
CREATE TRIGGER count_deleted AFTER DELETE ON billing.message_rates REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.count_message_rates();
CALL sms.announce('billing.message_rates');
CALL sms.announce('billing.rate_plans');
CALL sms.announce('customers.accounts');
CALL sms.announce('numbers.inventory');
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.message_rates TO warp_operator;

-- Upstream SMSCs: the operator's own. The password must be read back to bind.
CREATE TABLE sms.connectors (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                  text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    description           text NOT NULL DEFAULT '',
    enabled               boolean NOT NULL DEFAULT true,
    paused                boolean NOT NULL DEFAULT false,
    host                  text NOT NULL CHECK (length(host) BETWEEN 1 AND 253),
    port                  integer NOT NULL DEFAULT 2775 CHECK (port BETWEEN 1 AND 65535),
    tls                   boolean NOT NULL DEFAULT false,
    tls_ca_file           text NOT NULL DEFAULT '',
    tls_server_name       text NOT NULL DEFAULT '',
    system_id             text NOT NULL CHECK (octet_length(system_id) <= 15),
    password              text NOT NULL DEFAULT '' CHECK (octet_length(password) <= 64),
    system_type           text NOT NULL DEFAULT '' CHECK (octet_length(system_type) <= 12),
    bind_type             text NOT NULL DEFAULT 'trx' CHECK (bind_type IN ('trx', 'tx+rx')),
    binds                 integer NOT NULL DEFAULT 1 CHECK (binds BETWEEN 1 AND 64),
    send_window           integer NOT NULL DEFAULT 10 CHECK (send_window BETWEEN 1 AND 10000),
    mps                   integer CHECK (mps > 0),
    address_range         text NOT NULL DEFAULT '' CHECK (octet_length(address_range) <= 40),
    interface_version     smallint NOT NULL DEFAULT 52 CHECK (interface_version IN (51, 52, 80)),
    source_ton            smallint CHECK (source_ton BETWEEN 0 AND 7),
    source_npi            smallint CHECK (source_npi BETWEEN 0 AND 18),
    dest_ton              smallint CHECK (dest_ton BETWEEN 0 AND 7),
    dest_npi              smallint CHECK (dest_npi BETWEEN 0 AND 18),
    default_alphabet      text NOT NULL DEFAULT 'gsm7' CHECK (default_alphabet IN ('gsm7', 'latin1', 'ascii', 'ucs2', 'utf8')),
    latin1                boolean NOT NULL DEFAULT false,
    substitute            boolean NOT NULL DEFAULT false,
    packed                boolean NOT NULL DEFAULT false,
    gsm7_data_coding      smallint CHECK (gsm7_data_coding BETWEEN 0 AND 255),
    split                 text NOT NULL DEFAULT 'udh8' CHECK (split IN ('udh8', 'udh16', 'sar', 'payload')),
    submit_id_form        text NOT NULL DEFAULT 'text' CHECK (submit_id_form IN ('text', 'decimal', 'hexadecimal')),
    receipt_id_form       text NOT NULL DEFAULT 'text' CHECK (receipt_id_form IN ('text', 'decimal', 'hexadecimal')),
    receipt_zone_quarters smallint NOT NULL DEFAULT 0 CHECK (receipt_zone_quarters BETWEEN -56 AND 56),
    response_timeout_ms   integer NOT NULL DEFAULT 10000 CHECK (response_timeout_ms BETWEEN 100 AND 300000),
    enquire_interval_ms   integer NOT NULL DEFAULT 30000 CHECK (enquire_interval_ms BETWEEN 1000 AND 3600000),
    ambiguity             text NOT NULL DEFAULT 'fail' CHECK (ambiguity IN ('fail', 'resend')),
    rate_plan_id          uuid REFERENCES billing.rate_plans,
    currency              char(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX connectors_by_rate_plan ON sms.connectors (rate_plan_id);

-- SMPP accounts of customers. A system id names one account in all of the platform.
CREATE TABLE sms.esmes (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id      uuid NOT NULL REFERENCES customers.accounts,
    system_id        text NOT NULL CHECK (octet_length(system_id) BETWEEN 1 AND 15),
    password_hash    text NOT NULL CHECK (length(password_hash) BETWEEN 1 AND 256),
    description      text NOT NULL DEFAULT '',
    enabled          boolean NOT NULL DEFAULT true,
    allowed          cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed) <= 64 AND array_position(allowed, NULL) IS NULL),
    max_binds        integer NOT NULL DEFAULT 4 CHECK (max_binds BETWEEN 1 AND 1000),
    send_window      integer NOT NULL DEFAULT 50 CHECK (send_window BETWEEN 1 AND 10000),
    mps              integer CHECK (mps > 0),
    default_alphabet text NOT NULL DEFAULT 'gsm7' CHECK (default_alphabet IN ('gsm7', 'latin1', 'ascii', 'ucs2', 'utf8')),
    receipt_tlvs     boolean NOT NULL DEFAULT true,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT esmes_system_id_unique UNIQUE (system_id),
    UNIQUE (id, customer_id)
);
COMMENT ON COLUMN sms.esmes.allowed IS 'Empty: from anywhere';
CREATE INDEX esmes_by_customer ON sms.esmes (customer_id);

CREATE TABLE sms.routes (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    enabled      boolean NOT NULL DEFAULT true,
    priority     integer NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 65535),
    weight       integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 65535),
    customer_id  uuid REFERENCES customers.accounts ON DELETE CASCADE,
    prefix       text COLLATE "C" NOT NULL DEFAULT '' CHECK (prefix ~ '^[0-9]{0,15}$'),
    sender       text NOT NULL DEFAULT '' CHECK (length(sender) <= 22),
    keyword      text NOT NULL DEFAULT '' CHECK (keyword !~ '\s' AND length(keyword) <= 64),
    from_minute  smallint CHECK (from_minute BETWEEN 0 AND 1439),
    to_minute    smallint CHECK (to_minute BETWEEN 0 AND 1440),
    connector_id uuid NOT NULL REFERENCES sms.connectors,
    description  text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((from_minute IS NULL) = (to_minute IS NULL))
);
COMMENT ON COLUMN sms.routes.customer_id IS 'NULL: every customer''s';
CREATE INDEX routes_by_connector ON sms.routes (connector_id);
CREATE INDEX routes_by_customer ON sms.routes (customer_id);

CREATE TABLE sms.customer_settings (
    customer_id    uuid PRIMARY KEY REFERENCES customers.accounts ON DELETE CASCADE,
    mps            integer CHECK (mps > 0),
    burst          integer NOT NULL DEFAULT 0 CHECK (burst >= 0),
    receipt_url    text NOT NULL DEFAULT '' CHECK (length(receipt_url) <= 2048),
    webhook_secret text NOT NULL DEFAULT '' CHECK (length(webhook_secret) <= 256),
    rate_plan_id   uuid REFERENCES billing.rate_plans,
    needs_campaign boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customer_settings_by_rate_plan ON sms.customer_settings (rate_plan_id);

CREATE TABLE sms.campaigns (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id      uuid NOT NULL REFERENCES customers.accounts,
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    tcr_campaign_id  text,
    use_case         text NOT NULL DEFAULT '',
    status           text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'suspended', 'expired')),
    opt_in_keywords  text[] NOT NULL DEFAULT '{START}',
    opt_out_keywords text[] NOT NULL DEFAULT '{STOP}',
    help_keywords    text[] NOT NULL DEFAULT '{HELP}',
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id)
);
CREATE INDEX campaigns_by_customer ON sms.campaigns (customer_id);

-- A number's messaging side. It goes when the number goes to somebody else: the catalogue joins by both columns.
CREATE TABLE sms.number_settings (
    e164           text COLLATE "C" PRIMARY KEY REFERENCES numbers.inventory ON DELETE CASCADE,
    customer_id    uuid NOT NULL REFERENCES customers.accounts,
    esme_id        uuid,
    webhook_url    text NOT NULL DEFAULT '' CHECK (length(webhook_url) <= 2048),
    fallback_url   text NOT NULL DEFAULT '' CHECK (length(fallback_url) <= 2048),
    webhook_secret text NOT NULL DEFAULT '' CHECK (length(webhook_secret) <= 256),
    campaign_id    uuid,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (esme_id, customer_id) REFERENCES sms.esmes (id, customer_id) ON DELETE SET NULL (esme_id),
    FOREIGN KEY (campaign_id, customer_id) REFERENCES sms.campaigns (id, customer_id) ON DELETE SET NULL (campaign_id)
);
CREATE INDEX number_settings_by_customer ON sms.number_settings (customer_id);
CREATE INDEX number_settings_by_esme ON sms.number_settings (esme_id);
CREATE INDEX number_settings_by_campaign ON sms.number_settings (campaign_id);
CREATE FUNCTION sms.forget_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM sms.number_settings WHERE e164 = OLD.e164;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_messaging AFTER UPDATE OF customer_id ON numbers.inventory FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION sms.forget_number();

CREATE TABLE sms.opt_outs (
    customer_id uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    sender      text COLLATE "C" NOT NULL CHECK (sender ~ '^[0-9]{1,15}$'),
    recipient   text COLLATE "C" NOT NULL CHECK (recipient ~ '^[0-9]{1,15}$'),
    source      text NOT NULL DEFAULT '' CHECK (length(source) <= 64),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer_id, sender, recipient)
);

CALL warp.protect('sms.esmes');
CALL warp.protect('sms.routes');
CALL warp.protect('sms.customer_settings');
CALL warp.protect('sms.campaigns');
CALL warp.protect('sms.number_settings');
CALL warp.protect('sms.opt_outs');
CALL warp.track('sms.connectors', 'connector', 'id', '', false, '{password}');
CALL warp.track('sms.esmes', 'esme', 'id', 'customer_id', false, '{password_hash}');
CALL warp.track('sms.routes', 'message_route', 'id', 'customer_id', false);
CALL warp.track('sms.customer_settings', 'messaging_customer', 'customer_id', 'customer_id', false, '{webhook_secret}');
CALL warp.track('sms.campaigns', 'campaign', 'id', 'customer_id', false);
CALL warp.track('sms.number_settings', 'messaging_number', 'e164', 'customer_id', false, '{webhook_secret}');
CALL warp.track('sms.opt_outs', 'opt_out', 'recipient', 'customer_id', false);
CALL sms.announce('sms.connectors');
CALL sms.announce('sms.esmes');
CALL sms.announce('sms.routes');
CALL sms.announce('sms.customer_settings');
CALL sms.announce('sms.campaigns');
CALL sms.announce('sms.number_settings');
CALL sms.announce('sms.opt_outs');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sms TO warp_operator;
GRANT SELECT (id, customer_id, system_id, description, enabled, allowed, max_binds, send_window, mps, default_alphabet,
              receipt_tlvs, created_at, updated_at) ON sms.esmes TO warp_daemon;
GRANT SELECT (customer_id, mps, burst, receipt_url, needs_campaign, created_at, updated_at)
    ON sms.customer_settings TO warp_daemon;
GRANT UPDATE (receipt_url, webhook_secret, updated_at) ON sms.customer_settings TO warp_daemon;
GRANT SELECT ON sms.campaigns TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON sms.number_settings, sms.opt_outs TO warp_daemon;

-- The messages, a partition a day of acceptance (UTC). They outlive what they name: no foreign keys. What
-- changes is in no index, so that a change stays on its page.
CREATE TABLE sms.messages (
    id                      uuid NOT NULL,
    accepted_at             timestamptz NOT NULL,
    customer_id             uuid NOT NULL,
    direction               text NOT NULL,
    origin                  text NOT NULL,
    esme_id                 uuid,
    sender                  text COLLATE "C" NOT NULL,
    sender_ton              smallint NOT NULL,
    sender_npi              smallint NOT NULL,
    recipient               text COLLATE "C" NOT NULL,
    recipient_ton           smallint NOT NULL,
    recipient_npi           smallint NOT NULL,
    body                    text NOT NULL,
    octets                  bytea,
    data_coding             smallint,
    udh                     bytea,
    encoding                text NOT NULL,
    segments                integer NOT NULL,
    priority                smallint NOT NULL,
    protocol_id             smallint NOT NULL,
    message_class           smallint,
    receipts                smallint NOT NULL,
    status_callback         text NOT NULL,
    client_reference        text NOT NULL,
    campaign_id             uuid,
    not_before              timestamptz NOT NULL,
    valid_until             timestamptz NOT NULL,
    sent_at                 timestamptz,
    final_at                timestamptz,
    state                   text NOT NULL,
    reason                  text NOT NULL,
    network_error           text NOT NULL,
    connector_id            uuid,
    attempts                jsonb NOT NULL DEFAULT '[]',
    upstream_ids            text NOT NULL DEFAULT '',
    price_nanos             bigint,
    price_currency          char(3),
    price_plan_id           uuid,
    price_plan_version      bigint,
    price_prefix            text,
    price_per_segment_nanos bigint,
    cost_nanos              bigint,
    cost_currency           char(3),
    cost_plan_id            uuid,
    cost_plan_version       bigint,
    cost_prefix             text,
    cost_per_segment_nanos  bigint,
    PRIMARY KEY (id, accepted_at)
) PARTITION BY RANGE (accepted_at);
COMMENT ON COLUMN sms.messages.body IS 'UTF-8; empty when octets holds what is not text';
COMMENT ON COLUMN sms.messages.upstream_ids IS 'Normalised, of every segment sent, with blanks between';
CREATE INDEX messages_by_customer ON sms.messages (customer_id, accepted_at DESC, id DESC);

-- A customer's reference is one message's. Kept as long as a repeat is to be recognised.
CREATE TABLE sms.client_references (
    customer_id      uuid NOT NULL,
    client_reference text COLLATE "C" NOT NULL,
    message_id       uuid NOT NULL,
    accepted_at      timestamptz NOT NULL,
    PRIMARY KEY (customer_id, client_reference)
);
CREATE INDEX client_references_by_time ON sms.client_references USING brin (accepted_at);

-- What is not final, and whose it is: small, hot, and the only thing that a restart reads in full.
CREATE TABLE sms.live (
    message_id  uuid PRIMARY KEY,
    accepted_at timestamptz NOT NULL,
    node        text NOT NULL,
    segments    jsonb NOT NULL DEFAULT '[]'
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_insert_scale_factor = 10, autovacuum_analyze_scale_factor = 10);
COMMENT ON COLUMN sms.live.segments IS 'In the upstream''s hands: number, connector, upstream id, time';

-- Owed to a customer until taken. Ids come in blocks, so that a repeated insertion is known by them.
CREATE SEQUENCE sms.delivery_ids AS bigint INCREMENT BY 1000 CACHE 1;
CREATE TABLE sms.deliveries (
    id          bigint PRIMARY KEY,
    message_id  uuid NOT NULL,
    customer_id uuid NOT NULL,
    esme_id     uuid,
    url         text NOT NULL,
    kind        smallint NOT NULL,
    payload     text NOT NULL,
    created_at  timestamptz NOT NULL,
    next_try    timestamptz NOT NULL,
    tries       integer NOT NULL,
    node        text NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_insert_scale_factor = 10, autovacuum_analyze_scale_factor = 10);

-- Receipts that found no segment. The digest lets two of one moment stand beside each other.
CREATE TABLE sms.parked_receipts (
    connector_id uuid NOT NULL,
    upstream_id  text COLLATE "C" NOT NULL,
    received_at  timestamptz NOT NULL,
    digest       text NOT NULL GENERATED ALWAYS AS (md5(payload)) STORED,
    payload      text NOT NULL,
    node         text NOT NULL,
    PRIMARY KEY (connector_id, upstream_id, received_at, digest)
);

-- Detail records, one a message, a partition a day of acceptance (UTC).
CREATE TABLE records.mdrs (
    id                      uuid NOT NULL,
    accepted_at             timestamptz NOT NULL,
    customer_id             uuid NOT NULL,
    direction               text NOT NULL,
    origin                  text NOT NULL,
    esme_id                 uuid,
    connector_id            uuid,
    campaign_id             uuid,
    sender                  text COLLATE "C" NOT NULL,
    recipient               text COLLATE "C" NOT NULL,
    encoding                text NOT NULL,
    segments                integer NOT NULL,
    client_reference        text NOT NULL,
    sent_at                 timestamptz,
    final_at                timestamptz NOT NULL,
    state                   text NOT NULL,
    reason                  text NOT NULL,
    reason_code             integer NOT NULL,
    network_error           text NOT NULL,
    upstream_ids            text NOT NULL,
    price_nanos             bigint,
    price_currency          char(3),
    price_plan_id           uuid,
    price_plan_version      bigint,
    price_prefix            text,
    price_per_segment_nanos bigint,
    cost_nanos              bigint,
    cost_currency           char(3),
    cost_plan_id            uuid,
    cost_plan_version       bigint,
    cost_prefix             text,
    cost_per_segment_nanos  bigint,
    margin_nanos            bigint,
    attempts                jsonb NOT NULL,
    stored_at               timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, accepted_at)
) PARTITION BY RANGE (accepted_at);
COMMENT ON COLUMN records.mdrs.id IS 'The message''s id: one record a message';
CREATE INDEX mdrs_by_customer ON records.mdrs (customer_id, accepted_at DESC, id DESC);

CALL warp.protect('sms.messages');
CALL warp.protect('sms.client_references');
CALL warp.protect('sms.deliveries');
CALL warp.protect('records.mdrs');
GRANT SELECT ON sms.messages, sms.client_references, records.mdrs TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON sms.messages, sms.client_references, sms.live, sms.deliveries,
    sms.parked_receipts TO warp_operator;
GRANT USAGE ON SEQUENCE sms.delivery_ids TO warp_operator;
GRANT SELECT, INSERT ON records.mdrs TO warp_operator;

-- Makes the partitions of the days [first, last] (UTC) that are missing, of messages and of their records.
-- Partitions get no grant and no policy of their own: rows are reached through their parent alone.
CREATE FUNCTION sms.ensure_partitions(first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
    made   integer := 0;
BEGIN
    IF last < first OR last - first > 400 THEN
        RAISE EXCEPTION 'ensure_partitions: % to % is not a range of 1 to 401 days', first, last
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR wanted IN
        SELECT day::date AS day, parent.space, parent.name, parent.fill,
               parent.name || '_' || to_char(day, 'YYYYMMDD') AS part
        FROM generate_series(first::timestamp, last::timestamp, interval '1 day') AS day,
             (VALUES ('sms', 'messages', 45), ('records', 'mdrs', 100)) AS parent(space, name, fill)
    LOOP
        CONTINUE WHEN to_regclass(format('%I.%I', wanted.space, wanted.part)) IS NOT NULL;
        -- Two daemons may come together; the second finds the work done.
        PERFORM pg_advisory_xact_lock(hashtext('sms.ensure_partitions'));
        CONTINUE WHEN to_regclass(format('%I.%I', wanted.space, wanted.part)) IS NOT NULL;
        -- Made apart and attached: attaching does not lock out those who write other days.
        EXECUTE format('CREATE TABLE %1$I.%3$I (LIKE %1$I.%2$I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) '
                       'WITH (fillfactor = %4$s)', wanted.space, wanted.name, wanted.part, wanted.fill);
        EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', wanted.space, wanted.part);
        EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', wanted.space, wanted.part);
        EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)', wanted.space,
                       wanted.name, wanted.space, wanted.part, wanted.day::timestamp AT TIME ZONE 'UTC',
                       (wanted.day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION sms.ensure_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sms.ensure_partitions TO warp_operator;
