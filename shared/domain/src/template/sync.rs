//! One account's mirror: who may run it, when, and how far it has come.
use std::time::Duration;

use crate::Time;

/// A webhook only hints that the list has changed: whatever it tells of has happened once this time is over.
pub const WAIT_AFTER_HINT: Duration = Duration::from_millis(1_500);
/// Hints are gathered for so long after the last list was read.
pub const GATHER: Duration = Duration::from_secs(5);
/// The function's timeout and a little: a run that is older has ended, whatever its row says.
const RUN_MAX: Duration = Duration::from_secs(150);

crate::words! {
    pub enum SyncState {
        Requested = "requested",
        Running = "running",
        Done = "done",
        Failed = "failed",
    }
}

/// How far a mirror of one account's template list has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSync {
    pub waba_id: String,
    pub state: SyncState,
    /// The latest wish.
    pub requested_at: Time,
    /// The latest wish of somebody who waits for it.
    pub urgent_at: Option<Time>,
    /// Of the run that is under way, or was the last one.
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    /// Its number. Each run has a higher one.
    pub run: u64,
    /// The wish that the task of this run carries.
    pub task: Option<Time>,
    /// The run whose staged rows count.
    pub committed: u64,
    /// When it was committed.
    pub committed_at: Option<Time>,
    pub pages: u64,
    pub listed: u64,
    pub added: u64,
    pub changed: u64,
    pub deleted: u64,
    /// Listed, but without a name or a language.
    pub failed: u64,
    pub problem: Option<String>,
    /// When the last good run ended, and when it began to read.
    pub last_good_at: Option<Time>,
    pub listed_at: Option<Time>,
}

/// What a task of a sync is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A good run that began after the wish has answered it.
    Answered,
    /// Another run is under way: it sees to the wish at its end.
    Leave,
    Wait(Duration),
    Run,
}

impl TemplateSync {
    /// Nothing was ever asked for.
    pub fn new(waba_id: &str, requested_at: Time) -> TemplateSync {
        TemplateSync {
            waba_id: waba_id.to_owned(),
            state: SyncState::Requested,
            requested_at,
            urgent_at: None,
            started_at: None,
            finished_at: None,
            run: 0,
            task: None,
            committed: 0,
            committed_at: None,
            pages: 0,
            listed: 0,
            added: 0,
            changed: 0,
            deleted: 0,
            failed: 0,
            problem: None,
            last_good_at: None,
            listed_at: None,
        }
    }

    /// With a wish that was made at `at`. `None`: it is held already, or a list that was begun after it has answered it.
    pub fn wished(self, at: Time, is_urgent: bool, now: Time) -> Option<TemplateSync> {
        let is_urgent = is_urgent && self.urgent_at.is_none_or(|known| known < at);
        let is_news = is_urgent || self.requested_at < at;
        if !is_news || self.is_answered(at) {
            return None;
        }
        Some(TemplateSync {
            state: if self.is_running(now) { self.state } else { SyncState::Requested },
            requested_at: self.requested_at.max(at),
            urgent_at: if is_urgent { Some(at) } else { self.urgent_at },
            ..self
        })
    }

    fn is_answered(&self, wish: Time) -> bool {
        self.listed_at.is_some_and(|listed| listed >= wish)
    }

    /// The next run, which begins now.
    #[must_use]
    pub fn begun(self, task: Time, now: Time) -> TemplateSync {
        TemplateSync {
            state: SyncState::Running,
            started_at: Some(now),
            run: self.run.saturating_add(1),
            task: Some(task),
            committed: self.committed,
            committed_at: self.committed_at,
            requested_at: self.requested_at.max(task),
            urgent_at: self.urgent_at,
            last_good_at: self.last_good_at,
            listed_at: self.listed_at,
            ..TemplateSync::new(&self.waba_id, task)
        }
    }

    /// Whether a run is under way, as far as one can know.
    pub fn is_running(&self, now: Time) -> bool {
        self.state == SyncState::Running && self.started_at.is_some_and(|at| now < at.plus(RUN_MAX))
    }

