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
    failing_since   timestamptz,
    disabled_at     timestamptz,
    disabled_for    text NOT NULL DEFAULT '' CHECK (disabled_for IN ('', 'hand', 'failures', 'gone')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN webhooks.endpoints.customer_id IS 'NULL: the operator''s, that hears of everybody';
COMMENT ON COLUMN webhooks.endpoints.secret IS 'whsec_… (HMAC key) or whsk_… (ed25519 seed), as Standard Webhooks writes them';
CREATE INDEX endpoints_by_customer ON webhooks.endpoints (customer_id, created_at DESC);

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
CREATE INDEX deliveries_due ON webhooks.deliveries (next_at) WHERE state = 'waiting';
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

-- Changes that are of use to those outside, said where they are made. One function for all: its argument is the kind.
CREATE FUNCTION webhooks.announce_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_row jsonb := to_jsonb(coalesce(NEW, OLD));
    object uuid;
BEGIN
    object := CASE WHEN now_row ? 'id' THEN (now_row ->> 'id')::uuid ELSE md5(now_row ->> 'e164')::uuid END;
    PERFORM records.announce(TG_ARGV[0] || '.' || CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'DELETE' THEN 'deleted'
        ELSE 'updated' END, object, (now_row ->> 'customer_id')::uuid, CASE WHEN now_row ? 'e164'
        THEN jsonb_build_object('e164', now_row ->> 'e164', 'status', now_row ->> 'status') ELSE '{}'::jsonb END);
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON trunks.configurations FOR EACH ROW
    EXECUTE FUNCTION webhooks.announce_row('trunk');
CREATE TRIGGER announce AFTER UPDATE ON numbers.inventory FOR EACH ROW
    WHEN (coalesce(OLD.customer_id, NEW.customer_id) IS NOT NULL) EXECUTE FUNCTION webhooks.announce_row('number');

CREATE FUNCTION webhooks.purge() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM webhooks.events e WHERE e.created_at < now() - interval '30 days' AND NOT EXISTS (
        SELECT FROM webhooks.deliveries d WHERE d.event_id = e.id AND d.state = 'waiting');
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

CALL warp.protect('webhooks.endpoints');
CALL warp.protect('webhooks.events');
CALL warp.protect('webhooks.deliveries');
CALL warp.protect('webhooks.attempts');
CALL warp.track('webhooks.endpoints', 'webhook', 'id', 'customer_id', false, '{secret,previous_secret}');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks.endpoints TO warp_daemon;
GRANT SELECT ON webhooks.attempts TO warp_daemon;
GRANT SELECT, INSERT ON webhooks.events, webhooks.deliveries TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks.endpoints, webhooks.events, webhooks.deliveries, webhooks.attempts TO warp_operator;
REVOKE ALL ON FUNCTION webhooks.purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhooks.purge TO warp_operator;
