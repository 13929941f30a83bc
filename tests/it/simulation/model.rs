//! What must be true, told in the plainest way: lists and counts of one person at a time. It shares no code with what it
//! judges.
use std::collections::BTreeSet;

const DAY: i64 = 24 * 3600;
/// More unread messages than these are only "many".
const UNREAD_MAX: usize = 40;

#[derive(Default)]
pub(super) struct Person {
    pub(super) wa_id: String,
    pub(super) thread: Vec<Written>,
    unread: usize,
    /// Meta's time of the first message that nobody answered.
    pub(super) waiting_since: Option<i64>,
    pub(super) is_closed: bool,
    pub(super) window_closes: Option<i64>,
    pub(super) last_inbound: Option<i64>,
    pub(super) replies: Vec<Reply>,
}

/// A message of the customer.
pub(super) struct Written {
    /// Meta's time; no two of a person are the same.
    pub(super) at: i64,
    pub(super) wamid: String,
    pub(super) body: String,
}

/// An answer that the API took.
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) body: String,
    /// The statuses that Meta tells if it takes the message.
    pub(super) statuses: BTreeSet<&'static str>,
    /// Whether something that was ordered could keep us from knowing what became of it.
    pub(super) may_be_in_doubt: bool,
}

impl Person {
    pub(super) fn new(wa_id: String) -> Person {
        Person { wa_id, ..Person::default() }
    }

    pub(super) fn writes(&mut self, message: Written, now: i64) {
        self.waiting_since = Some(self.waiting_since.map_or(message.at, |since| since.min(message.at)));
        self.unread += 1;
        self.is_closed = false;
        self.last_inbound = self.last_inbound.max(Some(message.at));
        if message.at + DAY > now {
            self.window_closes = self.window_closes.max(Some(message.at + DAY));
        }
        self.thread.push(message);
    }

    pub(super) fn is_read(&mut self) {
        self.unread = 0;
    }

    pub(super) fn is_answered(&mut self, reply: Reply) {
        self.unread = 0;
        self.waiting_since = None;
        self.replies.push(reply);
    }

    /// Closing ends the wait, and says that what came before it was seen.
    pub(super) fn is_closed_by_agent(&mut self) {
        if !self.is_closed {
            self.unread = 0;
            self.waiting_since = None;
            self.is_closed = true;
        }
    }

    pub(super) fn unread(&self) -> usize {
        self.unread.min(UNREAD_MAX)
    }

    /// How many seconds of the window are left.
    pub(super) fn window_left(&self, now: i64) -> i64 {
        self.window_closes.map_or(0, |closes| closes - now).max(0)
    }

    /// The texts that the customer wrote, in the order of Meta's times.
    pub(super) fn texts(&self) -> Vec<(&str, &str)> {
        let mut thread: Vec<&Written> = self.thread.iter().collect();
        thread.sort_by_key(|message| message.at);
        thread.iter().map(|message| (message.wamid.as_str(), message.body.as_str())).collect()
    }
}

impl Reply {
    /// The furthest status; `failed` only where nothing went further than `sent` (P16, P17).
    pub(super) fn status(&self) -> Option<&'static str> {
        let told = |status: &&str| self.statuses.contains(*status);
        if self.statuses.contains("failed") && !["delivered", "read"].iter().any(told) {
            return Some("failed");
        }
        ["read", "delivered", "sent"].into_iter().find(told)
    }
}