    /// `is_again`: the task has come before, so that its own earlier run has ended without an outcome.
    pub fn turn(&self, wish: Time, is_again: bool, now: Time) -> Turn {
        if self.is_answered(wish) {
            return Turn::Answered;
        }
        if self.is_running(now) && !(is_again && self.task == Some(wish)) {
            return Turn::Leave;
        }
        let between = |until: Time| {
            Duration::from_millis(u64::try_from(until.millis().saturating_sub(now.millis())).unwrap_or(0))
        };
        let is_urgent = self.urgent_at.is_some_and(|at| self.listed_at.is_none_or(|listed| listed < at));
        let gathered = self.listed_at.filter(|_| !is_urgent).map(|listed| listed.plus(GATHER));
        // A hint lies a moment ahead; a clock that is wrong must not hold anybody up for longer.
        let wait = between(gathered.map_or(wish, |gathered| gathered.max(wish))).min(GATHER);
        if wait.is_zero() { Turn::Run } else { Turn::Wait(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_seconds(seconds)
    }

    #[test]
    fn a_wish_is_answered_once_left_to_a_run_or_waits_for_its_turn() {
        let idle = TemplateSync { listed_at: Some(at(100)), state: SyncState::Done, ..TemplateSync::new("w", at(99)) };
        let running =
            TemplateSync { state: SyncState::Running, started_at: Some(at(200)), task: Some(at(198)), ..idle.clone() };
        let urgent = TemplateSync { urgent_at: Some(at(102)), ..idle.clone() };
        let never = TemplateSync { listed_at: None, ..idle.clone() };
        for (what, sync, wish, is_again, now, turn) in [
            ("a list that was begun later answers", &idle, 99, false, 101, Turn::Answered),
            ("so does one that was begun at the same time", &idle, 100, false, 101, Turn::Answered),
            ("hints are gathered", &idle, 102, false, 103, Turn::Wait(Duration::from_secs(2))),
            ("until some time after the last list", &idle, 102, false, 105, Turn::Run),
            ("somebody who waits goes first", &urgent, 102, false, 103, Turn::Run),
            ("the first list is read at once", &never, 102, false, 103, Turn::Run),
            ("but not before what is hinted at is over", &never, 104, false, 103, Turn::Wait(Duration::from_secs(1))),
            ("a wrong clock waits no longer", &never, 900, false, 103, Turn::Wait(GATHER)),
            ("a run that is under way sees to it", &running, 201, false, 202, Turn::Leave),
            ("the task of a dead run takes over", &running, 198, true, 202, Turn::Run),
            ("another task that comes again does not", &running, 199, true, 202, Turn::Leave),
            ("a run that is too old is dead", &running, 201, false, 400, Turn::Run),
        ] {
            assert_eq!(sync.turn(at(wish), is_again, at(now)), turn, "{what}");
        }
    }

    /// Two callers write at the same moment, and the one who asked first may come last.
    #[test]
    fn a_wish_is_taken_in_unless_it_is_held_or_answered() {
        let idle = TemplateSync { listed_at: Some(at(100)), state: SyncState::Done, ..TemplateSync::new("w", at(99)) };
        let running = TemplateSync { state: SyncState::Running, started_at: Some(at(110)), ..idle.clone() };
        let held = TemplateSync { requested_at: at(105), state: SyncState::Requested, ..idle.clone() };
        let asked_early = TemplateSync { requested_at: at(90), ..idle.clone() };
        let wished = |sync: &TemplateSync, wish: i64, is_urgent: bool| {
            let next = sync.clone().wished(at(wish), is_urgent, at(120))?;
            Some((next.state, next.requested_at.seconds(), next.urgent_at.map(Time::seconds)))
        };
        for (what, sync, wish, is_urgent, next) in [
            ("a new one", &idle, 101, false, Some((SyncState::Requested, 101, None))),
            ("somebody waits", &idle, 101, true, Some((SyncState::Requested, 101, Some(101)))),
            ("it waits for the run", &running, 115, true, Some((SyncState::Running, 115, Some(115)))),
            ("the run may have begun after it", &running, 105, false, Some((SyncState::Running, 105, None))),
            ("a later one is held", &held, 103, false, None),
            ("now somebody waits", &held, 103, true, Some((SyncState::Requested, 105, Some(103)))),
            ("a list that was begun later has answered", &asked_early, 95, true, None),
        ] {
            assert_eq!(wished(sync, wish, is_urgent), next, "{what}");
        }
    }
}
