//! Tasks about files: one that is to be fetched, some that are to be uploaded, one that must go; and what a virus scanner of
//! the business is told.
use domain::attachment::Attachment;
use domain::ids::{AttachmentId, MessageId};
use serde::{Deserialize, Serialize};

use crate::Malformed;
use crate::producer::Entry;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum MediaTask {
    /// Fetch what came with a message.
    #[serde(rename = "fetch_attachment_v1")]
    Fetch { attachment_id: String, attempt: u32 },
    /// Bring the files of a queued message to Meta's side, and let it go.
    #[serde(rename = "upload_media_v1")]
    Upload { message_id: String, attempt: u32 },
    /// Delete the file of an attachment.
    #[serde(rename = "delete_attachment_v1")]
    Delete { attachment_id: String },
}

impl MediaTask {
    pub fn fetch(attachment: &AttachmentId, attempt: u32) -> MediaTask {
        MediaTask::Fetch { attachment_id: attachment.to_string(), attempt }
    }

    pub fn upload(message: &MessageId, attempt: u32) -> MediaTask {
        MediaTask::Upload { message_id: message.to_string(), attempt }
    }

    pub fn delete(attachment: &AttachmentId) -> MediaTask {
        MediaTask::Delete { attachment_id: attachment.to_string() }
    }

    pub fn parse(body: &str) -> Result<MediaTask, Malformed> {
        serde_json::from_str(body).map_err(|source| Malformed { expected: "media", source })
    }

    pub fn entry(&self) -> Entry {
        Entry { body: serde_json::json!(self).to_string(), group: None, once: None }
    }
}

/// For the business's scanner: which file waits for its verdict, and where it is.
pub fn scan_request(attachment: &Attachment, bucket: &str) -> Entry {
    let body = serde_json::json!({
        "type": "scan_attachment_v1", "attachment_id": attachment.id.as_str(), "bucket": bucket,
        "key": attachment.object_key(), "mime_type": attachment.mime_type, "size": attachment.size,
    });
    Entry { body: body.to_string(), group: None, once: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{ChannelId, ContactId, ConversationId};

    #[test]
    fn media_tasks_read_back_and_others_are_refused() {
        let conversation = ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&["ann"]));
        let message = MessageId::of_wamid(&conversation, domain::Time::from_seconds(1), "w");
        let attachment = AttachmentId::of_message(&message);
        for task in [MediaTask::fetch(&attachment, 2), MediaTask::upload(&message, 1), MediaTask::delete(&attachment)] {
            assert_eq!(MediaTask::parse(&task.entry().body).unwrap(), task);
        }
        for body in [r#"{"type":"fetch_attachment_v2","attachment_id":"x","attempt":1}"#, "{}", "[]", ""] {
            assert!(MediaTask::parse(body).is_err(), "{body}");
        }
    }
}
