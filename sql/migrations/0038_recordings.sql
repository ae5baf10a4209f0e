-- Recordings of calls: what is known of each; the files lie on the node that made them.
CREATE TABLE records.recordings (
    id             uuid PRIMARY KEY,
    customer_id    uuid NOT NULL,
    call_id        uuid NOT NULL,
    record_id      uuid,
    trunk_id       uuid,
    node           text NOT NULL CHECK (length(node) BETWEEN 1 AND 128),
    form           text NOT NULL CHECK (form IN ('wav', 'wav_stereo', 'pcap')),
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    cause          text CHECK (cause IN ('call_ended', 'asked', 'quota', 'disk_failed', 'process_killed')),
    file           text NOT NULL DEFAULT '',
    octets         bigint NOT NULL DEFAULT 0,
    length_ms      bigint NOT NULL DEFAULT 0,
    packets_lost   bigint NOT NULL DEFAULT 0,
    encrypted      boolean NOT NULL DEFAULT false,
    sha256         text NOT NULL DEFAULT '' CHECK (length(sha256) IN (0, 64)),
    uploaded_at    timestamptz,
    upload_tries   integer NOT NULL DEFAULT 0,
    upload_next_at timestamptz NOT NULL DEFAULT now(),
    upload_error   text NOT NULL DEFAULT '',
    expires_at     timestamptz,
    deleted_at     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((ended_at IS NULL) = (cause IS NULL))
);
COMMENT ON COLUMN records.recordings.customer_id IS 'No reference: like call records, recordings outlive who they are of';
COMMENT ON COLUMN records.recordings.file IS 'Below recordings.folder of the node; empty: there is none (yet, any more)';
CREATE INDEX recordings_by_customer ON records.recordings (customer_id, started_at DESC, id DESC);
CREATE INDEX recordings_by_time ON records.recordings (started_at DESC, id DESC);
CREATE INDEX recordings_by_call ON records.recordings (call_id);
-- What the node that holds the files has to do with them.
CREATE INDEX recordings_to_upload ON records.recordings (node, upload_next_at)
    WHERE file <> '' AND ended_at IS NOT NULL AND uploaded_at IS NULL AND deleted_at IS NULL;
CREATE INDEX recordings_to_remove ON records.recordings (node, deleted_at) WHERE file <> '' AND deleted_at IS NOT NULL;
CREATE INDEX recordings_to_expire ON records.recordings (node, expires_at)
    WHERE deleted_at IS NULL AND expires_at IS NOT NULL;

CALL warp.protect('records.recordings');
CREATE TRIGGER touch BEFORE UPDATE ON records.recordings FOR EACH ROW EXECUTE FUNCTION warp.touch();
-- A customer takes his own away, and changes nothing else.
GRANT SELECT, UPDATE (deleted_at) ON records.recordings TO warp_daemon;
GRANT SELECT, INSERT, UPDATE ON records.recordings TO warp_operator;
