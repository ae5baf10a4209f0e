-- Digest credentials: of trunks, whose devices register and call with them, and ours towards providers. No
-- password is kept, only H(username:realm:password) for each algorithm.
CREATE TABLE trunks.credentials (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id     uuid NOT NULL,
    trunk_id        uuid NOT NULL,
    username        text NOT NULL CHECK (username ~ '^[A-Za-z0-9+._-]{1,64}$'),
    realm           text NOT NULL CHECK (realm ~ '^[A-Za-z0-9._-]{1,253}$'),
    ha1_md5         text NOT NULL CHECK (ha1_md5 ~ '^[0-9a-f]{32}$'),
    ha1_sha256      text NOT NULL CHECK (ha1_sha256 ~ '^[0-9a-f]{64}$'),
    enabled         boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_rotated_at timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT credentials_username_unique UNIQUE (username, realm),
    FOREIGN KEY (trunk_id, customer_id) REFERENCES trunks.configurations (id, customer_id) ON DELETE CASCADE
);
CREATE INDEX credentials_by_trunk ON trunks.credentials (trunk_id);
CALL warp.protect('trunks.credentials');
CALL warp.track('trunks.credentials', 'trunk_credential', 'id', 'customer_id', true, ARRAY['ha1_md5', 'ha1_sha256']);
GRANT SELECT, INSERT, UPDATE, DELETE ON trunks.credentials TO warp_daemon, warp_operator;

CREATE TABLE routing.provider_credentials (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_id     uuid NOT NULL REFERENCES routing.providers ON DELETE CASCADE,
    username        text NOT NULL CHECK (length(username) BETWEEN 1 AND 128 AND username !~ '["\\[:cntrl:]]'),
    realm           text NOT NULL CHECK (length(realm) BETWEEN 1 AND 253 AND realm !~ '["\\[:cntrl:]]'),
    ha1_md5         text NOT NULL CHECK (ha1_md5 ~ '^[0-9a-f]{32}$'),
    ha1_sha256      text NOT NULL CHECK (ha1_sha256 ~ '^[0-9a-f]{64}$'),
    from_user       text NOT NULL DEFAULT '' CHECK (from_user ~ '^[A-Za-z0-9+._-]{0,64}$'),
    from_domain     text NOT NULL DEFAULT '' CHECK (from_domain ~ '^[A-Za-z0-9._-]{0,253}$'),
    register        boolean NOT NULL DEFAULT false,
    registrar       text NOT NULL DEFAULT '' CHECK (length(registrar) <= 255 AND registrar !~ '[[:cntrl:][:space:]<>]'),
    expires_seconds integer NOT NULL DEFAULT 3600 CHECK (expires_seconds BETWEEN 60 AND 86400),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_credentials_realm_unique UNIQUE (provider_id, realm)
);
COMMENT ON COLUMN routing.provider_credentials.registrar IS 'sip: URI to register at; empty: the first endpoint';
CALL warp.track('routing.provider_credentials', 'provider_credential', 'id', '', true, ARRAY['ha1_md5', 'ha1_sha256']);
GRANT SELECT, INSERT, UPDATE, DELETE ON routing.provider_credentials TO warp_operator;
