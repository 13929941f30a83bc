//! Functions that begin no batch until somebody lets them: what is under way elsewhere can then be told apart from what
//! follows from it, however slow the machine.
use std::collections::BTreeMap;

use tokio::sync::watch;

/// How often each function is held, by its logical id.
#[derive(Clone)]
pub struct Holds(watch::Sender<BTreeMap<String, usize>>);

/// Holds a function for as long as this lives.
#[must_use = "the function goes on when this is dropped"]
pub struct Hold {
    holds: Holds,
    function: String,
}

impl Default for Holds {
    fn default() -> Self {
        Self(watch::Sender::new(BTreeMap::new()))
    }
}

impl Holds {
    /// Batches that were begun go on.
    pub fn hold(&self, function: &str) -> Hold {
        self.0.send_modify(|held| *held.entry(function.to_owned()).or_default() += 1);
        Hold { holds: self.clone(), function: function.to_owned() }
    }

    pub fn is_held(&self, function: &str) -> bool {
        self.0.borrow().contains_key(function)
    }

    /// Ends when nobody holds the function.
    pub(super) async fn free(&self, function: &str) {
        let mut held = self.0.subscribe();
        let is_free = |held: &BTreeMap<String, usize>| !held.contains_key(function);
        if held.wait_for(is_free).await.is_err() {
            tracing::debug!("nobody holds anything any more");
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holds.0.send_modify(|held| {
            if let Some(count) = held.get_mut(&self.function) {
                *count -= 1;
            }
            held.retain(|_, count| *count > 0);
        });
    }
}
