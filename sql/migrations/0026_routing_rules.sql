-- Rules of routing: how a partition orders its routes, blocked, forced and exclusive routes, lists of numbers, and where
-- the calls of a number go one after another.
ALTER TABLE routing.partitions
    ADD COLUMN route_order text NOT NULL DEFAULT 'COST' CHECK (route_order IN ('COST', 'QUALITY', 'PERCENT', 'PRIORITY')),
    ADD COLUMN match_lrn boolean NOT NULL DEFAULT false,
    ADD COLUMN quality jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN minimum_margin_nanos bigint NOT NULL DEFAULT 0,
    ADD COLUMN minimum_margin_e9 bigint NOT NULL DEFAULT 0 CHECK (minimum_margin_e9 BETWEEN 0 AND 1000000000);
COMMENT ON COLUMN routing.partitions.quality IS
    '{"least_attempts", "min_asr_e9", "min_ner_e9", "min_acd_s", "max_pdd_ms", "max_short_e9", "weight": {…}}: below a floor a route goes to the end, not away';

ALTER TABLE routing.routes
    ALTER COLUMN provider_id DROP NOT NULL,
    ADD COLUMN action text NOT NULL DEFAULT 'OFFER' CHECK (action IN ('OFFER', 'BLOCK', 'FORCE')),
    ADD COLUMN percent smallint CHECK (percent BETWEEN 0 AND 100),
    ADD COLUMN ani_prefix text COLLATE "C" NOT NULL DEFAULT '' CHECK (ani_prefix ~ '^[0-9]{0,15}$'),
    ADD COLUMN schedule_id smallint NOT NULL DEFAULT 0,
    ADD COLUMN jurisdictions smallint NOT NULL DEFAULT 127 CHECK (jurisdictions BETWEEN 1 AND 127),
    ADD COLUMN customer_id uuid REFERENCES customers.accounts ON DELETE CASCADE,
    ADD CHECK (provider_id IS NOT NULL OR action = 'BLOCK'),
    DROP CONSTRAINT routes_partition_id_prefix_provider_id_key,
    ADD UNIQUE NULLS NOT DISTINCT (partition_id, prefix, provider_id, ani_prefix, schedule_id, jurisdictions,
        customer_id);
COMMENT ON COLUMN routing.routes.customer_id IS 'An exclusive route: of this customer alone';

CALL warp.protect('routing.routes');

CREATE TABLE routing.number_lists (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    blocks boolean NOT NULL DEFAULT true,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE routing.number_list_entries (
    list_id uuid NOT NULL REFERENCES routing.number_lists ON DELETE CASCADE,
    prefix text COLLATE "C" NOT NULL CHECK (prefix ~ '^[0-9]{1,15}$'),
    PRIMARY KEY (list_id, prefix)
);

CREATE TABLE routing.number_list_uses (
    list_id uuid NOT NULL REFERENCES routing.number_lists ON DELETE CASCADE,
    owner uuid NOT NULL,
    subject text NOT NULL CHECK (subject IN ('called', 'calling')),
    PRIMARY KEY (owner, list_id, subject)
);
COMMENT ON COLUMN routing.number_list_uses.owner IS 'A customer, trunk, provider or partition';

CREATE TABLE numbers.destinations (
    e164 text COLLATE "C" NOT NULL REFERENCES numbers.inventory ON DELETE CASCADE,
    customer_id uuid NOT NULL REFERENCES customers.accounts,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 10),
    kind text NOT NULL CHECK (kind IN ('trunk', 'number', 'uri')),
    target text NOT NULL CHECK (length(target) BETWEEN 1 AND 256),
    fires_on smallint NOT NULL DEFAULT 7 CHECK (fires_on BETWEEN 1 AND 7),
    ring_seconds smallint NOT NULL DEFAULT 0 CHECK (ring_seconds BETWEEN 0 AND 300),
    schedule_id smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (e164, position)
);

CALL warp.protect('numbers.destinations');
CALL warp.track('numbers.destinations', 'number_destination', 'e164', 'customer_id', true);
CALL warp.track('routing.number_lists', 'number_list', 'id', '', true);
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON routing.number_list_entries FOR EACH STATEMENT
    EXECUTE FUNCTION warp.notify_catalogue();
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON routing.number_list_uses FOR EACH STATEMENT
    EXECUTE FUNCTION warp.notify_catalogue();

GRANT SELECT, INSERT, UPDATE, DELETE ON numbers.destinations TO warp_daemon, warp_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON routing.number_lists, routing.number_list_entries, routing.number_list_uses
    TO warp_operator;
