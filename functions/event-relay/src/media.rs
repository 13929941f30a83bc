//! What a change means for files: which are to be fetched, uploaded, scanned, deleted.
use domain::Time;
use domain::attachment::{Attachment, AttachmentState, Scan, medium};
use domain::event::{Event, EventKind};
use domain::ids::{AttachmentId, EventId};
use domain::message::{Message, State};
use queue::MediaTask;
use serde_json::json;

use crate::tell::Telling;

impl Telling {
    /// A medium that Meta holds is fetched once it is known of; the files of a queued message go ahead of it.
    pub(crate) fn media_of(&mut self, old: Option<&Message>, new: &Message) {
        let held = medium(new).map(|medium| medium.id);
        if held.is_some() && old.and_then(medium).map(|medium| medium.id) != held {
            self.media.push(MediaTask::fetch(&AttachmentId::of_message(&new.id), 1).entry());
        }
        let waits = |message: &Message| message.media.is_awaited.then_some(message.attempt);
        if new.written_state == State::Queued && waits(new).is_some() && old.and_then(waits) != waits(new) {
            self.media.push(MediaTask::upload(&new.id, new.attempt).entry());
        }
    }

    pub(crate) fn attachment(&mut self, old: Option<&Attachment>, new: Attachment, at: Time) {
        let is_new = old.map(|old| (old.state, old.attempt, old.scan)) != Some((new.state, new.attempt, new.scan));
        let is_anew = old.is_some_and(|old| old.attempt != new.attempt);
        if !is_new {
            return;
        }
        let kind = match new.state {
            AttachmentState::Pending if (is_anew && new.is_fetched()) || (old.is_none() && new.origin.is_some()) => {
                self.media.push(MediaTask::fetch(&new.id, new.attempt).entry());
                return;
            }
            AttachmentState::Stored => {
                self.scans.extend((new.scan == Some(Scan::Pending)).then_some(new));
                return;
            }
            AttachmentState::Infected => {
                self.media.push(MediaTask::delete(&new.id).entry());
                EventKind::AttachmentInfected
            }
            AttachmentState::Failed | AttachmentState::Expired | AttachmentState::TooBig => EventKind::AttachmentFailed,
            AttachmentState::Pending => return,
        };
        self.events.push(Event {
            id: EventId::derive(&[kind.word(), new.id.as_str(), &new.attempt.to_string()]),
            kind,
            at,
            channel_id: None,
            contact_id: None,
            conversation_id: new.id.message().map(|message| message.conversation()),
            data: json!({"attachment_id": new.id.as_str(), "state": new.state.word(), "problem": new.problem}),
        });
    }
}
