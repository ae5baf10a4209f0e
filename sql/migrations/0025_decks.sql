-- Decks: lines by jurisdiction and schedule, their fees; what a plan makes of them; currencies; imports.
CREATE TABLE billing.rate_schedules (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    zone text NOT NULL,
    windows jsonb NOT NULL,
    holidays date[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE billing.fx_rates (
    base char(3) NOT NULL,
    quote char(3) NOT NULL CHECK (quote <> base),
    effective_from timestamptz NOT NULL,
    rate_pico bigint NOT NULL CHECK (rate_pico > 0),
    source text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (base, quote, effective_from)
);

ALTER TABLE billing.rates
    ADD COLUMN jurisdictions smallint NOT NULL DEFAULT 127 CHECK (jurisdictions BETWEEN 1 AND 127),
    ADD COLUMN schedule_id smallint NOT NULL DEFAULT 0,
    ADD COLUMN attempt_fee_nanos bigint NOT NULL DEFAULT 0 CHECK (attempt_fee_nanos >= 0),
    ADD COLUMN surcharge_nanos bigint NOT NULL DEFAULT 0 CHECK (surcharge_nanos >= 0),
    ADD COLUMN free_seconds integer NOT NULL DEFAULT 0 CHECK (free_seconds >= 0),
    ADD COLUMN blocked boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT rates_pkey,
    ADD PRIMARY KEY (deck_id, prefix, effective_from, jurisdictions, schedule_id);

ALTER TABLE billing.rate_plans
    ADD COLUMN unknown_as text DEFAULT 'INTERSTATE'
        CHECK (unknown_as IN ('LOCAL', 'INTRALATA', 'INTRASTATE', 'INTERSTATE', 'UNKNOWN')),
    ADD COLUMN match_lrn boolean NOT NULL DEFAULT false,
    ADD COLUMN toll_free_by text NOT NULL DEFAULT 'DIALLED' CHECK (toll_free_by IN ('DIALLED', 'ORIGIN')),
    ADD COLUMN minimum_margin_nanos bigint NOT NULL DEFAULT 0,
    ADD COLUMN minimum_margin_e9 bigint NOT NULL DEFAULT 0 CHECK (minimum_margin_e9 BETWEEN 0 AND 1000000000),
    ADD COLUMN cloned_from uuid REFERENCES billing.rate_plans ON DELETE SET NULL;

-- Decks that have been in force; not: loaded for an import that nobody published, or rolled back.
ALTER TABLE billing.rate_decks ADD COLUMN published boolean NOT NULL DEFAULT true;

-- How the columns of a carrier's files become those of a deck, by name.
CREATE TABLE billing.deck_mappings (
    name text PRIMARY KEY,
    mapping jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE billing.deck_imports (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    rate_plan_id uuid NOT NULL REFERENCES billing.rate_plans ON DELETE CASCADE,
    deck_id bigint,
    base_version bigint NOT NULL,
    source text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'loading'
        CHECK (state IN ('loading', 'ready', 'scheduled', 'published', 'rolled_back', 'refused', 'discarded')),
    mode text NOT NULL DEFAULT 'REPLACE' CHECK (mode IN ('REPLACE', 'MERGE')),
    mapping jsonb NOT NULL DEFAULT '{}',
    job_id uuid REFERENCES warp.jobs ON DELETE SET NULL,
    octets bigint NOT NULL DEFAULT 0,
    lines bigint NOT NULL DEFAULT 0,
    diff jsonb NOT NULL DEFAULT '{}',
    errors jsonb NOT NULL DEFAULT '[]',
    effective_at timestamptz,
    created_by text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (rate_plan_id, deck_id) REFERENCES billing.rate_decks (rate_plan_id, id)
        ON DELETE SET NULL (deck_id)
);
COMMENT ON COLUMN billing.deck_imports.diff IS
    '{"new": n, "up": n, "down": n, "changed": n, "same": n, "closed": n, "samples": {…}, "means": {…}, '
    '"margin_alarms": {…}}, against the deck in force when it was loaded';
CREATE INDEX deck_imports_by_plan ON billing.deck_imports (rate_plan_id, created_at DESC);

CALL warp.track('billing.rate_schedules', 'rate_schedule', 'id', '', true);
CALL warp.track('billing.fx_rates', 'fx_rate', 'base', '', true);
CALL warp.track('billing.deck_mappings', 'deck_mapping', 'name', '', false);
CALL warp.track('billing.deck_imports', 'deck_import', 'id', '', false, '{diff,errors,octets,lines}');
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.rate_schedules, billing.fx_rates, billing.deck_mappings,
    billing.deck_imports TO warp_operator;
