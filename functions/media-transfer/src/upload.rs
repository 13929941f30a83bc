//! The files of a queued message, from the bucket to Meta's side; then the message may go (P20, P21).
//!
//! Meta's id of a file is kept for each number and used again until it expires. The children of a message of several
//! attachments are made here, in order, once all their files are across: their ids follow from the parent's, so that
//! making them twice is making them once.
use domain::attachment::{Attached, AttachmentState, Scan, UPLOAD_KEPT};
use domain::channel::Channel;
use domain::ids::MessageId;
use domain::message::{Fault, Message, State};
use runtime::clock;
use store::{MetaFile, Outcome};
use whatsapp::client::Upload;

use crate::error::TransferError;
use crate::{Transfer, in_time};

impl Transfer {
    pub(crate) async fn upload(&self, id: &MessageId, attempt: u32, is_last: bool) -> Result<(), TransferError> {
        let Some(message) = self.store.message_get(id).await? else { return Ok(()) };
        if message.attempt != attempt || message.written_state != State::Queued || !message.media.is_awaited {
            return Ok(());
        }
        let channel = self.store.channel_get(&message.channel_id).await?.ok_or(TransferError::NoId)?;
        if message.media.parts.is_empty() {
            return match self.across(&message, &channel, is_last).await? {
                Ok(meta_id) => self.store.message_release(id, attempt, &meta_id).await.map(|_| ()),
                Err(fault) => self.store.message_settle(id, attempt, &Outcome::Refused { fault }).await.map(|_| ()),
            }
            .map_err(TransferError::from);
        }
        let mut files = Vec::new();
        for part in &message.media.parts {
            files.push(match &part.attached {
                Some(attached) => self.file(attached, &channel, None, is_last).await?.map(Some),
                None => Ok(None),
            });
        }
        self.parts(&message, &channel, files).await?;
        self.store.message_hand_over(id).await?;
        Ok(())
    }

    async fn across(
        &self,
        message: &Message,
        channel: &Channel,
        is_last: bool,
    ) -> Result<Result<String, Fault>, TransferError> {
        let attached = message.media.attached.first().ok_or(TransferError::NoId)?;
        // The id that Meta refused is not used again.
        let refused = message.media.meta_id.as_deref().filter(|_| message.media.is_renewed);
        self.file(attached, channel, refused, is_last).await
    }

    /// Meta's id of a file, or what its message is refused for.
    async fn file(
        &self,
        attached: &Attached,
        channel: &Channel,
        refused: Option<&str>,
        is_last: bool,
    ) -> Result<Result<String, Fault>, TransferError> {
        let error = match self.meta_id(attached, channel, refused).await {
            Ok(id) => return Ok(Ok(id)),
            Err(error) => error,
        };
        match error.fault(is_last) {
            Some(fault) => Ok(Err(fault)),
            None => Err(error),
        }
    }

    async fn meta_id(
        &self,
        attached: &Attached,
        channel: &Channel,
        refused: Option<&str>,
    ) -> Result<String, TransferError> {
        let found = self.store.attachment_get(&attached.id).await?.map(|(attachment, _)| attachment);
        let unusable = |state: &str| TransferError::Unusable { state: state.to_owned() };
        let attachment = found.ok_or_else(|| unusable("gone"))?;
        if !attachment.is_usable() {
            let held = attachment.scan.filter(|_| attachment.state == AttachmentState::Stored).map(Scan::word);
            return Err(unusable(held.unwrap_or(attachment.state.word())));
        }
        let kept = self.store.meta_file_get(&attached.id, &channel.id).await?;
        let now = clock::now();
        let good = |kept: &MetaFile| kept.expires_at > now && refused != Some(kept.media_id.as_str());
        if let Some(kept) = kept.filter(good) {
            return Ok(kept.media_id);
        }
        let client = self.client().await?;
        let media_id = in_time(async {
            let object = self.aws.get_object_stream(&self.bucket, &attachment.object_key()).await?;
            let size = object.headers().get(http::header::CONTENT_LENGTH);
            let size = size.and_then(|value| value.to_str().ok()?.parse().ok()).or(attachment.size);
            let upload = Upload {
                phone_number_id: &channel.phone_number_id,
                mime_type: attachment.mime_type.as_deref().unwrap_or_default(),
                filename: attachment.filename.as_deref().unwrap_or(attached.kind.word()),
                size: size.ok_or(TransferError::NoSize)?,
                body: object.into_body(),
            };
            Ok(client.media_upload(upload).await?)
        })
        .await?;
        let file = MetaFile { media_id, uploaded_at: now, expires_at: now.plus(UPLOAD_KEPT) };
        self.store.meta_file_put(&attached.id, &channel.id, &file).await?;
        Ok(file.media_id)
    }
}
