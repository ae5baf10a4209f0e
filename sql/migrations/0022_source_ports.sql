-- Sources told apart by port and transport beside the network: several trunks, or several providers, may share
-- a network when no two of their rows are the same. NULL is any.
ALTER TABLE trunks.ip_whitelist
    ADD COLUMN port integer CHECK (port BETWEEN 1 AND 65535),
    ADD COLUMN transport text CHECK (transport IN ('UDP', 'TCP', 'TLS', 'WS', 'WSS')),
    DROP CONSTRAINT ip_whitelist_cidr_unique,
    ADD CONSTRAINT ip_whitelist_source_unique UNIQUE NULLS NOT DISTINCT (cidr, port, transport);
COMMENT ON COLUMN trunks.ip_whitelist.port IS 'That requests must come from; NULL: any';
COMMENT ON COLUMN trunks.ip_whitelist.transport IS 'That requests must come by; NULL: any';

ALTER TABLE routing.provider_addresses
    ADD COLUMN port integer CHECK (port BETWEEN 1 AND 65535),
    ADD COLUMN transport text CHECK (transport IN ('UDP', 'TCP', 'TLS', 'WS', 'WSS')),
    DROP CONSTRAINT provider_addresses_cidr_key,
    ADD CONSTRAINT provider_addresses_source_unique UNIQUE NULLS NOT DISTINCT (cidr, port, transport);
COMMENT ON COLUMN routing.provider_addresses.port IS 'That requests must come from; NULL: any';
COMMENT ON COLUMN routing.provider_addresses.transport IS 'That requests must come by; NULL: any';
