-- Endpoints that were disabled by themselves, and whose people were written to: once each, whichever node does.
CREATE TABLE webhooks.notices (
    endpoint_id uuid NOT NULL REFERENCES webhooks.endpoints ON DELETE CASCADE,
    customer_id uuid,
    disabled_at timestamptz NOT NULL,
    PRIMARY KEY (endpoint_id, disabled_at)
);
CALL warp.protect('webhooks.notices');
GRANT SELECT, INSERT, DELETE ON webhooks.notices TO warp_operator;
CREATE INDEX endpoints_disabled ON webhooks.endpoints (disabled_at) WHERE disabled_for IN ('failures', 'gone');

CREATE OR REPLACE FUNCTION webhooks.purge() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM webhooks.notices n WHERE n.disabled_at < now() - interval '30 days';
    DELETE FROM webhooks.events e WHERE e.created_at < now() - interval '30 days';
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
