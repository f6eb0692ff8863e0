-- Which call of `task` a request was made for, so that the trace of a reopened session nests it; '' for the agent's own.
ALTER TABLE model_requests ADD COLUMN parent_call_id TEXT NOT NULL DEFAULT '';
