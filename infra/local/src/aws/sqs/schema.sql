CREATE TABLE IF NOT EXISTS messages (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival
    queue             TEXT NOT NULL,
    id                TEXT NOT NULL,
    body              TEXT NOT NULL,
    attributes        TEXT NOT NULL,                     -- JSON
    sender            TEXT NOT NULL,
    trace_header      TEXT,
    group_id          TEXT,
    deduplication_id  TEXT,
    source_arn        TEXT,                              -- the queue that this one is the dead-letter queue of
    sent_ms           INTEGER NOT NULL,
    expires_ms        INTEGER NOT NULL,
    visible_ms        INTEGER NOT NULL,                  -- delayed, or in flight, until then
    receipt           TEXT,                              -- of the last receive; null before the first
    receive_count     INTEGER NOT NULL DEFAULT 0,
    first_received_ms INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_id ON messages (queue, id);
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue, seq);
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, group_id, visible_ms);
CREATE TABLE IF NOT EXISTS deduplication (
    queue      TEXT NOT NULL,
    scope      TEXT NOT NULL,                            -- the group, or empty for the whole queue
    id         TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (queue, scope, id)
) WITHOUT ROWID;
