//! Why a bank says no, and what follows from it.

domain::words! {
    /// What a decline means for the next try.
    pub enum Hardness {
        /// It may pass another day: a new attempt, later, with a new key.
        Soft = "soft",
        /// This card will not pay again: no further attempt.
        Hard = "hard",
        /// The bank wants to see the owner: nothing works without them, but everything may work with them.
        ActionNeeded = "action_needed",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    pub hardness: Hardness,
    /// The provider's finest word for the reason, such as `insufficient_funds`.
    pub code: String,
    /// Said to people, by the provider.
    pub message: Option<String>,
}
