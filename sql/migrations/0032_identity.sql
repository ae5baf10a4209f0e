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
-- Everything of this schema is done as the operator's role: a tenant's credential never reaches it directly.
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.users, identity.sessions, identity.refresh_tokens,
    identity.recovery_codes, identity.password_resets TO warp_operator;
REVOKE ALL ON FUNCTION identity.purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.purge TO warp_operator;
