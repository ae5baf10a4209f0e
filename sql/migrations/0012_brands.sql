-- Brands, and what a registry says of campaigns. Tenants read their own; what the registry decides is written by the
-- operator's role alone, so that no tenant's statement can approve a campaign.
CREATE TABLE sms.brands (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id     uuid NOT NULL REFERENCES customers.accounts,
    registry        text NOT NULL CHECK (registry IN ('tcr', 'local')),
    tcr_brand_id    text NOT NULL CHECK (length(tcr_brand_id) BETWEEN 1 AND 64),
    fields          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
    identity_status text NOT NULL DEFAULT '' CHECK (length(identity_status) <= 64),
    trust_score     smallint CHECK (trust_score BETWEEN 0 AND 100),
    vetted          boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT brands_tcr_id_unique UNIQUE (tcr_brand_id),
    UNIQUE (id, customer_id)
);
COMMENT ON COLUMN sms.brands.tcr_brand_id IS 'The registry''s id: one customer''s in all of the platform';
COMMENT ON COLUMN sms.brands.fields IS 'As the customer and the registry gave them, names in snake_case';
CREATE INDEX brands_by_customer ON sms.brands (customer_id, created_at DESC, id DESC);

ALTER TABLE sms.campaigns
    ADD COLUMN brand_id         uuid,
    ADD COLUMN registry         text NOT NULL DEFAULT 'local' CHECK (registry IN ('tcr', 'local')),
    ADD COLUMN fields           jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
    ADD COLUMN rejection_reason text NOT NULL DEFAULT '' CHECK (length(rejection_reason) <= 2000),
    ADD FOREIGN KEY (brand_id, customer_id) REFERENCES sms.brands (id, customer_id) ON DELETE SET NULL (brand_id);
ALTER TABLE sms.campaigns ADD CONSTRAINT campaigns_tcr_id_unique UNIQUE (tcr_campaign_id);
CREATE INDEX campaigns_by_brand ON sms.campaigns (brand_id);

-- When the registry was asked last about an object. Apart from it: asking is no change, wakes nobody and is not audited.
CREATE TABLE sms.registry_syncs (
    object_id uuid PRIMARY KEY,
    synced_at timestamptz NOT NULL
);

CALL warp.protect('sms.brands');
CALL warp.track('sms.brands', 'brand', 'id', 'customer_id', false);
CALL sms.announce('sms.brands');
GRANT SELECT ON sms.brands TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON sms.brands, sms.registry_syncs TO warp_operator;
