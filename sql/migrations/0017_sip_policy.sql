-- How a peer is spoken to: sections of fields that keep their defaults when absent (domain/sip_policy.h). And
-- what a record keeps beside its columns.
ALTER TABLE trunks.configurations
    ADD COLUMN sip_policy jsonb NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(sip_policy) = 'object' AND pg_column_size(sip_policy) <= 65536);
ALTER TABLE routing.providers
    ADD COLUMN sip_policy jsonb NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(sip_policy) = 'object' AND pg_column_size(sip_policy) <= 65536);
ALTER TABLE records.cdrs
    ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN trunks.configurations.sip_policy IS 'Set by operators; unknown keys are refused by the API';
