-- What calls of skills got from outside, where the person wants that recorded; each is bound to a row of the audit
-- log by its digest.
CREATE TABLE call_record (
    id            INTEGER PRIMARY KEY,
    call_id       TEXT    NOT NULL,
    session_id    TEXT    NOT NULL,
    skill         TEXT    NOT NULL,
    content_hash  TEXT    NOT NULL,
    module_sha256 TEXT    NOT NULL,  -- of recorded_module; '' for a script, whose source is in the record
    created       REAL    NOT NULL,
    bytes         INTEGER NOT NULL,
    body          BLOB    NOT NULL
) STRICT;
CREATE INDEX call_record_call ON call_record (call_id);
CREATE INDEX call_record_skill ON call_record (skill, content_hash);

-- The modules that recorded calls ran, each kept once.
CREATE TABLE recorded_module (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- A session that is deleted takes what its calls read with it.
CREATE TRIGGER session_takes_its_records AFTER DELETE ON sessions BEGIN
    DELETE FROM call_record WHERE session_id = old.session_id;
END;
