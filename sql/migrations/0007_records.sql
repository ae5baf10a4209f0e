-- Detail records, one a call, a partition a day (UTC). They outlive what they name: no foreign keys.
CREATE TABLE records.cdrs (
    id                          uuid NOT NULL,
    setup_at                    timestamptz NOT NULL,
    call_id                     uuid NOT NULL,
    customer_id                 uuid,
    trunk_id                    uuid,
    provider_id                 uuid,
    direction                   text NOT NULL,
    sip_call_id                 text NOT NULL,
    far_sip_call_id             text NOT NULL,
    source_address              text NOT NULL,
    ani                         text NOT NULL,
    dni                         text NOT NULL,
    ani_e164                    text COLLATE "C" NOT NULL,
    dni_e164                    text COLLATE "C" NOT NULL,
    ringing_at                  timestamptz,
    answered_at                 timestamptz,
    ended_at                    timestamptz NOT NULL,
    duration_us                 bigint NOT NULL,
    pdd_ms                      bigint,
    disposition                 text NOT NULL,
    reason                      text NOT NULL,
    reason_code                 integer NOT NULL,
    sip_status                  integer NOT NULL,
    q850                        smallint NOT NULL,
    release_side                text NOT NULL,
    price_nanos                 bigint,
    price_currency              char(3),
    price_plan_id               uuid,
    price_plan_version          bigint,
    price_prefix                text,
    price_per_minute_nanos      bigint,
    price_setup_fee_nanos       bigint,
    price_initial_increment     bigint,
    price_increment             bigint,
    price_minimum_seconds       bigint,
    price_billed_seconds        bigint,
    price_rounding              text,
    price_decimals              smallint,
    cost_nanos                  bigint,
    cost_currency               char(3),
    cost_plan_id                uuid,
    cost_plan_version           bigint,
    cost_prefix                 text,
    cost_per_minute_nanos       bigint,
    cost_setup_fee_nanos        bigint,
    cost_initial_increment      bigint,
    cost_increment              bigint,
    cost_minimum_seconds        bigint,
    cost_billed_seconds         bigint,
    cost_rounding               text,
    cost_decimals               smallint,
    margin_nanos                bigint,
    caller_codec                text NOT NULL DEFAULT '',
    caller_packets_received     bigint NOT NULL DEFAULT 0,
    caller_octets_received      bigint NOT NULL DEFAULT 0,
    caller_packets_sent         bigint NOT NULL DEFAULT 0,
    caller_octets_sent          bigint NOT NULL DEFAULT 0,
    caller_packets_lost         bigint NOT NULL DEFAULT 0,
    caller_jitter_us            bigint NOT NULL DEFAULT 0,
    caller_rtt_us               bigint,
    caller_remote_loss_percent  smallint,
    callee_codec                text NOT NULL DEFAULT '',
    callee_packets_received     bigint NOT NULL DEFAULT 0,
    callee_octets_received      bigint NOT NULL DEFAULT 0,
    callee_packets_sent         bigint NOT NULL DEFAULT 0,
    callee_octets_sent          bigint NOT NULL DEFAULT 0,
    callee_packets_lost         bigint NOT NULL DEFAULT 0,
    callee_jitter_us            bigint NOT NULL DEFAULT 0,
    callee_rtt_us               bigint,
    callee_remote_loss_percent  smallint,
    attempts                    jsonb NOT NULL DEFAULT '[]',
    stored_at                   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, setup_at)
) PARTITION BY RANGE (setup_at);
COMMENT ON COLUMN records.cdrs.customer_id IS 'NULL: refused before anybody was known; such rows are the operator''s';
CREATE INDEX cdrs_by_customer ON records.cdrs (customer_id, setup_at DESC, id DESC);
CREATE INDEX cdrs_by_time ON records.cdrs (setup_at DESC, id DESC);

CALL warp.protect('records.cdrs');
GRANT SELECT ON records.cdrs TO warp_daemon;
GRANT SELECT, INSERT ON records.cdrs TO warp_operator;

-- Makes the partitions of the days [first, last] (UTC) that are missing. Partitions get no grant and no
-- policy of their own: rows are reached through records.cdrs alone.
CREATE FUNCTION records.ensure_partitions(first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day  date;
    part text;
    made integer := 0;
BEGIN
    IF last < first OR last - first > 400 THEN
        RAISE EXCEPTION 'ensure_partitions: % to % is not a range of 1 to 401 days', first, last
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR day IN SELECT generate_series(first::timestamp, last::timestamp, interval '1 day')::date LOOP
        part := 'cdrs_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('records.%I', part)) IS NOT NULL;
        -- Two daemons may come together; the second finds the work done.
        PERFORM pg_advisory_xact_lock(hashtext('records.ensure_partitions'));
        CONTINUE WHEN to_regclass(format('records.%I', part)) IS NOT NULL;
        -- Made apart and attached: attaching does not lock out those who write other days.
        EXECUTE format('CREATE TABLE records.%I (LIKE records.cdrs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE records.%I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE records.%I FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE records.cdrs ATTACH PARTITION records.%I FOR VALUES FROM (%L) TO (%L)', part,
                       day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION records.ensure_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records.ensure_partitions TO warp_operator;
