-- A record has the number of the row of the audit log that names it. One that no row names was never replayed.
UPDATE OR IGNORE call_record SET id = -(
    SELECT max(seq) FROM audit
    WHERE about_seq = 0 AND audit.call_id = call_record.call_id AND audit.call_id <> '' AND kind = 'record'
        AND outcome = 'ok' AND body_bytes = call_record.bytes
) WHERE EXISTS (
    SELECT 1 FROM audit
    WHERE about_seq = 0 AND audit.call_id = call_record.call_id AND audit.call_id <> '' AND kind = 'record'
        AND outcome = 'ok' AND body_bytes = call_record.bytes
);
DELETE FROM call_record WHERE id > 0;
UPDATE call_record SET id = -id;

-- Checkpoints are sealed with the key of the log, each with the one before. Those there were are made anew.
DROP TABLE audit_checkpoint;
DELETE FROM audit_block;
CREATE TABLE audit_checkpoint (
    id       INTEGER PRIMARY KEY,  -- from 1, without gaps
    rows     INTEGER NOT NULL,     -- how many rows of the log it covers
    peaks    BLOB NOT NULL,        -- the complete trees that its Merkle tree is made of, for extending it
    envelope TEXT NOT NULL,        -- the signed statement, as JSON
    seal     BLOB NOT NULL         -- HMAC-SHA256 over the seal of the one before and all columns above
) STRICT;

-- The indexes of the log as they are checked from now on; the first databases had others.
DROP INDEX IF EXISTS audit_kind;
DROP INDEX IF EXISTS audit_decision;
DROP INDEX IF EXISTS audit_time;
DROP INDEX IF EXISTS audit_outcome;
DROP INDEX IF EXISTS audit_told;
DROP INDEX IF EXISTS audit_actor;
DROP INDEX IF EXISTS audit_session;
DROP INDEX IF EXISTS audit_call;
DROP INDEX IF EXISTS audit_denied;
CREATE INDEX audit_outcome ON audit (about_seq) WHERE about_seq > 0;
CREATE INDEX audit_told ON audit (about_seq) WHERE about_seq > 0 AND (outcome <> 'ok' OR detail <> '');
CREATE INDEX audit_actor ON audit (actor) WHERE about_seq = 0;
CREATE INDEX audit_session ON audit (session_id) WHERE about_seq = 0 AND session_id <> '';
CREATE INDEX audit_call ON audit (call_id) WHERE about_seq = 0 AND call_id <> '';
CREATE INDEX audit_denied ON audit (seq) WHERE about_seq = 0 AND decision = 'deny';
