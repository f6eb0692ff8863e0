-- The audit log: appended to, never changed. Every column is covered by the chain in row_hash.
CREATE TABLE audit (
    seq           INTEGER PRIMARY KEY,
    ts_us         INTEGER NOT NULL,  -- microseconds since the epoch
    row_type      TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    resource      TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    actor_version TEXT    NOT NULL,
    actor_hash    TEXT    NOT NULL,
    session_id    TEXT    NOT NULL,
    turn_id       TEXT    NOT NULL,
    call_id       TEXT    NOT NULL,
    host_call_id  TEXT    NOT NULL,
    decision      TEXT    NOT NULL,
    decided_by    TEXT    NOT NULL,
    rule          TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    about_seq     INTEGER NOT NULL,  -- for an outcome row, the decision it belongs to; else 0
    body_sha256   TEXT    NOT NULL,
    body_bytes    INTEGER NOT NULL,
    duration_us   INTEGER NOT NULL,
    detail        TEXT    NOT NULL,
    row_hash      BLOB    NOT NULL   -- HMAC-SHA256 over the previous row_hash and all columns above
);

-- A page shows the rows that are no outcomes, each with its outcome.
-- Each index makes every append dearer: there are only those without which a screen would wait.
CREATE INDEX audit_outcome ON audit (about_seq) WHERE about_seq > 0;
CREATE INDEX audit_told ON audit (about_seq) WHERE about_seq > 0 AND (outcome <> 'ok' OR detail <> '');
CREATE INDEX audit_actor ON audit (actor) WHERE about_seq = 0;
CREATE INDEX audit_session ON audit (session_id) WHERE about_seq = 0 AND session_id <> '';
CREATE INDEX audit_call ON audit (call_id) WHERE about_seq = 0 AND call_id <> '';
CREATE INDEX audit_denied ON audit (seq) WHERE about_seq = 0 AND decision = 'deny';
