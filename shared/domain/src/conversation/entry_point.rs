//! The free entry point: a customer who comes by an ad or a page is answered within a day, and from then on all messages to
//! them are free for some days. It is about money alone: what may be said is up to the customer service window.
//!
//! How long it lasts is Meta's to say, in the statuses of what is sent; until it does, what is expected is shown as such. Each
//! member moves in one direction only, so that what is told late or twice changes nothing.
use std::time::Duration;

use super::{Conversation, Referral};
use crate::{Time, words};

/// An answer within this time of the click opens it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// Meta says with each message that it was free: it is noted once a day.
const NOTED_EVERY: Duration = Duration::from_secs(24 * 3600);

words! {
    pub enum EntryPointState {
        /// The customer came by one, and Meta has not yet told: an answer opens it, or has opened it.
        Expected = "expected",
        /// Meta told so.
        Open = "open",
        Closed = "closed",
    }
}

/// What a conversation's row knows beside the referral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryPoint {
    /// The first answer to the referral.
    pub answered_at: Option<Time>,
    /// The day of the last message that Meta told to be free by it.
    pub free_on: Option<Time>,
    /// The end, as Meta told it.
    pub closes_at: Option<Time>,
}

/// Meta's word in a status: a message was free by an entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeEntry {
    pub at: Time,
    pub closes_at: Option<Time>,
}

/// The free entry point as it is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: EntryPointState,
    pub opened_at: Option<Time>,
    pub closes_at: Option<Time>,
    /// Meta has not told when it ends: that is an assumption.
    pub is_assumed: bool,
    /// While nobody has answered: until when an answer opens it.
    pub answer_by: Option<Time>,
}

/// The entry point's facts after somebody of the business wrote `at`.
pub(super) fn answered(conversation: &Conversation, at: Option<Time>) -> EntryPoint {
    let known = conversation.entry_point;
    let Some(at) = at.filter(|at| conversation.source.as_ref().is_some_and(|source| answers(source, *at))) else {
        return known;
    };
    let before = known.answered_at.filter(|before| conversation.source.as_ref().is_some_and(|of| answers(of, *before)));
    EntryPoint { answered_at: Some(before.map_or(at, |before| before.min(at))), ..known }
}

/// Whether what is sent at this time answers the click.
fn answers(source: &Referral, at: Time) -> bool {
    source.at <= at && at < source.at.plus(ANSWERED_WITHIN)
}

impl Conversation {
    /// Whether an answer now is the one that opens the free entry point.
    pub fn is_entered_by_answer(&self, now: Time) -> bool {
        answered(self, Some(now)) != self.entry_point
    }

    /// `None`: the customer never came by one. `length`: how long one is taken to last.
    pub fn entry_point(&self, length: Duration, now: Time) -> Option<Standing> {
        let EntryPoint { answered_at, free_on, closes_at } = self.entry_point;
        let clicked_at = self.source.as_ref().map(|source| source.at);
        let opened_at = answered_at.filter(|at| self.source.as_ref().is_some_and(|source| answers(source, *at)));
        // A click since Meta's word offers another one.
        let is_latest = |at: &Time| clicked_at.is_none_or(|clicked| clicked < *at);
        let told = closes_at.filter(|end| is_latest(end) || now < *end);
        let noted = free_on.filter(|day| is_latest(&day.plus(NOTED_EVERY)));
        let standing = |state, end: Option<Time>, is_assumed| {
            let state = if end.is_some_and(|end| end <= now) { EntryPointState::Closed } else { state };
            Some(Standing { state, opened_at, closes_at: end, is_assumed, answer_by: None })
        };
        match (told, noted, opened_at) {
            (Some(end), _, _) => standing(EntryPointState::Open, Some(end), false),
            (None, Some(day), opened_at) => {
                standing(EntryPointState::Open, Some(opened_at.unwrap_or(day).plus(length)), true)
            }
            (None, None, Some(opened_at)) => standing(EntryPointState::Expected, Some(opened_at.plus(length)), true),
            (None, None, None) => {
                let answer_by = clicked_at?.plus(ANSWERED_WITHIN);
                let is_offered = now < answer_by;
                let state = if is_offered { EntryPointState::Expected } else { EntryPointState::Closed };
                let answer_by = is_offered.then_some(answer_by);
                Some(Standing { state, opened_at: None, closes_at: None, is_assumed: true, answer_by })
            }
        }
    }
}

