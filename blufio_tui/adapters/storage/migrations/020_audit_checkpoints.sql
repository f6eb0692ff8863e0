-- Signed checkpoints of the audit log, and what makes a proof of one of its rows cheap.
CREATE TABLE audit_checkpoint (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    rows     INTEGER NOT NULL,  -- how many rows of the log it covers
    peaks    BLOB NOT NULL,     -- the complete trees that its Merkle tree is made of, for extending it
    envelope TEXT NOT NULL      -- the signed statement, as JSON
) STRICT;

CREATE INDEX audit_checkpoint_rows ON audit_checkpoint (rows);

-- The hash over 256 rows each: number 0 covers rows 1 to 256.
CREATE TABLE audit_block (number INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
