-- Trunks, the addresses that may use them, and where their inbound calls go. A child's customer is its
-- trunk's: the foreign keys carry both columns, so that no row can point into another tenant's trunk.
CREATE TABLE trunks.configurations (
    id                         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id                uuid NOT NULL REFERENCES customers.accounts,
    name                       text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    description                text NOT NULL DEFAULT '',
    enabled                    boolean NOT NULL DEFAULT true,
    auth_type                  text NOT NULL CHECK (auth_type IN ('IP_ACL', 'DIGEST', 'EITHER', 'BOTH')),
    allowed_number_classes     text[] NOT NULL DEFAULT '{}',
    capacity_cps_inbound       integer CHECK (capacity_cps_inbound >= 0),
    capacity_cps_outbound      integer CHECK (capacity_cps_outbound >= 0),
    capacity_channels_inbound  integer CHECK (capacity_channels_inbound >= 0),
    capacity_channels_outbound integer CHECK (capacity_channels_outbound >= 0),
    sip_config                 jsonb NOT NULL DEFAULT '{}'
                               CHECK (jsonb_typeof(sip_config) = 'object' AND pg_column_size(sip_config) <= 65536),
    media_mode                 text NOT NULL DEFAULT 'ANCHOR' CHECK (media_mode IN ('ANCHOR', 'BYPASS')),
    symmetric_rtp              boolean NOT NULL DEFAULT false,
    media_timeout_seconds      integer NOT NULL DEFAULT 60 CHECK (media_timeout_seconds BETWEEN 0 AND 86400),
    ring_timeout_seconds       integer NOT NULL DEFAULT 60 CHECK (ring_timeout_seconds BETWEEN 1 AND 600),
    max_duration_seconds       integer NOT NULL DEFAULT 14400 CHECK (max_duration_seconds BETWEEN 1 AND 604800),
    created_at                 timestamptz NOT NULL DEFAULT now(),
    updated_at                 timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT configurations_name_unique UNIQUE (customer_id, name),
    UNIQUE (id, customer_id)
);
COMMENT ON COLUMN trunks.configurations.capacity_cps_inbound IS '0 disables the direction; NULL is unlimited. Inbound is towards the customer';

-- One source address is one trunk's: the edge could not tell two apart.
CREATE TABLE trunks.ip_whitelist (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL,
    trunk_id    uuid NOT NULL,
    cidr        cidr NOT NULL,
    description text NOT NULL DEFAULT '',
    enabled     boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ip_whitelist_cidr_unique UNIQUE (cidr),
    FOREIGN KEY (trunk_id, customer_id) REFERENCES trunks.configurations (id, customer_id) ON DELETE CASCADE
);
CREATE INDEX ip_whitelist_by_trunk ON trunks.ip_whitelist (trunk_id);

CREATE TABLE trunks.endpoints (
    id          bigint PRIMARY KEY DEFAULT nextval('warp.endpoint_ids'),
    customer_id uuid NOT NULL,
    trunk_id    uuid NOT NULL,
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
    FOREIGN KEY (trunk_id, customer_id) REFERENCES trunks.configurations (id, customer_id) ON DELETE CASCADE
);
COMMENT ON COLUMN trunks.endpoints.raw_uri IS 'As the customer gave it; host, port and transport are what was read from it';
CREATE INDEX endpoints_by_trunk ON trunks.endpoints (trunk_id);

CALL warp.protect('trunks.configurations');
CALL warp.protect('trunks.ip_whitelist');
CALL warp.protect('trunks.endpoints');
CALL warp.track('trunks.configurations', 'trunk', 'id', 'customer_id', true);
CALL warp.track('trunks.ip_whitelist', 'trunk_ip', 'id', 'customer_id', true);
CALL warp.track('trunks.endpoints', 'trunk_endpoint', 'id', 'customer_id', true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA trunks TO warp_daemon, warp_operator;
