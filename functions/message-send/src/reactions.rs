//! A reaction of ours, shown on the message that it is about.
use domain::message::{AnnotationKind, Author, Message};
use runtime::chain;
use serde_json::json;
use store::{NewAnnotation, StoreError};
use whatsapp::send::Accepted;

use crate::Sender;

impl Sender {
    /// Meta has the reaction, so a failure here must not make it look unsent.
    pub(crate) async fn show_reaction(&self, reaction: &Message, accepted: Option<&Accepted>) {
        let Some(accepted) = accepted.filter(|_| reaction.kind == AnnotationKind::Reaction.word()) else { return };
        if let Err(error) = self.annotate(reaction, &accepted.wamid).await {
            tracing::warn!(error = chain(&error), message = %reaction.id, "the reaction does not show on its message");
        }
    }

    async fn annotate(&self, reaction: &Message, wamid: &str) -> Result<(), StoreError> {
        let target = reaction.content["message_id"].as_str().unwrap_or_default();
        let raw = json!({"message": {"reaction": reaction.content}}).to_string();
        let (kind, by, at) = (AnnotationKind::Reaction, Author::Business, reaction.at);
        let Some(found) = self.store.message_find(&reaction.conversation_id, target, None).await? else {
            return Ok(());
        };
        self.store.annotation_put(&found.id, &NewAnnotation { kind, by, at, wamid, target, raw: &raw }).await
    }
}
