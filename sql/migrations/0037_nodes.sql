-- The nodes, what is wanted of them, and what each says of itself every few seconds.
CREATE TABLE warp.nodes (
    name       text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 128),
    host       text NOT NULL DEFAULT '',
    version    text NOT NULL DEFAULT '',
    phase      text NOT NULL DEFAULT 'starting' CHECK (phase IN ('starting', 'ready', 'draining', 'gone')),
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
-- Each node hears of another that has come, goes or is ready; and of what is wanted of itself.
CREATE TRIGGER notify AFTER UPDATE ON warp.nodes FOR EACH ROW
    WHEN (OLD.draining IS DISTINCT FROM NEW.draining OR OLD.phase IS DISTINCT FROM NEW.phase)
    EXECUTE FUNCTION warp.notify_node();
CREATE TRIGGER notify_new AFTER INSERT ON warp.nodes FOR EACH ROW EXECUTE FUNCTION warp.notify_node();
-- Its beat is no change that anybody is to answer for.
CREATE TRIGGER audit AFTER UPDATE OF draining ON warp.nodes FOR EACH ROW
    WHEN (OLD.draining IS DISTINCT FROM NEW.draining) EXECUTE FUNCTION audit.track('node', 'name', '', 'beat_at',
    'calls', 'phase');

GRANT SELECT, INSERT, UPDATE, DELETE ON warp.nodes TO warp_operator;
