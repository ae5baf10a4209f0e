-- Rate plans and their decks. Money is an integer of nano-units (1e-9) of the plan's currency.
CREATE TABLE billing.rate_plans (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name             text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    description      text NOT NULL DEFAULT '',
    kind             text NOT NULL CHECK (kind IN ('CUSTOMER', 'VENDOR')),
    currency         char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    rounding         text NOT NULL DEFAULT 'HALF_UP' CHECK (rounding IN ('HALF_UP', 'HALF_EVEN', 'UP', 'DOWN')),
    decimals         smallint NOT NULL DEFAULT 6 CHECK (decimals BETWEEN 0 AND 9),
    allow_below_cost boolean NOT NULL DEFAULT false,
    version          bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    deck_id          bigint,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN billing.rate_plans.version IS 'Grows with every published change: one version is one set of lines';
COMMENT ON COLUMN billing.rate_plans.deck_id IS 'The deck in force; moved in one statement with the version, so that a publish is atomic';

-- One imported set of lines. A plan keeps earlier decks until they are purged, so that it can go back.
CREATE TABLE billing.rate_decks (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rate_plan_id uuid NOT NULL REFERENCES billing.rate_plans ON DELETE CASCADE,
    source       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (rate_plan_id, id)
);
ALTER TABLE billing.rate_plans ADD CONSTRAINT rate_plans_deck_fk
    FOREIGN KEY (id, deck_id) REFERENCES billing.rate_decks (rate_plan_id, id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE billing.rates (
    deck_id           bigint NOT NULL,
    prefix            text COLLATE "C" NOT NULL CHECK (prefix ~ '^[0-9]{0,15}$'),
    effective_from    timestamptz NOT NULL DEFAULT 'epoch',
    effective_to      timestamptz,
    per_minute_nanos  bigint NOT NULL CHECK (per_minute_nanos >= 0),
    setup_fee_nanos   bigint NOT NULL DEFAULT 0 CHECK (setup_fee_nanos >= 0),
    initial_increment integer NOT NULL DEFAULT 1 CHECK (initial_increment > 0),
    increment         integer NOT NULL DEFAULT 1 CHECK (increment > 0),
    minimum_seconds   integer NOT NULL DEFAULT 0 CHECK (minimum_seconds >= 0),
    PRIMARY KEY (deck_id, prefix, effective_from),
    CHECK (effective_to IS NULL OR effective_to > effective_from)
);
-- No foreign key: a million lines would be a million look-ups of one row. A deck takes its lines with it.
CREATE FUNCTION billing.drop_deck_rates() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM billing.rates WHERE deck_id IN (SELECT id FROM gone);
    RETURN NULL;
END
$$;
CREATE TRIGGER drop_rates AFTER DELETE ON billing.rate_decks REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION billing.drop_deck_rates();

CALL warp.track('billing.rate_plans', 'rate_plan', 'id', '', true);
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.rate_plans, billing.rate_decks, billing.rates TO warp_operator;
