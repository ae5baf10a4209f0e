-- Connectors that carry whole messages: MMS over MM4, and a provider's RCS API.
ALTER TABLE sms.connectors
    ADD COLUMN protocol         text NOT NULL DEFAULT 'smpp' CHECK (protocol IN ('smpp', 'mm4', 'rcs')),
    ADD COLUMN local_domain     text NOT NULL DEFAULT '' CHECK (length(local_domain) <= 253),
    ADD COLUMN remote_domain    text NOT NULL DEFAULT '' CHECK (length(remote_domain) <= 253),
    ADD COLUMN allowed          cidr[] NOT NULL DEFAULT '{}'
        CHECK (cardinality(allowed) <= 64 AND array_position(allowed, NULL) IS NULL),
    ADD COLUMN base_url         text NOT NULL DEFAULT '' CHECK (length(base_url) <= 2048),
    ADD COLUMN agent            text NOT NULL DEFAULT '' CHECK (length(agent) <= 256),
    ADD COLUMN max_media_octets integer NOT NULL DEFAULT 0 CHECK (max_media_octets BETWEEN 0 AND 104857600);
COMMENT ON COLUMN sms.connectors.local_domain IS 'MM4: ours, behind the @ of the envelope';
COMMENT ON COLUMN sms.connectors.remote_domain IS 'MM4: the peer''s';
COMMENT ON COLUMN sms.connectors.allowed IS 'MM4: from where its mails may come; empty: from nowhere';
COMMENT ON COLUMN sms.connectors.base_url IS 'RCS: the provider''s API';
COMMENT ON COLUMN sms.connectors.max_media_octets IS '0: no limit';

-- What a protocol needs, and how long its credentials may be.
ALTER TABLE sms.connectors
    DROP CONSTRAINT connectors_host_check,
    DROP CONSTRAINT connectors_system_id_check,
    DROP CONSTRAINT connectors_password_check,
    ADD CONSTRAINT connectors_host_check CHECK (length(host) <= 253 AND (host <> '' OR protocol = 'rcs')),
    ADD CONSTRAINT connectors_system_id_check
        CHECK (octet_length(system_id) <= CASE protocol WHEN 'smpp' THEN 15 ELSE 254 END),
    ADD CONSTRAINT connectors_password_check
        CHECK (octet_length(password) <= CASE protocol WHEN 'smpp' THEN 64 ELSE 4096 END),
    ADD CONSTRAINT connectors_mm4_check
        CHECK (protocol <> 'mm4' OR (local_domain <> '' AND remote_domain <> '' AND (tls OR system_id = ''))),
    ADD CONSTRAINT connectors_rcs_check CHECK (protocol <> 'rcs' OR (base_url <> '' AND agent <> ''));
