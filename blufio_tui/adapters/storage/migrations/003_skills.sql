-- Installed skills. The manifest kept here is the one that was approved; the folder's copy is only checked against it.
CREATE TABLE skill (
    name TEXT PRIMARY KEY,
    tool_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    version TEXT NOT NULL,
    description TEXT NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    folder TEXT NOT NULL,
    manifest TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    allowed_tools TEXT,
    content_hash TEXT NOT NULL,
    module_sha256 TEXT NOT NULL,
    files TEXT NOT NULL,
    stamp TEXT NOT NULL,
    publisher TEXT NOT NULL,
    status TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    source TEXT NOT NULL,
    installed REAL NOT NULL,
    updated REAL NOT NULL
) STRICT;

-- Bundled skills are not installed; this only remembers which of them are switched off.
CREATE TABLE disabled_bundled_skill (name TEXT PRIMARY KEY) STRICT;

-- Keys that signed a skill once: trust on first use.
CREATE TABLE publisher (
    fingerprint TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    first_seen REAL NOT NULL
) STRICT;

-- Rises with every change, so that a reader knows whether what it holds is still current.
CREATE TABLE skill_generation (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO skill_generation VALUES (1, 0);
