//! How an outbound message is to go out: how urgent it is, whether it is held back or for later, and on whose behalf it goes.
use crate::health::BlockReason;
use crate::pacing::Priority;
use crate::sending::Schedule;
use crate::{Time, words};

/// How an outbound message is to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    pub priority: Priority,
    /// Whether it is, or was, held back.
    pub hold: Option<Hold>,
    /// We write it by ourselves: nobody has answered the customer with it.
    pub is_automatic: bool,
    /// Who asked for it, see [`super::Message::author`].
    pub by: Option<String>,
    /// From then on it is not to be sent any more.
    pub valid_until: Option<Time>,
    /// That it was not to go at once.
    pub schedule: Option<Schedule>,
}

impl Default for Dispatch {
    fn default() -> Dispatch {
        Dispatch {
            priority: Priority::Reply,
            hold: None,
            valid_until: None,
            is_automatic: false,
            by: None,
            schedule: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub reason: BlockReason,
    pub until: Option<Time>,
    pub state: HoldState,
}

words! {
    pub enum HoldState {
        /// It waits.
        Held = "held",
        /// It goes to find out whether the block is over.
        Probe = "probe",
        /// It goes on, before what waits behind it.
        Released = "released",
    }
}
