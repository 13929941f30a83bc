//! Keeps the state on disk: written whole beside the old one and moved over it, so that a crash leaves one or the other.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::State;

const FILE: &str = "simulator.json";

/// Where a state is kept.
pub(crate) struct Snapshot {
    file: PathBuf,
}

impl Snapshot {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self { file: folder.join(FILE) })
    }

    /// What was kept; a fresh state when there is nothing yet.
    pub(crate) fn load(&self) -> Result<State> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!("{} is not a state of the simulator; remove it to start afresh", self.file.display())
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.file.display())),
        }
    }

    pub(crate) fn encode(state: &State) -> Result<Vec<u8>> {
        serde_json::to_vec(state).context("cannot encode the simulator's state")
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        let fresh = self.file.with_extension("json.new");
        fs::write(&fresh, bytes).with_context(|| format!("cannot write {}", fresh.display()))?;
        fs::rename(&fresh, &self.file).with_context(|| format!("cannot replace {}", self.file.display()))
    }
}
