-- How long each request took, for the trace of a reopened session; 0 where that was not written down yet.
ALTER TABLE model_requests ADD COLUMN duration_ms REAL NOT NULL DEFAULT 0;
