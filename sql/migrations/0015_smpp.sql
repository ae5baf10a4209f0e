-- SMPP: how a connector wants validity and priority, its certificate and its other hosts; what replace_sm and
-- cancel_sm ask of a message; deliveries that were given up are kept, and those of one receiver are found.
ALTER TABLE sms.connectors
    ADD COLUMN validity_form          text NOT NULL DEFAULT 'none' CHECK (validity_form IN ('none', 'absolute', 'relative')),
    ADD COLUMN validity_zone_quarters smallint NOT NULL DEFAULT 0 CHECK (validity_zone_quarters BETWEEN -48 AND 48),
    ADD COLUMN priority_map           text NOT NULL DEFAULT '0123' CHECK (priority_map ~ '^[0-4]{4}$'),
    ADD COLUMN tls_certificate_file   text NOT NULL DEFAULT '',
    ADD COLUMN tls_key_file           text NOT NULL DEFAULT '',
    ADD COLUMN fallback_hosts         text NOT NULL DEFAULT '' CHECK (length(fallback_hosts) <= 1024),
    ADD CHECK ((tls_certificate_file = '') = (tls_key_file = ''));

ALTER TABLE sms.messages
    ADD COLUMN service_type     text NOT NULL DEFAULT '',
    ADD COLUMN submitted_coding smallint NOT NULL DEFAULT 0;

ALTER TABLE sms.deliveries ADD COLUMN dead_at timestamptz;
COMMENT ON COLUMN sms.deliveries.dead_at IS 'Given up; kept to be replayed';
CREATE INDEX deliveries_by_esme ON sms.deliveries (esme_id, id) WHERE esme_id IS NOT NULL AND dead_at IS NULL;
CREATE INDEX deliveries_by_customer ON sms.deliveries (customer_id, id) WHERE esme_id IS NULL AND dead_at IS NULL;
CREATE INDEX deliveries_dead ON sms.deliveries (customer_id, id) WHERE dead_at IS NOT NULL;
GRANT SELECT ON sms.deliveries TO warp_daemon;
