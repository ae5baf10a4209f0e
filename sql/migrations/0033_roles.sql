-- Roles: names for sets of scopes. The seven of the system stand in code (src/api/roles.cpp) with these ids; their rows are
-- here to be pointed at. Customers make their own.
CREATE TABLE identity.roles (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id  uuid REFERENCES customers.accounts ON DELETE CASCADE,
    name         text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'),
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 128),
    description  text NOT NULL DEFAULT '' CHECK (length(description) <= 1024),
    scopes       text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (customer_id, name)
);
COMMENT ON COLUMN identity.roles.customer_id IS 'NULL: of the system; its scopes stand in code';

INSERT INTO identity.roles (id, name, display_name) VALUES
    ('00000000-0000-7000-8000-000000000001', 'superadmin', 'Superadmin'),
    ('00000000-0000-7000-8000-000000000002', 'operator_admin', 'Operator admin'),
    ('00000000-0000-7000-8000-000000000003', 'noc', 'NOC'),
    ('00000000-0000-7000-8000-000000000004', 'billing', 'Billing'),
    ('00000000-0000-7000-8000-000000000005', 'customer_admin', 'Customer admin'),
    ('00000000-0000-7000-8000-000000000006', 'customer_developer', 'Customer developer'),
    ('00000000-0000-7000-8000-000000000007', 'read_only', 'Read only');

ALTER TABLE identity.users ADD COLUMN role_id uuid REFERENCES identity.roles;
CREATE INDEX users_by_role ON identity.users (role_id);

CREATE FUNCTION identity.notify_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_identity', 'role:' || coalesce(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER notify AFTER UPDATE OR DELETE ON identity.roles
    FOR EACH ROW EXECUTE FUNCTION identity.notify_role();
CREATE TRIGGER notify_role AFTER UPDATE OF role_id ON identity.users
    FOR EACH ROW EXECUTE FUNCTION identity.notify_user();

CALL warp.protect('identity.roles');
CALL warp.track('identity.roles', 'role', 'id', 'customer_id', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.roles TO warp_operator;

-- The audit trail in sealed stretches: each seal's digest covers its rows and the seal before.
CREATE TABLE audit.seals (
    number     bigint PRIMARY KEY,
    first_id   bigint NOT NULL,
    last_id    bigint NOT NULL CHECK (last_id >= first_id),
    events     bigint NOT NULL CHECK (events > 0),
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    sealed_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_by_time ON audit.events (at);
CREATE INDEX events_by_actor ON audit.events (actor, id DESC);
CREATE INDEX events_by_request ON audit.events (request_id) WHERE request_id IS NOT NULL;
-- The owner alone may see and forget; the roles of the daemon go through these functions.
CREATE POLICY keeper_reads ON audit.events FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY keeper_forgets ON audit.events FOR DELETE TO CURRENT_USER USING (true);

-- The same for every session, whatever its time zone.
CREATE FUNCTION audit.digest(low bigint, high bigint, prior bytea) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
    SELECT sha256(prior || convert_to(coalesce(string_agg(row_to_json(e)::text, E'\n' ORDER BY e.id), ''), 'UTF8'))
    FROM audit.events e WHERE e.id BETWEEN low AND high
$$;

-- Seals what is older than `settled` (no transaction that old may be open), at most `most` rows. How many.
CREATE FUNCTION audit.seal(settled interval, most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last audit.seals;
    low bigint; high bigint; counted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.seal', 0));
    SELECT * INTO last FROM audit.seals ORDER BY number DESC LIMIT 1;
    SELECT min(id), max(id), count(*) INTO low, high, counted FROM (SELECT e.id FROM audit.events e
        WHERE e.id > coalesce(last.last_id, 0) AND e.at < now() - settled ORDER BY e.id LIMIT most) q;
    IF counted = 0 THEN
        RETURN 0;
    END IF;
    INSERT INTO audit.seals (number, first_id, last_id, events, digest)
    VALUES (coalesce(last.number, 0) + 1, low, high, counted, audit.digest(low, high, coalesce(last.digest, '')));
    RETURN counted;
END
$$;

-- Of the `newest` seals those whose rows are all there and do not give their digest.
CREATE FUNCTION audit.broken_seals(newest bigint) RETURNS TABLE (number bigint, first_id bigint, last_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.number, s.first_id, s.last_id FROM audit.seals s LEFT JOIN audit.seals b ON b.number = s.number - 1
    WHERE s.first_id >= (SELECT coalesce(min(e.id), 0) FROM audit.events e)
        AND s.number > (SELECT max(m.number) FROM audit.seals m) - newest
        AND (s.number = 1 OR b.number IS NOT NULL)
        AND s.digest <> audit.digest(s.first_id, s.last_id, coalesce(b.digest, ''))
    ORDER BY s.number
$$;

-- Forgets sealed events older than `age`. How many.
CREATE FUNCTION audit.forget(age interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    IF age < interval '30 days' THEN
        RAISE EXCEPTION 'the audit trail is kept for 30 days at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM audit.events e WHERE e.id <= (SELECT max(s.last_id) FROM audit.seals s
        WHERE s.sealed_at < now() - age);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
GRANT SELECT ON audit.seals TO warp_operator;
REVOKE ALL ON FUNCTION audit.digest, audit.seal, audit.broken_seals, audit.forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal, audit.broken_seals, audit.forget TO warp_operator;
