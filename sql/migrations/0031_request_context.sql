-- What a transaction knows of the request that it serves goes into the audit trail; and one way for every room to say what
-- happened, for webhooks and live clients. warp.ip and warp.user_agent are set with warp.actor.
CREATE FUNCTION audit.client_ip() RETURNS inet
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN nullif(current_setting('warp.ip', true), '')::inet;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;  -- a peer without an address, as of a Unix socket: no reason to refuse its change
END
$$;

CREATE OR REPLACE FUNCTION audit.append(customer uuid, event text, object_type text, object_id text, details jsonb,
                                        ip inet, user_agent text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.events (customer_id, actor, request_id, event, object_type, object_id, after, ip, user_agent)
    VALUES (customer, coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
            nullif(current_setting('warp.request_id', true), ''), event, object_type, object_id, details,
            coalesce(ip, audit.client_ip()),
            coalesce(user_agent, nullif(current_setting('warp.user_agent', true), '')));
$$;

CREATE OR REPLACE FUNCTION audit.track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hidden text[] := TG_ARGV[3:] || ARRAY['updated_at'];
    was    jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
    becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
    kept   jsonb := coalesce(becomes, was);
    changed text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(key) INTO changed
        FROM jsonb_each(to_jsonb(NEW)) AS n(key, value)
        WHERE to_jsonb(OLD) -> key IS DISTINCT FROM value
            AND key NOT IN ('updated_at', 'last_used_at', 'last_login_at', 'last_seen_at');
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit.events (customer_id, actor, request_id, event, object_type, object_id, before, after, ip,
        user_agent)
    VALUES ((kept ->> nullif(TG_ARGV[2], ''))::uuid,
            coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
            nullif(current_setting('warp.request_id', true), ''),
            lower(TG_OP), TG_ARGV[0], kept ->> TG_ARGV[1], was, becomes, audit.client_ip(),
            nullif(current_setting('warp.user_agent', true), ''));
    RETURN NULL;
END
$$;

-- Says that something happened, in the transaction that made it so. Costs nothing while nobody reads the outbox.
CREATE POLICY announce ON records.outbox FOR INSERT TO CURRENT_USER WITH CHECK (true);
CREATE FUNCTION records.announce(kind text, object uuid, customer uuid, payload jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO records.outbox (kind, object_id, at, customer_id, payload)
    SELECT kind, object, clock_timestamp(), customer, payload
    WHERE EXISTS (SELECT FROM records.outbox_consumers);
$$;
REVOKE ALL ON FUNCTION audit.client_ip, records.announce FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records.announce TO warp_daemon, warp_operator;
