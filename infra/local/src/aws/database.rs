//! Opens the SQLite files that the embedded services keep their state in, all in the same way.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

/// What the state must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// Any end of the process, `kill -9` included. A power cut may cost the last moments.
    Kept,
    /// Nothing: the folder goes with the process.
    Scratch,
}

/// Opens or creates the file with write-ahead logging, so that a reader never waits for a writer.
pub(super) fn open(path: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Kept => "NORMAL",
        Durability::Scratch => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    Ok(connection)
}
