-- How a turn ended whose last message this is, where it did not end well: 'interrupted', 'error', … and the error's words.
ALTER TABLE messages ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN end_error TEXT NOT NULL DEFAULT '';
