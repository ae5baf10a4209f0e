-- Schemas, roles, the audit trail and the helpers that every later table uses.
-- Roles belong to the whole cluster: another database of it may have them already.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES ('warp_daemon', 'NOLOGIN'), ('warp_operator', 'NOLOGIN'),
                                        ('warpd', 'LOGIN NOINHERIT')) AS r(name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE %s',
                               wanted.name, wanted.attributes);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database's migration was faster
            END;
        END IF;
    END LOOP;
    -- warpd owns nothing and inherits nothing: without SET ROLE it may do nothing at all.
    IF NOT pg_has_role('warpd', 'warp_daemon', 'MEMBER') OR NOT pg_has_role('warpd', 'warp_operator', 'MEMBER') THEN
        GRANT warp_daemon, warp_operator TO warpd;
    END IF;
END
$$;

CREATE SCHEMA customers;
CREATE SCHEMA operators;
CREATE SCHEMA trunks;
CREATE SCHEMA numbers;
CREATE SCHEMA routing;
CREATE SCHEMA billing;
CREATE SCHEMA records;
CREATE SCHEMA audit;

GRANT USAGE ON SCHEMA warp, customers, trunks, numbers, billing, records, audit TO warp_daemon;
GRANT USAGE ON SCHEMA warp, customers, operators, trunks, numbers, routing, billing, records, audit TO warp_operator;

GRANT SELECT ON warp.schema_migrations TO warp_daemon, warp_operator;

-- Rows of one tenant only: the tenant is named in the transaction; unnamed, the comparison is with NULL.
CREATE PROCEDURE warp.protect(target regclass, owner_column name DEFAULT 'customer_id')
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY tenant ON %s TO warp_daemon '
                   'USING (%2$I = nullif(current_setting(''warp.customer_id'', true), '''')::uuid) '
                   'WITH CHECK (%2$I = nullif(current_setting(''warp.customer_id'', true), '''')::uuid)',
                   target, owner_column);
    EXECUTE format('CREATE POLICY operator ON %s TO warp_operator USING (true) WITH CHECK (true)', target);
END
$$;

CREATE FUNCTION warp.touch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Wakes the snapshot builder; the payload is the table's name.
CREATE FUNCTION warp.notify_catalogue() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_catalogue', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE TABLE audit.events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    customer_id uuid,
    actor       text NOT NULL,
    request_id  text,
    event       text NOT NULL,
    object_type text NOT NULL,
    object_id   text NOT NULL,
    before      jsonb,
    after       jsonb,
    ip          inet,
    user_agent  text
);
CREATE INDEX events_by_customer ON audit.events (customer_id, id DESC);
CREATE INDEX events_by_object ON audit.events (object_type, object_id, id DESC);
COMMENT ON TABLE audit.events IS 'Append only: no role of the daemon may insert, update or delete here; rows come from triggers and audit.append()';

CALL warp.protect('audit.events');
CREATE POLICY append ON audit.events FOR INSERT TO CURRENT_USER WITH CHECK (true);
GRANT SELECT ON audit.events TO warp_daemon, warp_operator;

-- What is not a change of a row (a key was used, a login failed). Tenants can only speak of themselves.
CREATE FUNCTION audit.append(customer uuid, event text, object_type text, object_id text, details jsonb,
                             ip inet, user_agent text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.events (customer_id, actor, request_id, event, object_type, object_id, after, ip, user_agent)
    VALUES (customer, coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
            nullif(current_setting('warp.request_id', true), ''), event, object_type, object_id, details, ip,
            user_agent);
$$;
REVOKE ALL ON FUNCTION audit.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.append TO warp_operator;

-- Row trigger: who changed what, with the row before and after.
-- Arguments: object type, key column, customer column ('' when the table has none), columns never copied.
CREATE FUNCTION audit.track() RETURNS trigger
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
        WHERE to_jsonb(OLD) -> key IS DISTINCT FROM value AND key NOT IN ('updated_at', 'last_used_at', 'last_login_at');
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit.events (customer_id, actor, request_id, event, object_type, object_id, before, after)
    VALUES ((kept ->> nullif(TG_ARGV[2], ''))::uuid,
            coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
            nullif(current_setting('warp.request_id', true), ''),
            lower(TG_OP), TG_ARGV[0], kept ->> TG_ARGV[1], was, becomes);
    RETURN NULL;
END
$$;

-- Gives a table its standing triggers.
CREATE PROCEDURE warp.track(target regclass, object_type text, key_column text, customer_column text,
                            notify boolean, hidden text[] DEFAULT '{}')
LANGUAGE plpgsql AS $$
DECLARE
    arguments text := concat_ws(', ', quote_literal(object_type), quote_literal(key_column),
                                quote_literal(customer_column));
    item text;
BEGIN
    FOREACH item IN ARRAY hidden LOOP
        arguments := arguments || ', ' || quote_literal(item);
    END LOOP;
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION audit.track(%s)', target, arguments);
    EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION warp.touch()', target);
    IF notify THEN
        EXECUTE format('CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION warp.notify_catalogue()', target);
    END IF;
END
$$;
REVOKE ALL ON ROUTINE warp.protect, warp.track FROM PUBLIC;
