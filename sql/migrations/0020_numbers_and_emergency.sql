-- Rules that translate numbers where a side's calls come in and go out; and where callers are when they call for
-- help.
CREATE TABLE routing.number_rules (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    trunk_id    uuid REFERENCES trunks.configurations ON DELETE CASCADE,
    provider_id uuid REFERENCES routing.providers ON DELETE CASCADE,
    stage       text NOT NULL CHECK (stage IN ('entry', 'exit')),
    subject     text NOT NULL CHECK (subject IN ('called', 'calling')),
    position    integer NOT NULL DEFAULT 100 CHECK (position BETWEEN 0 AND 65535),
    pattern     text NOT NULL CHECK (length(pattern) BETWEEN 1 AND 256),
    replacement text NOT NULL DEFAULT '' CHECK (length(replacement) <= 128),
    cases       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(cases) = 'array' AND pg_column_size(cases) <= 16384),
    enabled     boolean NOT NULL DEFAULT true,
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 1024),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(trunk_id, provider_id) = 1)
);
COMMENT ON COLUMN routing.number_rules.cases IS '[{"in": …, "out": …}]: what the rule must do; the API refuses one that does not';
CREATE INDEX number_rules_by_trunk ON routing.number_rules (trunk_id, stage, subject, position) WHERE trunk_id IS NOT NULL;
CREATE INDEX number_rules_by_provider ON routing.number_rules (provider_id, stage, subject, position)
    WHERE provider_id IS NOT NULL;
CALL warp.track('routing.number_rules', 'number_rule', 'id', '', true);
GRANT SELECT, INSERT, UPDATE, DELETE ON routing.number_rules TO warp_operator;

CREATE TABLE numbers.emergency_locations (
    e164          text COLLATE "C" PRIMARY KEY REFERENCES numbers.inventory ON DELETE CASCADE,
    customer_id   uuid NOT NULL REFERENCES customers.accounts,
    civic         jsonb NOT NULL CHECK (jsonb_typeof(civic) = 'object' AND civic ? 'country'
                                        AND pg_column_size(civic) <= 8192),
    callback_name text NOT NULL DEFAULT '' CHECK (length(callback_name) <= 128),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN numbers.emergency_locations.civic IS 'Elements of RFC 5139 by name: country, A1, A3, RD, STS, HNO, LOC, PC, …';
CREATE INDEX emergency_locations_by_customer ON numbers.emergency_locations (customer_id);
CALL warp.protect('numbers.emergency_locations');
CALL warp.track('numbers.emergency_locations', 'emergency_location', 'e164', 'customer_id', true);
GRANT SELECT, INSERT, UPDATE, DELETE ON numbers.emergency_locations TO warp_daemon, warp_operator;

-- A number that changes hands takes nobody's address with it. As whoever changes the number: it sees those rows.
CREATE FUNCTION numbers.forget_location() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM numbers.emergency_locations WHERE e164 = OLD.e164;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_location AFTER UPDATE ON numbers.inventory FOR EACH ROW
    WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id OR (NEW.status = 'released' AND OLD.status <> 'released'))
    EXECUTE FUNCTION numbers.forget_location();
