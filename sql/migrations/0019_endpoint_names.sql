-- Endpoints by name: a host name instead of an address, with the port and the transport left to the DNS
-- (RFC 3263) where the operator wishes.
ALTER TABLE routing.provider_endpoints
    ADD COLUMN hostname text CHECK (hostname = lower(hostname) AND length(hostname) BETWEEN 1 AND 253),
    ALTER COLUMN host DROP NOT NULL,
    ALTER COLUMN port DROP NOT NULL,
    DROP CONSTRAINT IF EXISTS provider_endpoints_transport_check,
    ADD CONSTRAINT provider_endpoints_transport_check
        CHECK (transport IN ('UDP', 'TCP', 'TLS', 'WS', 'WSS', 'ANY')),
    ADD CONSTRAINT provider_endpoints_one_host CHECK ((host IS NULL) <> (hostname IS NULL)),
    ADD CONSTRAINT provider_endpoints_by_dns
        CHECK ((port IS NOT NULL OR hostname IS NOT NULL) AND (transport <> 'ANY' OR port IS NULL));
CREATE UNIQUE INDEX provider_endpoints_by_name
    ON routing.provider_endpoints (provider_id, hostname, coalesce(port, 0), transport)
    WHERE hostname IS NOT NULL;

ALTER TABLE trunks.endpoints
    ADD COLUMN hostname text CHECK (hostname = lower(hostname) AND length(hostname) BETWEEN 1 AND 253),
    ALTER COLUMN host DROP NOT NULL,
    ALTER COLUMN port DROP NOT NULL,
    DROP CONSTRAINT IF EXISTS endpoints_transport_check,
    ADD CONSTRAINT endpoints_transport_check CHECK (transport IN ('UDP', 'TCP', 'TLS', 'WS', 'WSS', 'ANY')),
    ADD CONSTRAINT endpoints_one_host CHECK ((host IS NULL) <> (hostname IS NULL)),
    ADD CONSTRAINT endpoints_by_dns
        CHECK ((port IS NOT NULL OR hostname IS NOT NULL) AND (transport <> 'ANY' OR port IS NULL));
COMMENT ON COLUMN trunks.endpoints.hostname IS 'Looked up at every call; then host is null';
COMMENT ON COLUMN trunks.endpoints.port IS 'Null: SRV says';
COMMENT ON COLUMN trunks.endpoints.transport IS 'ANY: NAPTR says';
