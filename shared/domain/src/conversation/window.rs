//! The customer service window: what opens it, how long it lasts, when it is told that it closes.
//!
//! It follows Meta's times alone and moves forward only. How long before Meta's boundary something counts as outside is a
//! setting, the same for the rule, for the claim's condition and for what is shown.
use std::time::Duration;

use super::Conversation;
use crate::{Time, words};

/// The customer service window after each message of the customer, by Meta's clock.
pub const WINDOW: Duration = Duration::from_secs(24 * 3600);

words! {
    pub enum WindowState {
        Open = "open",
        Closed = "closed",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub opened_at: Time,
    pub closes_at: Time,
    /// As last written; the clock decides, see [`Window::is_open`].
    pub state: WindowState,
}

impl Window {
    pub fn is_open(&self, now: Time) -> bool {
        self.state == WindowState::Open && now < self.closes_at
    }

    /// How long it stays open.
    pub fn remaining(&self, now: Time) -> Duration {
        let millis = if self.is_open(now) { self.closes_at.millis().saturating_sub(now.millis()) } else { 0 };
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    /// Meta's time of the last message or call that it goes back to.
    fn last_opened_at(&self) -> Time {
        self.closes_at.minus(WINDOW)
    }
}

impl Conversation {
    /// Whether what is sent now comes within the window: not so close to its end that Meta may find it closed.
    pub fn is_within_window(&self, now: Time, margin: Duration) -> bool {
        self.window.is_some_and(|window| window.is_open(now.plus(margin)))
    }

    /// Since when it is not, of one that was open once.
    pub fn window_closed_at(&self, now: Time, margin: Duration) -> Option<Time> {
        let window = self.window?;
        let is_of_it = |at: &Time| window.last_opened_at() < *at && *at < window.closes_at;
        let refused = self.refused_at.filter(|at| window.state == WindowState::Closed && is_of_it(at));
        let is_close = window.is_open(now);
        Some(refused.unwrap_or(if is_close { window.closes_at.minus(margin) } else { window.closes_at }))
    }
}

/// The window after the customer wrote or called `at`. One that has run out, but that window-expiry has not yet closed, goes
/// on as if it had not; what comes after its own window is over opens nothing, nor what is older than Meta's word that there
/// was none.
pub(super) fn window_after(existing: &Conversation, at: Time, now: Time) -> Option<Window> {
    let closes_at = at.plus(WINDOW);
    let is_known = existing.window.is_some_and(|window| closes_at <= window.closes_at);
    if closes_at <= now || is_known || existing.refused_at.is_some_and(|refused| at < refused) {
        return existing.window;
    }
    let held = existing.window.filter(|window| window.state == WindowState::Open);
    let opened_at = held.map_or(at, |window| window.opened_at);
    Some(Window { opened_at, closes_at, state: WindowState::Open })
}

/// The conversation after Meta said that no window was open `at` that time, whatever we believed (P24). Meta's times are whole
/// seconds: what the customer did since then, or in that very second, has opened another one.
pub fn refuse(existing: &Conversation, at: Time) -> Conversation {
    let at = at.floor(Duration::from_secs(1));
    let mut next = Conversation { refused_at: existing.refused_at.max(Some(at)), ..existing.clone() };
    if let Some(window) = next.window.as_mut().filter(|window| window.last_opened_at() < at) {
        window.state = WindowState::Closed;
    }
    next
}

/// What window-expiry does with a conversation that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Close,
    /// The time of the notice has come: it is told if the customer waits for an answer, and never again for this end.
    Notice,
    /// Nothing yet. The customer may have written since it was decided when to look.
    Later,
    /// Closed already.
    Nothing,
}

/// `notice`: how long before the end it is told; `None`: never.
pub fn look(conversation: &Conversation, notice: Option<Duration>, now: Time) -> Look {
    let Some(window) = conversation.window.filter(|window| window.state == WindowState::Open) else {
        return Look::Nothing;
    };
    let is_time = notice.is_some_and(|notice| window.closes_at.minus(notice) <= now);
    if window.closes_at <= now {
        Look::Close
    } else if is_time && conversation.noticed != Some(window.closes_at) {
        Look::Notice
    } else {
        Look::Later
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tests::{arrival, fold};
    use crate::conversation::{call, receive};

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: i64 = 24 * 3600;

    fn at(seconds: i64) -> Time {
        Time::from_seconds(seconds)
    }

    fn with(window: Option<Window>) -> Conversation {
        Conversation { window, ..fold(&[&arrival("a", 0, 1)], 1) }
    }

    #[test]
    fn a_window_is_told_to_close_and_closes_when_it_is_time() {
        let window = |state| Some(Window { opened_at: at(0), closes_at: at(1000), state });
        use WindowState::{Closed, Open};
        let notice = Some(10 * MINUTE);
        for (window, notice, noticed, now, expected) in [
            (None, notice, None, 1000, Look::Nothing),
            (window(Open), notice, None, 399, Look::Later),
            (window(Open), notice, None, 400, Look::Notice),
            (window(Open), notice, None, 999, Look::Notice),
            (window(Open), None, None, 999, Look::Later),
            (window(Open), notice, Some(at(1000)), 999, Look::Later),
            // Noticed before the customer wrote again.
            (window(Open), notice, Some(at(900)), 999, Look::Notice),
            (window(Open), notice, None, 1000, Look::Close),
            (window(Closed), notice, None, 999, Look::Nothing),
        ] {
            let conversation = Conversation { noticed, ..with(window) };
            assert_eq!(look(&conversation, notice, at(now)), expected, "{window:?} {notice:?} {noticed:?} {now}");
        }
    }

    #[test]
    fn what_is_sent_keeps_a_margin_to_the_end() {
        let window = |state| Some(Window { opened_at: at(0), closes_at: at(1000), state });
        let (open, closed) = (with(window(WindowState::Open)), with(window(WindowState::Closed)));
        for (margin, now, expected) in [(0, 999, true), (0, 1000, false), (120, 879, true), (120, 880, false)] {
            let margin = Duration::from_secs(margin);
            assert_eq!(open.is_within_window(at(now), margin), expected, "{margin:?} {now}");
            assert!(!closed.is_within_window(at(now), margin));
        }
        assert!(!with(None).is_within_window(at(1), Duration::ZERO));
        let remaining = |window: Option<Window>, now| window.unwrap().remaining(at(now)).as_secs();
        assert_eq!(
            [remaining(open.window, 400), remaining(open.window, 1000), remaining(closed.window, 400)],
            [600, 0, 0]
        );
    }

    /// P24: Meta's word is about its moment; what the customer did since then opens another window, what came late does not.
    #[test]
    fn after_metas_refusal_only_what_is_newer_opens_a_window() {
        let (first, second, third) = (arrival("a", 100, 101), arrival("b", 200, 900), arrival("c", 500, 901));
        let open = |conversation: &Conversation| conversation.window.is_some_and(|window| window.is_open(at(1000)));
        let before = fold(&[&first], 110);
        let refused = refuse(&before, Time::from_millis(500_900));
        assert!(open(&before) && !open(&refused));
        assert_eq!(refuse(&refused, at(500)), refused, "twice is once");
        let late = receive(&refused, &second, at(1000)).unwrap();
        assert!(!open(&late), "it was written before");
        let anew = receive(&late, &third, at(1000)).unwrap();
        assert!(open(&anew), "of the same second");
        assert_eq!(refuse(&anew, at(500)).window, anew.window, "a refusal that comes late says nothing about it");
        assert_eq!(
            refuse(&fold(&[&first, &second, &third], 1000), at(500)).window.map(|window| window.state),
            Some(WindowState::Open)
        );
        let called = call(&refused, at(600), at(1000)).unwrap();
        assert!(open(&called) && open(&refuse(&called, at(550))), "a call opens one as well");
        assert!(!open(&refuse(&fold(&[&third], 1000), at(501))));
        let nobody = refuse(&with(None), at(500));
        assert!(!open(&receive(&nobody, &arrival("x", 400, 902), at(1000)).unwrap_or(nobody)));
    }

    #[test]
    fn each_message_extends_it_and_what_is_over_opens_nothing() {
        let first = arrival("a", 0, 1);
        let conversation = fold(&[&first], 10);
        let opened = conversation.window.unwrap();
        let later = receive(&conversation, &arrival("b", 3600, 3601), at(3601)).unwrap().window.unwrap();
        assert_eq!((later.opened_at, later.closes_at), (opened.opened_at, at(3600 + DAY)));
        let anew =
            Conversation { window: Some(Window { state: WindowState::Closed, ..opened }), ..conversation.clone() };
        let anew = receive(&anew, &arrival("c", DAY + 60, DAY + 61), at(DAY + 61)).unwrap().window.unwrap();
        assert_eq!(anew.opened_at, at(DAY + 60), "one that closed is not gone on with");
        let late = receive(&conversation, &arrival("d", 60, 3 * DAY), at(3 * DAY)).unwrap();
        assert_eq!(late.window, conversation.window);
    }
}
