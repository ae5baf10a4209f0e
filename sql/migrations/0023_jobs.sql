-- Jobs: long work that the API accepts and a node does: imports, re-rating, simulation, archives on demand.
CREATE TABLE warp.jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    node text,
    beat_at timestamptz,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    request jsonb NOT NULL DEFAULT '{}',
    result jsonb NOT NULL DEFAULT '{}',
    error text NOT NULL DEFAULT '',
    created_by text NOT NULL DEFAULT coalesce(nullif(current_setting('warp.actor', true), ''), session_user),
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX jobs_to_do ON warp.jobs (kind, created_at) WHERE state IN ('waiting', 'running');

GRANT SELECT, INSERT, UPDATE ON warp.jobs TO warp_operator;
