-- What happened, for those outside: endpoints that want to hear of it, and what they were told.
CREATE SCHEMA webhooks;
GRANT USAGE ON SCHEMA webhooks TO warp_daemon, warp_operator;

CREATE TABLE webhooks.endpoints (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id     uuid REFERENCES customers.accounts ON DELETE CASCADE,
    url             text NOT NULL CHECK (length(url) BETWEEN 8 AND 2048),
    description     text NOT NULL DEFAULT '' CHECK (length(description) <= 256),
    events          text[] NOT NULL DEFAULT '{*}' CHECK (cardinality(events) BETWEEN 1 AND 64),
    signature       text NOT NULL DEFAULT 'hmac' CHECK (signature IN ('hmac', 'ed25519')),
    secret          text NOT NULL,
    previous_secret text,
    previous_until  timestamptz,
    enabled         boolean NOT NULL DEFAULT true,
    disabled_at     timestamptz,
    disabled_for    text NOT NULL DEFAULT '' CHECK (disabled_for IN ('', 'hand', 'failures', 'gone')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN webhooks.endpoints.customer_id IS 'NULL: the operator''s, that hears of everybody';
COMMENT ON COLUMN webhooks.endpoints.secret IS 'whsec_… (HMAC key) or whsk_… (ed25519 seed), as Standard Webhooks writes them';
CREATE INDEX endpoints_by_customer ON webhooks.endpoints (customer_id, created_at DESC);

-- How an endpoint does, apart from what people set: a change of this is nothing to answer for.
CREATE TABLE webhooks.conditions (
    endpoint_id   uuid PRIMARY KEY REFERENCES webhooks.endpoints ON DELETE CASCADE,
    customer_id   uuid,
    failing_since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE webhooks.conditions IS 'Endpoints whose last attempt failed; the row goes with the next success';

CREATE TABLE webhooks.events (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    customer_id uuid,
    object_id   text NOT NULL,
    payload     jsonb NOT NULL,
    at          timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_by_customer ON webhooks.events (customer_id, at DESC);
CREATE INDEX events_by_age ON webhooks.events (created_at);

CREATE TABLE webhooks.deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     uuid NOT NULL REFERENCES webhooks.events ON DELETE CASCADE,
    endpoint_id  uuid NOT NULL REFERENCES webhooks.endpoints ON DELETE CASCADE,
    customer_id  uuid,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz DEFAULT now(),
    taken_by     text,
    taken_until  timestamptz,
    replay_of    bigint,
    created_at   timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz
);
CREATE INDEX deliveries_due ON webhooks.deliveries (endpoint_id, next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_taken ON webhooks.deliveries (endpoint_id) WHERE state = 'waiting' AND taken_until IS NOT NULL;
CREATE INDEX deliveries_by_endpoint ON webhooks.deliveries (endpoint_id, id DESC);
CREATE INDEX deliveries_by_event ON webhooks.deliveries (event_id);

CREATE TABLE webhooks.attempts (
    delivery_id     bigint NOT NULL REFERENCES webhooks.deliveries ON DELETE CASCADE,
    number          integer NOT NULL,
    customer_id     uuid,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms     integer NOT NULL DEFAULT 0,
    status          smallint,
    request_headers jsonb NOT NULL DEFAULT '{}',
    answer          text NOT NULL DEFAULT '' CHECK (octet_length(answer) <= 4096),
    error           text NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, number)
);
COMMENT ON COLUMN webhooks.attempts.request_headers IS 'As sent, without signatures';

CREATE FUNCTION webhooks.notify_due() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_webhooks', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER notify AFTER INSERT ON webhooks.deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks.notify_due();

-- Ends an endpoint's deliveries and says so. False: it was disabled already.
CREATE FUNCTION webhooks.disable(endpoint uuid, why text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one webhooks.endpoints;
BEGIN
    UPDATE webhooks.endpoints e SET enabled = false, disabled_at = now(), disabled_for = why
    WHERE e.id = endpoint AND e.enabled RETURNING e.* INTO one;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE webhooks.deliveries d SET state = 'dead', next_at = NULL, taken_by = NULL, taken_until = NULL
    WHERE d.endpoint_id = endpoint AND d.state = 'waiting';
    PERFORM records.announce('security.webhook_disabled', one.id, one.customer_id,
        jsonb_build_object('id', one.id, 'url', one.url, 'reason', why));
    RETURN true;
END
$$;

-- What came of one attempt of who took it: 'delivered', 'failed' (tried again after `delay`, or dead without one) or 'gone'.
-- Answers with what the delivery is then, and 'late' when another has it by now. A success counts whoever has it.
CREATE FUNCTION webhooks.finish(delivery bigint, who text, outcome text, delay interval, answered smallint, took integer,
                                headers jsonb, said text, wrong text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one webhooks.deliveries;
    since timestamptz;
BEGIN
    SELECT * INTO one FROM webhooks.deliveries d WHERE d.id = delivery FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'late';
    END IF;
    INSERT INTO webhooks.attempts (delivery_id, number, customer_id, status, duration_ms, request_headers, answer, error)
    SELECT one.id, coalesce(max(a.number), 0) + 1, one.customer_id, answered, took, headers, said, wrong
    FROM webhooks.attempts a WHERE a.delivery_id = one.id;
    IF one.state <> 'waiting' OR (outcome <> 'delivered' AND one.taken_by IS DISTINCT FROM who) THEN
        RETURN 'late';
    END IF;
    UPDATE webhooks.deliveries d SET attempts = d.attempts + 1, taken_by = NULL, taken_until = NULL,
        state = CASE WHEN outcome = 'delivered' THEN 'delivered' WHEN outcome = 'failed' AND delay IS NOT NULL THEN 'waiting'
            ELSE 'dead' END,
        next_at = CASE WHEN outcome = 'failed' THEN now() + delay END,
        delivered_at = CASE WHEN outcome = 'delivered' THEN now() END
    WHERE d.id = one.id RETURNING d.* INTO one;
    IF outcome = 'delivered' THEN
        DELETE FROM webhooks.conditions c WHERE c.endpoint_id = one.endpoint_id;
        RETURN one.state;
    END IF;
    INSERT INTO webhooks.conditions (endpoint_id, customer_id) VALUES (one.endpoint_id, one.customer_id)
    ON CONFLICT DO NOTHING;
    IF outcome = 'gone' THEN
        PERFORM webhooks.disable(one.endpoint_id, 'gone');
        RETURN one.state;
    END IF;
    SELECT c.failing_since INTO since FROM webhooks.conditions c WHERE c.endpoint_id = one.endpoint_id;
    IF since < now() - interval '3 days' THEN
        PERFORM webhooks.disable(one.endpoint_id, 'failures');
        RETURN 'dead';
    END IF;
    RETURN one.state;
END
$$;

-- Changes that are of use to those outside, said where they are made.
CREATE FUNCTION webhooks.announce_trunk() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE trunk trunks.configurations := coalesce(NEW, OLD);
BEGIN
    PERFORM records.announce('trunk.' || CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'DELETE' THEN 'deleted' ELSE 'updated'
        END, trunk.id, trunk.customer_id, jsonb_build_object('id', trunk.id, 'name', trunk.name, 'enabled', trunk.enabled,
        'changed', 'trunk'));
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trunks.configurations FOR EACH ROW
    EXECUTE FUNCTION webhooks.announce_trunk();

-- Of what belongs to a trunk; its argument says what. What goes with its trunk was said by the trunk.
CREATE FUNCTION webhooks.announce_part() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE trunk trunks.configurations;
BEGIN
    SELECT * INTO trunk FROM trunks.configurations t WHERE t.id = (to_jsonb(coalesce(NEW, OLD)) ->> 'trunk_id')::uuid;
    IF FOUND THEN
        PERFORM records.announce('trunk.updated', trunk.id, trunk.customer_id, jsonb_build_object('id', trunk.id,
            'name', trunk.name, 'enabled', trunk.enabled, 'changed', TG_ARGV[0]));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trunks.ip_whitelist FOR EACH ROW
    EXECUTE FUNCTION webhooks.announce_part('ips');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trunks.endpoints FOR EACH ROW
    EXECUTE FUNCTION webhooks.announce_part('endpoints');
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trunks.credentials FOR EACH ROW
    EXECUTE FUNCTION webhooks.announce_part('credentials');

-- A number that goes is told to who had it, one that comes or changes to who has it.
CREATE FUNCTION webhooks.announce_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    told jsonb := jsonb_build_object('e164', NEW.e164, 'status', NEW.status);
    object uuid := md5(NEW.e164)::uuid;
    gone boolean := OLD.customer_id IS NOT NULL AND (NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR (NEW.status = 'released' AND OLD.status <> 'released'));
BEGIN
    IF gone THEN
        PERFORM records.announce('number.released', object, OLD.customer_id, told || '{"status": "released"}');
    END IF;
    IF NEW.customer_id IS NOT NULL AND NEW.status <> 'released' THEN
        PERFORM records.announce('number.updated', object, NEW.customer_id, told || jsonb_build_object('trunk_id',
            NEW.trunk_id));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER announce_new AFTER INSERT ON numbers.inventory FOR EACH ROW
    WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION webhooks.announce_number();
CREATE TRIGGER announce AFTER UPDATE ON numbers.inventory FOR EACH ROW
    WHEN (coalesce(OLD.customer_id, NEW.customer_id) IS NOT NULL) EXECUTE FUNCTION webhooks.announce_number();

CREATE FUNCTION webhooks.announce_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM records.announce('invoice.' || lower(NEW.status), NEW.id, NEW.customer_id, jsonb_build_object('id', NEW.id,
        'number', NEW.number, 'ban', NEW.ban, 'status', NEW.status, 'currency', NEW.currency,
        'total', trim_scale(NEW.total_nanos / 1000000000.0), 'due_at', NEW.due_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER announce_new AFTER INSERT ON billing.invoices FOR EACH ROW
    WHEN (NEW.status <> 'DRAFT') EXECUTE FUNCTION webhooks.announce_invoice();
CREATE TRIGGER announce AFTER UPDATE OF status ON billing.invoices FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.status <> 'DRAFT') EXECUTE FUNCTION webhooks.announce_invoice();

-- Of an account that runs low. An alarm that only steps down, for a payment, is good news and not told.
CREATE FUNCTION webhooks.announce_alarm() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM billing.alarms a WHERE a.customer_id = NEW.customer_id AND a.kind = NEW.kind
            AND a.cleared_at = now() AND a.key::integer > NEW.key::integer) THEN
        RETURN NULL;
    END IF;
    PERFORM records.announce(CASE WHEN NEW.key = '100' THEN 'balance.credit_exhausted' ELSE 'balance.low' END,
        NEW.customer_id, NEW.customer_id, jsonb_build_object('customer_id', NEW.customer_id, 'percent', NEW.key::integer,
        'balance', trim_scale((NEW.details ->> 'balance_nanos')::numeric / 1000000000)));
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT ON billing.alarms FOR EACH ROW
    WHEN (NEW.kind = 'balance' AND NEW.customer_id IS NOT NULL) EXECUTE FUNCTION webhooks.announce_alarm();

CREATE FUNCTION webhooks.announce_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE key jsonb := to_jsonb(NEW);
BEGIN
    PERFORM records.announce(CASE TG_OP WHEN 'INSERT' THEN 'security.key_created' ELSE 'security.key_revoked' END, NEW.id,
        (key ->> 'customer_id')::uuid, jsonb_build_object('id', NEW.id, 'name', NEW.name, 'prefix', NEW.prefix,
        'actor', nullif(current_setting('warp.actor', true), '')));
    RETURN NULL;
END
$$;
CREATE TRIGGER announce_new AFTER INSERT ON customers.api_keys FOR EACH ROW EXECUTE FUNCTION webhooks.announce_key();
CREATE TRIGGER announce AFTER UPDATE OF revoked_at ON customers.api_keys FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION webhooks.announce_key();
CREATE TRIGGER announce_new AFTER INSERT ON operators.api_keys FOR EACH ROW EXECUTE FUNCTION webhooks.announce_key();
CREATE TRIGGER announce AFTER UPDATE OF revoked_at ON operators.api_keys FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION webhooks.announce_key();

-- Messages end in batches: one statement for all of a batch.
CREATE FUNCTION webhooks.announce_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO records.outbox (kind, object_id, at, customer_id, payload)
    SELECT CASE WHEN m.direction = 'inbound' THEN 'message.received' WHEN m.state = 'delivered' THEN 'message.delivered'
            ELSE 'message.failed' END, m.id, m.final_at, m.customer_id,
        jsonb_build_object('id', m.id, 'direction', m.direction, 'kind', m.kind, 'from', m.sender, 'to', m.recipient,
            'status', m.state, 'reason', m.reason, 'network_error', m.network_error, 'segments', m.segments,
            'client_reference', m.client_reference, 'accepted_at', m.accepted_at, 'sent_at', m.sent_at,
            'final_at', m.final_at, 'cost', trim_scale(m.charged_nanos / 1000000000.0), 'currency', m.price_currency)
    FROM ended m WHERE EXISTS (SELECT FROM records.outbox_consumers);
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT ON records.mdrs REFERENCING NEW TABLE AS ended FOR EACH STATEMENT
    EXECUTE FUNCTION webhooks.announce_messages();

-- On the way is told only where an endpoint is there to hear it: every message passes here.
CREATE FUNCTION webhooks.announce_sent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM webhooks.endpoints e WHERE e.enabled AND (e.customer_id IS NULL
            OR e.customer_id = NEW.customer_id)) THEN
        PERFORM records.announce('message.sent', NEW.id, NEW.customer_id, jsonb_build_object('id', NEW.id,
            'direction', NEW.direction, 'from', NEW.sender, 'to', NEW.recipient, 'status', NEW.state,
            'segments', NEW.segments, 'client_reference', NEW.client_reference, 'accepted_at', NEW.accepted_at,
            'sent_at', NEW.sent_at));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER UPDATE OF state ON sms.messages FOR EACH ROW
    WHEN (NEW.state = 'sent' AND OLD.state <> 'sent' AND NEW.direction = 'outbound')
    EXECUTE FUNCTION webhooks.announce_sent();

-- Nothing is tried for longer than three days; who disabled an endpoint by hand has thirty to take it up again.
CREATE FUNCTION webhooks.purge() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM webhooks.events e WHERE e.created_at < now() - interval '30 days';
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

CALL warp.protect('webhooks.endpoints');
CALL warp.protect('webhooks.conditions');
CALL warp.protect('webhooks.events');
CALL warp.protect('webhooks.deliveries');
CALL warp.protect('webhooks.attempts');
CALL warp.track('webhooks.endpoints', 'webhook', 'id', 'customer_id', false, '{secret,previous_secret}');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks.endpoints TO warp_daemon;
GRANT SELECT ON webhooks.attempts, webhooks.conditions TO warp_daemon;
GRANT SELECT, INSERT ON webhooks.events, webhooks.deliveries TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks.endpoints, webhooks.conditions, webhooks.events, webhooks.deliveries,
    webhooks.attempts TO warp_operator;
REVOKE ALL ON FUNCTION webhooks.purge, webhooks.disable, webhooks.finish FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhooks.purge, webhooks.disable, webhooks.finish TO warp_operator;