/// The facts after Meta's word, or `None` if it says nothing new.
pub fn told(known: &EntryPoint, word: &FreeEntry) -> Option<EntryPoint> {
    let next = EntryPoint {
        closes_at: known.closes_at.max(word.closes_at),
        free_on: known.free_on.max(Some(word.at.floor(NOTED_EVERY))),
        ..*known
    };
    (next != *known).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tests::{arrival, fold};

    const HOUR: i64 = 3600;
    const LENGTH: Duration = Duration::from_secs(72 * 3600);

    fn at(hours: i64) -> Time {
        Time::from_seconds(hours.saturating_mul(HOUR))
    }

    /// A customer who clicked an ad at hour 0.
    fn clicked() -> Conversation {
        let mut wrote = arrival("ad", 0, 1);
        let (kind, url, headline, click_id) = (Some("ad".to_owned()), None, None, None);
        wrote.referral = Some(Referral { kind, id: None, url, headline, click_id, at: wrote.at });
        fold(&[&wrote], 1)
    }

    fn word(hour: i64, closes: Option<i64>) -> FreeEntry {
        FreeEntry { at: at(hour), closes_at: closes.map(at) }
    }

    fn with(mut conversation: Conversation, answered: Option<i64>, words: &[FreeEntry]) -> Conversation {
        conversation.entry_point = super::answered(&conversation, answered.map(at));
        for word in words {
            conversation.entry_point = told(&conversation.entry_point, word).unwrap_or(conversation.entry_point);
        }
        conversation
    }

    #[test]
    fn what_is_shown_of_a_free_entry_point() {
        use EntryPointState::{Closed, Expected, Open};
        let week = [word(2, Some(170))];
        for (name, answered, words, now, expected) in [
            ("not answered yet", None, &[][..], 5, (Expected, None, true)),
            ("never answered", None, &[], 24, (Closed, None, true)),
            ("answered too late", Some(24), &[], 25, (Closed, None, true)),
            ("answered", Some(2), &[], 5, (Expected, Some(74), true)),
            ("over, as far as we know", Some(2), &[], 74, (Closed, Some(74), true)),
            ("Meta told when it ends", Some(2), &week, 100, (Open, Some(170), false)),
            ("Meta told it before we knew of the answer", None, &week, 100, (Open, Some(170), false)),
            ("it ended", Some(2), &week, 170, (Closed, Some(170), false)),
            ("Meta told that it is free, not until when", Some(2), &[word(2, None)], 5, (Open, Some(74), true)),
        ] {
            let shown = with(clicked(), answered, words).entry_point(LENGTH, at(now)).unwrap();
            assert_eq!(
                (shown.state, shown.closes_at.map(|end| end.seconds().wrapping_div(HOUR)), shown.is_assumed),
                expected,
                "{name}"
            );
        }
        let by = clicked().entry_point(LENGTH, at(5)).unwrap().answer_by;
        assert_eq!(by, Some(at(24)));
        assert_eq!(fold(&[&arrival("plain", 0, 1)], 1).entry_point(LENGTH, at(5)), None, "nobody came by one");
    }

    #[test]
    fn metas_words_move_forward_whatever_their_order_and_number() {
        let words = [word(2, Some(74)), word(3, None), word(30, Some(100)), word(31, None)];
        let expected = with(clicked(), Some(2), &words).entry_point;
        assert_eq!(expected.closes_at, Some(at(100)));
        for order in [[3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 1, 3]] {
            let again: Vec<FreeEntry> = order.iter().chain(&order).map(|index| words[*index]).collect();
            assert_eq!(with(clicked(), Some(2), &again).entry_point, expected);
        }
        assert_eq!(told(&expected, &words[0]), None, "nothing new");
    }

    #[test]
    fn a_click_after_the_end_offers_another_one() {
        let mut again = with(clicked(), Some(2), &[word(2, Some(74))]);
        again.source.as_mut().unwrap().at = at(80);
        let shown = |conversation: &Conversation, now| conversation.entry_point(LENGTH, at(now)).unwrap();
        assert_eq!((shown(&again, 81).state, shown(&again, 81).answer_by), (EntryPointState::Expected, Some(at(104))));
        assert!(again.is_entered_by_answer(at(82)));
        let answered = with(again, Some(82), &[]);
        assert!(!answered.is_entered_by_answer(at(83)), "the first answer counts");
        assert_eq!(shown(&answered, 83).closes_at, Some(at(154)));
    }

    /// 7.3: it makes messages free and says nothing about what may be said.
    #[test]
    fn a_free_entry_point_does_not_open_the_customer_service_window() {
        let open = with(clicked(), Some(2), &[word(2, Some(170))]);
        for (hour, within) in [(23, true), (24, false), (100, false)] {
            assert_eq!(open.is_within_window(at(hour), Duration::ZERO), within, "hour {hour}");
            assert_eq!(open.entry_point(LENGTH, at(hour)).unwrap().state, EntryPointState::Open);
        }
    }
}
