//! Whether a person is to be reached. What they allow us to write them about is in [`crate::consent`].
//!
//! Each member moves forward by Meta's time only, so that what is told late or twice changes nothing.
use crate::Time;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Meta limits marketing to this person until then.
    pub marketing_paused_until: Option<Time>,
    /// Since when Meta cannot deliver; a later message of the person ends it.
    pub unreachable_since: Option<Time>,
}

impl Reach {
    /// `last_inbound_at`: when the person last wrote, on any channel.
    pub fn is_unreachable(&self, last_inbound_at: Option<Time>) -> bool {
        self.unreachable_since.is_some_and(|since| last_inbound_at.is_none_or(|wrote| wrote <= since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_writes_is_reachable_again() {
        let at = Time::from_seconds;
        let reach = Reach { unreachable_since: Some(at(10)), ..Reach::default() };
        for (wrote, unreachable) in [(None, true), (Some(at(9)), true), (Some(at(11)), false)] {
            assert_eq!(reach.is_unreachable(wrote), unreachable);
        }
        assert!(!Reach::default().is_unreachable(None));
    }
}
