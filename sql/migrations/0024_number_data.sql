-- Where numbers are: blocks of the North American plan, prefixes of the rest of the world, local calling areas; and
-- what a trunk has looked up about its numbers.
CREATE TABLE numbers.blocks (
    npanxx integer NOT NULL CHECK (npanxx BETWEEN 200000 AND 999999),
    block smallint NOT NULL CHECK (block BETWEEN 0 AND 10),
    state char(2) NOT NULL DEFAULT '  ',
    lata smallint NOT NULL DEFAULT 0,
    ocn text NOT NULL DEFAULT '',
    rate_centre text NOT NULL DEFAULT '',
    kind text NOT NULL DEFAULT 'UNKNOWN',
    PRIMARY KEY (npanxx, block)
);
COMMENT ON COLUMN numbers.blocks.block IS '10: who holds the whole NPANXX (LERG block_id A)';

CREATE TABLE numbers.countries (
    prefix text COLLATE "C" PRIMARY KEY CHECK (prefix ~ '^[0-9]{1,15}$'),
    country char(2) NOT NULL,
    kind text NOT NULL DEFAULT 'UNKNOWN'
);

-- "STATE/CENTRE"; both ways
CREATE TABLE numbers.local_areas (
    rate_centre text NOT NULL,
    also text NOT NULL,
    PRIMARY KEY (rate_centre, also)
);

CREATE TABLE numbers.data_sets (
    name text PRIMARY KEY CHECK (name IN ('blocks', 'countries', 'local_areas')),
    version bigint NOT NULL DEFAULT 0,
    source text NOT NULL DEFAULT '',
    synthetic boolean NOT NULL DEFAULT false,
    rows bigint NOT NULL DEFAULT 0,
    loaded_at timestamptz
);
INSERT INTO numbers.data_sets (name) VALUES ('blocks'), ('countries'), ('local_areas');

-- Blocks as they come from a service, area code by area code, until all are there: what was fetched survives a
-- restart, and nobody reads half of it.
CREATE TABLE numbers.staged_blocks (LIKE numbers.blocks INCLUDING ALL);
CREATE TABLE numbers.staged_npas (
    npa smallint PRIMARY KEY CHECK (npa BETWEEN 200 AND 999),
    rows bigint NOT NULL,
    staged_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER notify AFTER UPDATE ON numbers.data_sets FOR EACH STATEMENT EXECUTE FUNCTION warp.notify_catalogue();

ALTER TABLE trunks.configurations
    ADD COLUMN lookups text[] NOT NULL DEFAULT '{}' CHECK (lookups <@ '{ani_lrn,dni_lrn,cnam,dno,toll_free}'),
    ADD COLUMN lookup_absent text NOT NULL DEFAULT 'CONTINUE' CHECK (lookup_absent IN ('CONTINUE', 'REFUSE'));

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON numbers.blocks, numbers.countries, numbers.local_areas,
    numbers.staged_blocks, numbers.staged_npas TO warp_operator;
GRANT SELECT, UPDATE ON numbers.data_sets TO warp_operator;
