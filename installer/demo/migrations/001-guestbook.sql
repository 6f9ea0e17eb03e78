CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    written TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    who TEXT NOT NULL,
    said TEXT NOT NULL
);
