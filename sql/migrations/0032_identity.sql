-- People who sign in, their second factors and sessions; addresses and rotation of keys. Secrets are stored as hashes, but
-- for TOTP's, which must be computed with: encrypted under identity.secret_key.
CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO warp_daemon, warp_operator;

DROP TABLE customers.users;

CREATE TABLE identity.users (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id         uuid REFERENCES customers.accounts ON DELETE CASCADE,
    email               text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    name                text NOT NULL DEFAULT '' CHECK (length(name) <= 128),
    password_hash       text CHECK (password_hash LIKE '$argon2id$%'),
    enabled             boolean NOT NULL DEFAULT true,
    totp_secret         bytea,
    totp_confirmed_at   timestamptz,
    totp_last_step      bigint NOT NULL DEFAULT 0,
    failed_logins       integer NOT NULL DEFAULT 0,
    locked_until        timestamptz,
    password_changed_at timestamptz,
    last_login_at       timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id)
);
COMMENT ON COLUMN identity.users.customer_id IS 'NULL: the operator''s own people';
COMMENT ON COLUMN identity.users.totp_last_step IS 'The last step whose code was taken: a code is good once';
CREATE UNIQUE INDEX users_email_unique ON identity.users (lower(email));
CREATE INDEX users_by_customer ON identity.users (customer_id, lower(email));

CREATE TABLE identity.sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
    customer_id  uuid REFERENCES customers.accounts ON DELETE CASCADE,
    access_hash  bytea NOT NULL UNIQUE CHECK (octet_length(access_hash) = 32),
    access_until timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    mfa_at       timestamptz,
    ip           inet,
    user_agent   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz,
    revoked_for  text CHECK (revoked_for IN ('logout', 'revoked', 'reuse', 'password', 'role', 'disabled'))
);
CREATE INDEX sessions_by_user ON identity.sessions (user_id, created_at DESC);
CREATE INDEX sessions_by_end ON identity.sessions (expires_at);

-- A used one that comes again is a stolen one: its session ends.
CREATE TABLE identity.refresh_tokens (
    hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id  uuid NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
    customer_id uuid,
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz
);
CREATE INDEX refresh_tokens_by_session ON identity.refresh_tokens (session_id);

