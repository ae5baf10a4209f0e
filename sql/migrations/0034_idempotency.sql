-- What a request with an Idempotency-Key was answered: written in the transaction that did what it asked for, so that there
-- is an answer exactly when it was done. While the first runs it holds the advisory lock of its key.
CREATE TABLE warp.idempotency_keys (
    customer_id uuid,
    caller      text NOT NULL,
    endpoint    text NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    digest      bytea NOT NULL CHECK (octet_length(digest) = 32),
    status      smallint NOT NULL,
    reply       jsonb NOT NULL,
    request_id  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (customer_id, caller, endpoint, key)
);
COMMENT ON COLUMN warp.idempotency_keys.caller IS 'A customer''s: empty, since all of its credentials share keys; an operator''s: the actor';
COMMENT ON COLUMN warp.idempotency_keys.endpoint IS 'Method and path of the request, so that one key serves another object anew';
CREATE INDEX idempotency_keys_by_age ON warp.idempotency_keys (created_at);

-- 'new' (and this transaction now holds the key), 'busy', 'reused' (the body was another), or 'replay' with the answer.
CREATE FUNCTION warp.begin_idempotent(customer uuid, who text, target text, wanted text, body bytea)
RETURNS TABLE (state text, status smallint, reply jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE known warp.idempotency_keys;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(1), coalesce(customer::text, '-'), who, target,
        wanted), 31)) THEN
        RETURN QUERY SELECT 'busy'::text, NULL::smallint, NULL::jsonb;
        RETURN;
    END IF;
    SELECT * INTO known FROM warp.idempotency_keys k WHERE k.customer_id IS NOT DISTINCT FROM customer
        AND k.caller = who AND k.endpoint = target AND k.key = wanted;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'new'::text, NULL::smallint, NULL::jsonb;
    ELSIF known.digest <> body THEN
        RETURN QUERY SELECT 'reused'::text, NULL::smallint, NULL::jsonb;
    ELSE
        RETURN QUERY SELECT 'replay'::text, known.status, known.reply;
    END IF;
END
$$;

-- Answers older than `age`. Rows gone.
CREATE FUNCTION warp.purge_idempotency(age interval) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM warp.idempotency_keys k WHERE k.created_at < now() - greatest(age, interval '24 hours');
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

CALL warp.protect('warp.idempotency_keys');
GRANT SELECT, INSERT ON warp.idempotency_keys TO warp_daemon;
GRANT SELECT, INSERT, DELETE ON warp.idempotency_keys TO warp_operator;
REVOKE ALL ON FUNCTION warp.begin_idempotent, warp.purge_idempotency FROM PUBLIC;
GRANT EXECUTE ON FUNCTION warp.begin_idempotent TO warp_daemon, warp_operator;
GRANT EXECUTE ON FUNCTION warp.purge_idempotency TO warp_operator;
