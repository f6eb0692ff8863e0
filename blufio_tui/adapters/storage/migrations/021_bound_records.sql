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
