-- Accounts, their users, the API keys of both sides of the house, and contracts.
CREATE TABLE customers.accounts (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                   text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    status                 text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED', 'CLOSED')),
    billing_mode           text NOT NULL DEFAULT 'POSTPAID' CHECK (billing_mode IN ('PREPAID', 'POSTPAID')),
    currency               char(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    credit_limit_nanos     bigint NOT NULL DEFAULT 0 CHECK (credit_limit_nanos >= 0),
    partition_id           uuid REFERENCES routing.partitions,
    allowed_number_classes text[] NOT NULL DEFAULT '{local,tollfree,domestic,international,emergency}',
    capacity               jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(capacity) = 'object'),
    external_id            text UNIQUE,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN customers.accounts.capacity IS 'Ceilings: {"<number class>": {"inbound": {"cps": n, "channels": n}, "outbound": {…}}}; absent is unlimited';
CREATE INDEX accounts_by_partition ON customers.accounts (partition_id);
CREATE INDEX accounts_by_name ON customers.accounts (lower(name));

CREATE TABLE customers.users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id   uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    email         text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    name          text NOT NULL DEFAULT '',
    role          text NOT NULL DEFAULT 'member',
    password_hash text,
    enabled       boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_unique ON customers.users (lower(email));
CREATE INDEX users_by_customer ON customers.users (customer_id);

-- secret_hash is the SHA-256 of a key of at least 128 random bits: nothing slower is needed to guard it.
CREATE TABLE customers.api_keys (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id    uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    prefix         text NOT NULL CHECK (prefix LIKE 'rk\_%' AND length(prefix) <= 24),
    secret_hash    bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    scopes         text[] NOT NULL DEFAULT '{}',
    test           boolean NOT NULL GENERATED ALWAYS AS (prefix LIKE 'rk\_test\_%') STORED,
    step_up_exempt boolean NOT NULL DEFAULT false,
    created_by     text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    last_used_at   timestamptz,
    expires_at     timestamptz,
    revoked_at     timestamptz
);
CREATE INDEX api_keys_by_customer ON customers.api_keys (customer_id, created_at DESC);

-- Operators' keys belong to no customer and are kept where no tenant's role may look.
CREATE TABLE operators.api_keys (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    prefix       text NOT NULL CHECK (prefix LIKE 'rk\_%' AND length(prefix) <= 24),
    secret_hash  bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    scopes       text[] NOT NULL DEFAULT '{}',
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);

-- Which plan a customer pays by, and when. The one in force: the latest that has begun and not ended.
CREATE TABLE billing.contracts (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id  uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    rate_plan_id uuid NOT NULL REFERENCES billing.rate_plans,
    starts_at    timestamptz NOT NULL DEFAULT now(),
    ends_at      timestamptz CHECK (ends_at > starts_at),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (customer_id, starts_at)
);
CREATE UNIQUE INDEX contracts_one_open ON billing.contracts (customer_id) WHERE ends_at IS NULL;
CREATE INDEX contracts_by_rate_plan ON billing.contracts (rate_plan_id);

CALL warp.protect('customers.accounts', 'id');
CALL warp.protect('customers.users');
CALL warp.protect('customers.api_keys');
CALL warp.protect('billing.contracts');
CALL warp.track('customers.accounts', 'customer', 'id', 'id', true);
CALL warp.track('customers.users', 'user', 'id', 'customer_id', false, '{password_hash}');
CALL warp.track('customers.api_keys', 'api_key', 'id', 'customer_id', false, '{secret_hash}');
CALL warp.track('operators.api_keys', 'operator_api_key', 'id', '', false, '{secret_hash}');
CALL warp.track('billing.contracts', 'contract', 'id', 'customer_id', true);

GRANT SELECT ON customers.accounts, billing.contracts TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers.users TO warp_daemon;
GRANT SELECT, INSERT, UPDATE ON customers.api_keys TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers.accounts, customers.users, customers.api_keys,
    operators.api_keys, billing.contracts TO warp_operator;
