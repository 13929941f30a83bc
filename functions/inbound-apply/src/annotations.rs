//! Reactions, edits and deletions: facts about a message that is there, never messages of their own (P43). They open no
//! window, are not unread and call for no answer.
use domain::event::EventKind;
use domain::message::{AnnotationKind, Author};
use queue::Atom;
use runtime::clock;
use store::NewAnnotation;
use whatsapp::webhook::{self, Content};

use crate::Apply;
use crate::error::ApplyError;
use crate::row::{Place, raw};
use crate::statuses::{EARLY_DELIVERIES_MAX, Match};

/// Also one that does not say what it is about.
pub(crate) fn is_annotation(message: &webhook::Message) -> bool {
    AnnotationKind::parse(&message.kind).is_some()
}

fn target(content: &Content) -> Option<&str> {
    match content {
        Content::Reaction { message_id, .. } | Content::Edit { message_id, .. } | Content::Revoke { message_id } => {
            Some(message_id)
        }
        Content::Text { .. }
        | Content::Image(_)
        | Content::Audio(_)
        | Content::Video(_)
        | Content::Document(_)
        | Content::Sticker(_)
        | Content::Location(_)
        | Content::Contacts(_)
        | Content::Button { .. }
        | Content::Interactive(_)
        | Content::Order(_)
        | Content::System(_)
        | Content::Unsupported { .. }
        | Content::MediaPlaceholder
        | Content::Unknown(_) => None,
    }
}

impl Apply {
    /// One that comes before its message waits in the conversation and is shown with the message from then on: it would be
    /// of no use to try again later, for the message stands behind it in the queue.
    pub(crate) async fn annotate(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        place: &Place<'_>,
        by: Author,
        deliveries: u32,
    ) -> Result<(), ApplyError> {
        let kind = AnnotationKind::parse(&wire.kind);
        let (Some(kind), Some(target), Some(at)) = (kind, target(&wire.content), wire.at) else {
            return self.keep(atom, EventKind::AnnotationUnmatched, Some("it lacks its message or its time")).await;
        };
        let raw = raw(atom)?;
        let new = NewAnnotation { kind, by, at, wamid: &wire.wamid, target, raw: &raw };
        let conversation = place.conversation();
        match self.locate(&conversation, target, None).await? {
            Match::Message(message) => self.store.annotation_put(&message.id, &new).await?,
            Match::Later if deliveries <= EARLY_DELIVERIES_MAX => return Err(ApplyError::Early),
            Match::Later | Match::Nothing => {
                self.store.annotation_keep(&conversation, &new, clock::now()).await?;
                let because = "no message of this thread has the wamid yet";
                self.keep(atom, EventKind::AnnotationUnmatched, Some(because)).await?;
            }
        }
        Ok(())
    }
}
