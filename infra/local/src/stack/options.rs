//! What a stack is started with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::workspace::Workspace;

/// The choices of whoever starts a stack. [`Options::new`] gives the usual ones.
#[derive(Clone, Debug)]
pub struct Options {
    pub template: PathBuf,
    /// Folder with the functions' binaries.
    pub binaries: PathBuf,
    /// Folder that keeps the state over restarts; without one the state goes with the stack.
    pub data: Option<PathBuf>,
    /// Port of the HTTP API on loopback; 0 takes any free one.
    pub port: u16,
    /// Graph API to call in place of the simulator.
    pub graph_url: Option<String>,
    /// How many times faster the simulator's windows and the schedules run.
    pub speed: u32,
    /// Divides the waits after a failure: what is left of a visibility timeout once an invocation has failed, the pauses
    /// before a stream batch, a scheduled run or a webhook is repeated. Timeouts of functions stay as they are.
    pub time_scale: u32,
    /// Values for the template's parameters, over their defaults.
    pub parameters: BTreeMap<String, String>,
    /// How many processes a function may have, unless the template reserves a number.
    pub concurrency: usize,
    /// Whether event source mappings work.
    pub poll: bool,
    /// Whether schedules fire by themselves.
    pub schedules: bool,
    /// Whether to connect the simulator's webhook and its number as a channel.
    pub seed: bool,
    /// Whether an empty wallet is given something to start with.
    pub credits: bool,
    /// Whether to show on stderr what the functions write.
    pub print_output: bool,
}

impl Options {
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            template: workspace.template(),
            binaries: workspace.binaries.clone(),
            data: None,
            port: 0,
            graph_url: None,
            speed: 1,
            time_scale: 1,
            parameters: BTreeMap::new(),
            concurrency: 4,
            poll: true,
            schedules: true,
            seed: true,
            credits: true,
            print_output: true,
        }
    }
}
