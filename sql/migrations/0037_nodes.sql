-- The nodes and what is wanted of them; what each carries is in Redis.
CREATE TABLE warp.nodes (
    name       text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 128),
    host       text NOT NULL DEFAULT '',
    version    text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at    timestamptz NOT NULL DEFAULT now(),
    draining   boolean NOT NULL DEFAULT false,
    calls      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION warp.notify_node() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('warp_nodes', NEW.name);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify AFTER UPDATE OF draining ON warp.nodes FOR EACH ROW EXECUTE FUNCTION warp.notify_node();
-- Its beat is no change that anybody is to answer for.
CREATE TRIGGER audit AFTER UPDATE OF draining ON warp.nodes FOR EACH ROW
    WHEN (OLD.draining IS DISTINCT FROM NEW.draining) EXECUTE FUNCTION audit.track('node', 'name', '', 'beat_at',
    'calls');

GRANT SELECT, INSERT, UPDATE, DELETE ON warp.nodes TO warp_operator;
