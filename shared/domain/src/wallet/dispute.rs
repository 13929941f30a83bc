//! What a dispute takes from the balance and brings back, by what is heard of it in any order.
//!
//! Guarantee: each phase is due by facts that never become untrue again, so that booking each of them once, whenever it is due,
//! ends in the same balance.

crate::words! {
    /// What is told of a dispute.
    pub enum DisputeWord {
        Opened = "opened",
        Withdrawn = "withdrawn",
        Reinstated = "reinstated",
        Closed = "closed",
    }
}

crate::words! {
    /// What is booked once for a dispute.
    pub enum DisputePhase {
        Withdrawn = "withdrawn",
        Reinstated = "reinstated",
    }
}

/// What is due once `word` was heard of a dispute that by now is won or lost, or neither.
pub fn phases(word: DisputeWord, is_won: bool, is_lost: bool) -> &'static [DisputePhase] {
    match word {
        // What was given back had been taken, whether that was heard of or not.
        DisputeWord::Reinstated => &[DisputePhase::Withdrawn, DisputePhase::Reinstated],
        DisputeWord::Withdrawn | DisputeWord::Closed | DisputeWord::Opened if is_won => {
            &[DisputePhase::Withdrawn, DisputePhase::Reinstated]
        }
        DisputeWord::Withdrawn => &[DisputePhase::Withdrawn],
        DisputeWord::Closed | DisputeWord::Opened if is_lost => &[DisputePhase::Withdrawn],
        DisputeWord::Closed | DisputeWord::Opened => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_follows_from_what_is_true() {
        use DisputePhase::{Reinstated, Withdrawn};
        let (open, won, lost) = ((false, false), (true, false), (false, true));
        for (word, (is_won, is_lost), due) in [
            (DisputeWord::Opened, open, &[][..]),
            (DisputeWord::Opened, won, &[Withdrawn, Reinstated]),
            (DisputeWord::Opened, lost, &[Withdrawn]),
            (DisputeWord::Withdrawn, open, &[Withdrawn]),
            (DisputeWord::Withdrawn, won, &[Withdrawn, Reinstated]),
            (DisputeWord::Withdrawn, lost, &[Withdrawn]),
            (DisputeWord::Reinstated, open, &[Withdrawn, Reinstated]),
            (DisputeWord::Reinstated, won, &[Withdrawn, Reinstated]),
            (DisputeWord::Reinstated, lost, &[Withdrawn, Reinstated]),
            (DisputeWord::Closed, open, &[]),
            (DisputeWord::Closed, won, &[Withdrawn, Reinstated]),
            (DisputeWord::Closed, lost, &[Withdrawn]),
        ] {
            assert_eq!(phases(word, is_won, is_lost), due, "{word} {is_won} {is_lost}");
        }
    }
}
