-- Names and short codes that customers send from; what became of the days of messages that are past.

-- A name is one customer's: nobody else may send as it.
CREATE TABLE sms.senders (
    sender      text COLLATE "C" PRIMARY KEY
                CHECK (sender ~ '^[0-9]{3,6}$' OR (sender ~ '^[ -~]{1,11}$' AND sender !~ '^[0-9]*$' AND sender = btrim(sender))),
    customer_id uuid NOT NULL REFERENCES customers.accounts ON DELETE CASCADE,
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 256),
    campaign_id uuid,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (campaign_id, customer_id) REFERENCES sms.campaigns (id, customer_id) ON DELETE SET NULL (campaign_id)
);
COMMENT ON COLUMN sms.senders.sender IS 'A short code, or up to 11 characters that are not all digits';
CREATE INDEX senders_by_customer ON sms.senders (customer_id, sender);
CREATE INDEX senders_by_campaign ON sms.senders (campaign_id);
CALL warp.protect('sms.senders');
CALL warp.track('sms.senders', 'sender', 'sender', 'customer_id', false);
CALL sms.announce('sms.senders');
GRANT SELECT ON sms.senders TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON sms.senders TO warp_operator;

-- One row a day (UTC, of acceptance) whose texts were taken out or whose messages left for the archive.
CREATE TABLE sms.past_days (
    day         date PRIMARY KEY,
    redacted_at timestamptz,
    archived_at timestamptz,
    messages    bigint,
    file        text NOT NULL DEFAULT ''
);
GRANT SELECT, INSERT, UPDATE ON sms.past_days TO warp_operator;

-- The days that have a partition of messages and end before `before`, oldest first.
CREATE FUNCTION sms.days_before(before timestamptz) RETURNS SETOF date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_date(right(child.relname, 8), 'YYYYMMDD') AS day
    FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'sms.messages'::regclass AND child.relname ~ '^messages_[0-9]{8}$'
      AND ((to_date(right(child.relname, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC') <= before
    ORDER BY 1
$$;
REVOKE ALL ON FUNCTION sms.days_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sms.days_before TO warp_operator;

-- Drops a day of messages that is in the archive, as past_days says. False: a message of that day still lives. All
-- messages are locked for a moment: it gives up after a second, and is asked again later.
CREATE FUNCTION sms.drop_day(gone date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    starts timestamptz := gone::timestamp AT TIME ZONE 'UTC';
    ends   timestamptz := (gone + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF NOT EXISTS (SELECT FROM sms.past_days WHERE day = gone AND archived_at IS NOT NULL) THEN
        RAISE EXCEPTION 'drop_day: % is not in the archive', gone USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF EXISTS (SELECT FROM sms.live WHERE accepted_at >= starts AND accepted_at < ends) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS sms.%I', 'messages_' || to_char(gone, 'YYYYMMDD'));
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION sms.drop_day FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sms.drop_day TO warp_operator;