CREATE TABLE identity.recovery_codes (
    user_id     uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
    customer_id uuid,
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at     timestamptz,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE identity.password_resets (
    hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_id     uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
    customer_id uuid,
    kind        text NOT NULL DEFAULT 'reset' CHECK (kind IN ('reset', 'invitation')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX password_resets_by_user ON identity.password_resets (user_id);

-- Keys: from where they are good (empty: from everywhere), and the secret before the last for a while.
ALTER TABLE customers.api_keys
    ADD COLUMN allowed_ips cidr[] NOT NULL DEFAULT '{}',
    ADD COLUMN previous_hash bytea UNIQUE CHECK (octet_length(previous_hash) = 32),
    ADD COLUMN previous_until timestamptz;
ALTER TABLE operators.api_keys
    ADD COLUMN allowed_ips cidr[] NOT NULL DEFAULT '{}',
    ADD COLUMN previous_hash bytea UNIQUE CHECK (octet_length(previous_hash) = 32),
    ADD COLUMN previous_until timestamptz;
DROP TRIGGER audit ON customers.api_keys;
DROP TRIGGER audit ON operators.api_keys;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON customers.api_keys FOR EACH ROW
    EXECUTE FUNCTION audit.track('api_key', 'id', 'customer_id', 'secret_hash', 'previous_hash');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON operators.api_keys FOR EACH ROW
    EXECUTE FUNCTION audit.track('operator_api_key', 'id', '', 'secret_hash', 'previous_hash');

-- Who caches sessions or roles hears of their end: the payload is "session:<id>", "user:<id>" or "role:<id>".
CREATE FUNCTION identity.notify_user() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_identity', 'user:' || coalesce(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE FUNCTION identity.notify_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_identity', 'session:' || coalesce(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER notify AFTER UPDATE OF enabled, customer_id OR DELETE ON identity.users
    FOR EACH ROW EXECUTE FUNCTION identity.notify_user();
CREATE TRIGGER notify AFTER UPDATE OF revoked_at, mfa_at OR DELETE ON identity.sessions
    FOR EACH ROW EXECUTE FUNCTION identity.notify_session();

-- What has ended long ago. Rows gone.
CREATE FUNCTION identity.purge() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint; more bigint;
BEGIN
    DELETE FROM identity.sessions s WHERE coalesce(s.revoked_at, s.expires_at) < now() - interval '30 days';
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM identity.password_resets r WHERE r.expires_at < now() - interval '1 day';
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN gone + more;
END
$$;

CALL warp.protect('identity.users');
CALL warp.protect('identity.sessions');
CALL warp.protect('identity.refresh_tokens');
CALL warp.protect('identity.recovery_codes');
CALL warp.protect('identity.password_resets');
CALL warp.track('identity.users', 'user', 'id', 'customer_id', false,
                '{password_hash,totp_secret,totp_last_step,failed_logins}');
-- Counters of signing in are no change of the user: identity.note() says what happened.
DROP TRIGGER audit ON identity.users;
CREATE TRIGGER audit AFTER INSERT OR DELETE ON identity.users FOR EACH ROW EXECUTE FUNCTION
    audit.track('user', 'id', 'customer_id', 'password_hash', 'totp_secret', 'totp_last_step', 'failed_logins');
CREATE TRIGGER audit_update AFTER UPDATE ON identity.users FOR EACH ROW
    WHEN (to_jsonb(OLD) - '{failed_logins,locked_until,totp_last_step,last_login_at,updated_at}'::text[]
        IS DISTINCT FROM to_jsonb(NEW) - '{failed_logins,locked_until,totp_last_step,last_login_at,updated_at}'::text[])
    EXECUTE FUNCTION
    audit.track('user', 'id', 'customer_id', 'password_hash', 'totp_secret', 'totp_last_step', 'failed_logins');
-- Everything of this schema is done as the operator's role: a tenant's credential never reaches it directly.
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.users, identity.sessions, identity.refresh_tokens,
    identity.recovery_codes, identity.password_resets TO warp_operator;
REVOKE ALL ON FUNCTION identity.purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.purge TO warp_operator;

-- What happened to a user, for the audit trail and for whoever listens, in the transaction that made it so.
CREATE FUNCTION identity.note(event text, person uuid, account uuid, details jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM audit.append(account, event, 'user', person::text, details, NULL, NULL);
    PERFORM records.announce('security.' || event, person, account, coalesce(details, '{}') || jsonb_strip_nulls(
        jsonb_build_object('user_id', person, 'email', (SELECT u.email FROM identity.users u WHERE u.id = person),
            'ip', nullif(current_setting('warp.ip', true), ''),
            'user_agent', nullif(current_setting('warp.user_agent', true), ''))));
END
$$;

-- A wrong password or code. NULL: nobody's, which must take as long as somebody's; hence the flush.
CREATE FUNCTION identity.failed(person uuid, most integer, hold interval) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE locks boolean; account uuid;
BEGIN
    UPDATE identity.users u SET failed_logins = CASE WHEN u.failed_logins + 1 >= most THEN 0 ELSE u.failed_logins + 1 END,
        locked_until = CASE WHEN u.failed_logins + 1 >= most THEN now() + hold ELSE u.locked_until END
    WHERE u.id = person
    RETURNING u.failed_logins = 0, u.customer_id INTO locks, account;
    IF NOT FOUND THEN
        PERFORM pg_logical_emit_message(true, 'warp', '');
        RETURN false;
    END IF;
    PERFORM identity.note('login_failed', person, account, jsonb_build_object('locked', locks));
    RETURN locks;
END
$$;

CREATE FUNCTION identity.refresh(old bytea, access bytea, access_life interval, fresh bytea, idle interval,
                                 longest interval)
RETURNS TABLE (outcome text, of_session uuid, of_user uuid, of_customer uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE token identity.refresh_tokens; kept identity.sessions; until timestamptz;
BEGIN
    SELECT * INTO token FROM identity.refresh_tokens t WHERE t.hash = old;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown', NULL::uuid, NULL::uuid, NULL::uuid;
        RETURN;
    END IF;
    SELECT * INTO kept FROM identity.sessions s WHERE s.id = token.session_id FOR UPDATE;
    SELECT * INTO token FROM identity.refresh_tokens t WHERE t.hash = old FOR UPDATE;
    until := least(now() + idle, kept.created_at + longest);
    IF kept.revoked_at IS NOT NULL OR kept.expires_at <= now() OR until <= now()
        OR NOT EXISTS (SELECT FROM identity.users u WHERE u.id = kept.user_id AND u.enabled) THEN
        outcome := 'ended';
    ELSIF token.used_at IS NOT NULL THEN
        outcome := 'reuse';
        UPDATE identity.sessions s SET revoked_at = now(), revoked_for = 'reuse' WHERE s.id = kept.id;
        PERFORM identity.note('session_reused', kept.user_id, kept.customer_id,
                              jsonb_build_object('session_id', kept.id));
    ELSE
        outcome := 'ok';
        UPDATE identity.refresh_tokens t SET used_at = now() WHERE t.hash = old;
        INSERT INTO identity.refresh_tokens (hash, session_id, customer_id) VALUES (fresh, kept.id, kept.customer_id);
        UPDATE identity.sessions s SET access_hash = access, access_until = least(now() + access_life, until),
            expires_at = until, last_seen_at = now()
        WHERE s.id = kept.id;
    END IF;
    RETURN QUERY SELECT outcome, kept.id, kept.user_id, kept.customer_id;
END
$$;

-- Ends what the user has open, but for one session. How many.
CREATE FUNCTION identity.end_sessions(person uuid, but uuid, reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    UPDATE identity.sessions s SET revoked_at = now(), revoked_for = reason
    WHERE s.user_id = person AND s.revoked_at IS NULL AND s.id IS DISTINCT FROM but;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- A new password by a token of password_resets. No row: the token is not good.
CREATE FUNCTION identity.reset_password(token bytea, stored text)
RETURNS TABLE (of_user uuid, of_customer uuid, of_kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE identity.password_resets r SET used_at = now() FROM identity.users u
    WHERE r.hash = token AND r.used_at IS NULL AND r.expires_at > now() AND u.id = r.user_id AND u.enabled
    RETURNING r.user_id, u.customer_id, r.kind INTO of_user, of_customer, of_kind;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE identity.users u SET password_hash = stored, password_changed_at = now(), failed_logins = 0,
        locked_until = NULL
    WHERE u.id = of_user;
    UPDATE identity.password_resets r SET used_at = now() WHERE r.user_id = of_user AND r.used_at IS NULL;
    PERFORM identity.end_sessions(of_user, NULL, 'password');
    PERFORM identity.note('password_changed', of_user, of_customer, jsonb_build_object('by', of_kind));
    RETURN NEXT;
END
$$;

CREATE FUNCTION identity.change_password(person uuid, stored text, but uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account uuid;
BEGIN
    UPDATE identity.users u SET password_hash = stored, password_changed_at = now(), failed_logins = 0,
        locked_until = NULL
    WHERE u.id = person RETURNING u.customer_id INTO account;
    UPDATE identity.password_resets r SET used_at = now() WHERE r.user_id = person AND r.used_at IS NULL;
    PERFORM identity.end_sessions(person, but, 'password');
    PERFORM identity.note('password_changed', person, account, '{"by": "user"}');
END
$$;

-- A token for whoever forgot the password; three an hour. No row: nobody has this address, or too many are out.
CREATE FUNCTION identity.forgot(address text, token bytea, life interval)
RETURNS TABLE (of_user uuid, of_email text, of_name text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account uuid;
BEGIN
    SELECT u.id, u.email, u.name, u.customer_id INTO of_user, of_email, of_name, account FROM identity.users u
    WHERE lower(u.email) = lower(address) AND u.enabled
        AND (SELECT count(*) FROM identity.password_resets r
             WHERE r.user_id = u.id AND r.kind = 'reset' AND r.created_at > now() - interval '1 hour') < 3;
    IF NOT FOUND THEN
        PERFORM pg_logical_emit_message(true, 'warp', '');
        RETURN;
    END IF;
    INSERT INTO identity.password_resets (hash, user_id, customer_id, expires_at)
    VALUES (token, of_user, account, now() + life);
    RETURN NEXT;
END
$$;

-- New recovery codes instead of those there; hashes in hexadecimal.
CREATE FUNCTION identity.set_codes(person uuid, hashes text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM identity.recovery_codes c WHERE c.user_id = person;
    INSERT INTO identity.recovery_codes (user_id, customer_id, hash)
    SELECT u.id, u.customer_id, decode(h.hash, 'hex') FROM identity.users u, unnest(hashes) AS h(hash)
    WHERE u.id = person;
END
$$;

-- False: there is nothing to confirm, or it is confirmed already.
CREATE FUNCTION identity.confirm_totp(person uuid, step bigint, hashes text[], here uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account uuid;
BEGIN
    UPDATE identity.users u SET totp_confirmed_at = now(), totp_last_step = step
    WHERE u.id = person AND u.totp_secret IS NOT NULL AND u.totp_confirmed_at IS NULL
    RETURNING u.customer_id INTO account;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM identity.set_codes(person, hashes);
    UPDATE identity.sessions s SET mfa_at = now() WHERE s.id = here;
    PERFORM identity.note('mfa_enabled', person, account, '{"method": "totp"}');
    RETURN true;
END
$$;

CREATE FUNCTION identity.drop_totp(person uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE account uuid; was boolean;
BEGIN
    SELECT u.customer_id, u.totp_confirmed_at IS NOT NULL INTO account, was FROM identity.users u
    WHERE u.id = person FOR UPDATE;
    UPDATE identity.users u SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = 0 WHERE u.id = person;
    DELETE FROM identity.recovery_codes c WHERE c.user_id = person;
    UPDATE identity.sessions s SET mfa_at = NULL WHERE s.user_id = person AND s.mfa_at IS NOT NULL;
    IF was THEN
        PERFORM identity.note('mfa_disabled', person, account, '{"method": "totp"}');
    END IF;
END
$$;

REVOKE ALL ON FUNCTION identity.note, identity.failed, identity.refresh, identity.end_sessions, identity.reset_password,
    identity.change_password, identity.forgot, identity.set_codes, identity.confirm_totp, identity.drop_totp FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.note, identity.failed, identity.refresh, identity.end_sessions,
    identity.reset_password, identity.change_password, identity.forgot, identity.set_codes, identity.confirm_totp,
    identity.drop_totp TO warp_operator;
GRANT EXECUTE ON FUNCTION audit.client_ip TO warp_operator;
