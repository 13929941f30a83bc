//! A call between a customer and the business.
use domain::Time;
use serde_json::value::RawValue;

use super::contact::Person;
use crate::loose::{self, Loose, ReadError};
use crate::open::open_enum;

#[derive(Clone, Debug)]
pub struct Call {
    pub event: CallEvent,
    pub direction: Option<CallDirection>,
    /// Who called: of a call of the customer's, the customer.
    pub from: Person,
    /// Meta's time.
    pub at: Option<Time>,
}

open_enum! {
    pub enum CallEvent {
        Connect = "connect",
        Terminate = "terminate",
        Created = "call_created",
        RecordingAvailable = "call_recording_available",
        TranscriptionAvailable = "call_transcription_available",
    }
}

open_enum! {
    pub enum CallDirection {
        UserInitiated = "USER_INITIATED",
        BusinessInitiated = "BUSINESS_INITIATED",
    }
}

impl Call {
    /// Also reads the item of `statuses` that a call may have in place of an event.
    pub fn read(raw: &RawValue) -> Result<Call, ReadError> {
        let value = loose::object(raw.get())?;
        Ok(Call {
            event: CallEvent::read(&value.text("event").unwrap_or_default()),
            direction: value.text("direction").map(|word| CallDirection::read(&word)),
            from: Person::read(&value, &["from"], &["from_user_id"], &["from_parent_user_id"]),
            at: value.time("timestamp").or_else(|| value.time("start_time")),
        })
    }

    /// When the customer called, if this is that.
    pub fn customer_called_at(&self) -> Option<Time> {
        let is_theirs = self.event == CallEvent::Connect && self.direction == Some(CallDirection::UserInitiated);
        self.at.filter(|_| is_theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_start_of_a_call_of_the_customer_is_one() {
        for (json, at) in [
            (r#"{"event":"connect","direction":"USER_INITIATED","timestamp":"5","from":"1"}"#, Some(5)),
            (r#"{"event":"connect","direction":"user_initiated","timestamp":5}"#, Some(5)),
            (r#"{"event":"connect","direction":"BUSINESS_INITIATED","timestamp":"5"}"#, None),
            (r#"{"event":"connect","timestamp":"5"}"#, None),
            (r#"{"event":"terminate","direction":"USER_INITIATED","timestamp":"5"}"#, None),
            (r#"{"event":"connect","direction":"USER_INITIATED"}"#, None),
            (r#"{"type":"call","status":"RINGING","timestamp":"5"}"#, None),
        ] {
            let call = Call::read(serde_json::from_str(json).unwrap()).unwrap();
            assert_eq!(call.customer_called_at(), at.map(Time::from_seconds), "{json}");
        }
        assert!(Call::read(serde_json::from_str("7").unwrap()).is_err());
    }
}
