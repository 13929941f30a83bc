//! What all parts share: configuration, the state behind its lock, and the signals by which tasks learn of changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::config::Config;
use crate::state::State;
use crate::state::deliveries::Update;
use crate::state::snapshot::Snapshot;
use crate::webhook::deliver::{self, Poster};
use crate::webhook::payload::Shape;

/// How often a changed state goes to disk at most.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) poster: Poster,
    /// Where this simulator listens.
    pub(crate) base_url: String,
    state: Mutex<State>,
    snapshot: Option<Snapshot>,
    /// Counts changes of the state.
    changed: watch::Sender<u64>,
    /// Counts changes that may let a waiting delivery leave.
    gate: watch::Sender<u64>,
    stopped: watch::Sender<bool>,
}

impl Core {
    pub(crate) fn new(config: Config, state: State, snapshot: Option<Snapshot>, base_url: String) -> Self {
        let (changed, gate, stopped) = (watch::Sender::new(0), watch::Sender::new(0), watch::Sender::new(false));
        Self { poster: Poster::new(), config, base_url, state: Mutex::new(state), snapshot, changed, gate, stopped }
    }

    /// Looks at the state.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state as one step.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Like `write`, and lets waiting deliveries look whether they may leave now.
    pub(crate) fn open_gate<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = self.write(change);
        self.gate.send_modify(|count| *count += 1);
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half done here that would be worse than no simulator at all.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts updates on their way as one body; the delivery runs by itself from here.
    pub(crate) fn send_webhook(
        self: &Arc<Self>,
        state: &mut State,
        updates: Vec<Update>,
        due_ms: i64,
        shape: Shape,
    ) -> u64 {
        let id = state.enqueue(updates, due_ms, shape);
        deliver::start(self, id);
        id
    }

    pub(crate) fn gate(&self) -> watch::Receiver<u64> {
        self.gate.subscribe()
    }

    pub(crate) fn app_secret(&self) -> String {
        self.read(|state| state.app_secret.clone()).unwrap_or_else(|| self.config.app_secret.clone())
    }

    pub(crate) fn access_token(&self) -> String {
        self.read(|state| state.access_token.clone()).unwrap_or_else(|| self.config.access_token.clone())
    }

    /// Waits until the state fulfils a condition; `false` when the time was up first.
    pub(crate) async fn wait_until(&self, limit: Duration, condition: impl Fn(&State) -> bool) -> bool {
        let mut changed = self.changed.subscribe();
        let deadline = Instant::now() + limit;
        loop {
            if self.read(&condition) {
                return true;
            }
            match timeout_at(deadline, changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return self.read(&condition),
            }
        }
    }

    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Ends when the simulator is shut down.
    pub(crate) async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        while !*stopped.borrow_and_update() && stopped.changed().await.is_ok() {}
    }

    /// Writes the state to disk now, if it is kept at all.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        let bytes = Snapshot::encode(&self.lock())?;
        snapshot.write(&bytes)
    }

    /// Keeps the records short, and the disk up to date, until the simulator stops.
    pub(crate) async fn keep_house(self: Arc<Self>) {
        let mut changed = self.changed.subscribe();
        loop {
            tokio::select! {
                () = self.stopped() => return,
                news = changed.changed() => if news.is_err() { return },
            }
            if timeout(SNAPSHOT_EVERY, self.stopped()).await.is_ok() {
                return;
            }
            changed.mark_unchanged();
            self.lock().trim(self.config.keep);
            if let Err(error) = self.save() {
                tracing::error!(error = format!("{error:#}"), "simulator: state not saved");
            }
        }
    }
}
