-- Limits of one endpoint of a provider, beside those of the provider as a whole.
ALTER TABLE routing.provider_endpoints
    ADD COLUMN cps integer CHECK (cps >= 0),
    ADD COLUMN channels integer CHECK (channels >= 0);
COMMENT ON COLUMN routing.provider_endpoints.cps IS 'Calls per second; 0 lets nothing through, NULL is unlimited';
COMMENT ON COLUMN routing.provider_endpoints.channels IS 'Calls at once; 0 lets nothing through, NULL is unlimited';
