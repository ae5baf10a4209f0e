-- Partitions, providers and routes: the operator's own, no tenant has a part in them.
CREATE TABLE routing.partitions (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name         text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    description  text NOT NULL DEFAULT '',
    max_attempts smallint NOT NULL DEFAULT 4 CHECK (max_attempts BETWEEN 1 AND 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE routing.providers (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name               text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    description        text NOT NULL DEFAULT '',
    enabled            boolean NOT NULL DEFAULT true,
    rate_plan_id       uuid REFERENCES billing.rate_plans,
    currency           char(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    cps                integer CHECK (cps >= 0),
    channels           integer CHECK (channels >= 0),
    media_mode         text NOT NULL DEFAULT 'ANCHOR' CHECK (media_mode IN ('ANCHOR', 'BYPASS')),
    symmetric_rtp      boolean NOT NULL DEFAULT false,
    inbound            boolean NOT NULL DEFAULT true,
    attempt_timeout_ms integer NOT NULL DEFAULT 5000 CHECK (attempt_timeout_ms BETWEEN 100 AND 60000),
    strip_digits       text NOT NULL DEFAULT '' CHECK (strip_digits ~ '^[0-9*#+]{0,15}$'),
    add_digits         text NOT NULL DEFAULT '' CHECK (add_digits ~ '^[0-9*#+]{0,15}$'),
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN routing.providers.cps IS 'NULL: unlimited';
CREATE INDEX providers_by_rate_plan ON routing.providers (rate_plan_id);

-- Endpoint ids are unique over providers' and trunks' endpoints: a route attempt names one by it.
CREATE SEQUENCE warp.endpoint_ids AS bigint;
GRANT USAGE ON SEQUENCE warp.endpoint_ids TO warp_daemon, warp_operator;

CREATE TABLE routing.provider_endpoints (
    id          bigint PRIMARY KEY DEFAULT nextval('warp.endpoint_ids'),
    provider_id uuid NOT NULL REFERENCES routing.providers ON DELETE CASCADE,
    host        inet NOT NULL CHECK (masklen(host) = CASE family(host) WHEN 4 THEN 32 ELSE 128 END),
    port        integer NOT NULL DEFAULT 5060 CHECK (port BETWEEN 1 AND 65535),
    transport   text NOT NULL DEFAULT 'UDP' CHECK (transport IN ('UDP', 'TCP', 'TLS')),
    raw_uri     text,
    priority    integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 65535),
    weight      integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 65535),
    enabled     boolean NOT NULL DEFAULT true,
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider_id, host, port, transport)
);

CREATE TABLE routing.provider_addresses (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_id uuid NOT NULL REFERENCES routing.providers ON DELETE CASCADE,
    cidr        cidr NOT NULL UNIQUE,
    description text NOT NULL DEFAULT '',
    enabled     boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_addresses_by_provider ON routing.provider_addresses (provider_id);

CREATE TABLE routing.routes (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    partition_id uuid NOT NULL REFERENCES routing.partitions ON DELETE CASCADE,
    provider_id  uuid NOT NULL REFERENCES routing.providers,
    prefix       text COLLATE "C" NOT NULL DEFAULT '' CHECK (prefix ~ '^[0-9]{0,15}$'),
    priority     integer NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 65535),
    weight       integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 65535),
    enabled      boolean NOT NULL DEFAULT true,
    description  text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (partition_id, prefix, provider_id)
);
CREATE INDEX routes_by_provider ON routing.routes (provider_id);

CALL warp.track('routing.partitions', 'partition', 'id', '', true);
CALL warp.track('routing.providers', 'provider', 'id', '', true);
CALL warp.track('routing.provider_endpoints', 'provider_endpoint', 'id', '', true);
CALL warp.track('routing.provider_addresses', 'provider_address', 'id', '', true);
CALL warp.track('routing.routes', 'route', 'id', '', true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA routing TO warp_operator;
