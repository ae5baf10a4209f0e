-- Messages that are carried whole (MMS, RCS) and their attachments.
ALTER TABLE sms.messages ADD COLUMN kind text NOT NULL DEFAULT 'sms', ADD COLUMN rich jsonb;
COMMENT ON COLUMN sms.messages.kind IS 'How it is carried; one that fell back is an sms whose rich stays';
COMMENT ON COLUMN sms.messages.rich IS 'Subject, attachments and fall-back of MMS and RCS; NULL: none';
ALTER TABLE records.mdrs ADD COLUMN kind text NOT NULL DEFAULT 'sms', ADD COLUMN rich jsonb;

-- Attachments, each a customer's. Kept until keep_until, which grows when a message takes them along.
CREATE TABLE sms.media (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL REFERENCES customers.accounts,
    content_type text NOT NULL CHECK (content_type ~ '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$'),
    name         text NOT NULL DEFAULT '' CHECK (length(name) <= 255),
    octets       bytea NOT NULL CHECK (octet_length(octets) BETWEEN 1 AND 104857600),
    sha256       bytea NOT NULL GENERATED ALWAYS AS (sha256(octets)) STORED,
    created_at   timestamptz NOT NULL DEFAULT now(),
    keep_until   timestamptz NOT NULL
);
-- Pictures and films are compressed already.
ALTER TABLE sms.media ALTER COLUMN octets SET STORAGE EXTERNAL;
CREATE INDEX media_by_customer ON sms.media (customer_id, created_at DESC);
CREATE INDEX media_by_end ON sms.media (keep_until);
CALL warp.protect('sms.media');
GRANT SELECT, INSERT ON sms.media TO warp_daemon;
GRANT UPDATE (keep_until) ON sms.media TO warp_daemon;
GRANT SELECT, INSERT, UPDATE, DELETE ON sms.media TO warp_operator;
