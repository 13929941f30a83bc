//! A file that is not in the bucket yet: a customer's from Meta here, others in `outside`. Each try asks for a fresh address, as one lives five minutes (P23).
use domain::attachment::{Attachment, AttachmentState, MediaKind, Medium, Scan, medium};
use domain::ids::AttachmentId;
use http::header::CONTENT_LENGTH;
use runtime::{chain, clock};
use whatsapp::client::MediaError;
use whatsapp::media::{SIZE_MAX, is_mime_type};

use crate::error::TransferError;
use crate::{Transfer, in_time};

pub(crate) const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What is in the bucket now.
pub(crate) struct Stored {
    pub(crate) kind: MediaKind,
    pub(crate) mime_type: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Transfer {
    pub(crate) async fn fetch(&self, id: &AttachmentId, attempt: u32, is_last: bool) -> Result<(), TransferError> {
        let Some((seen, has_row)) = self.store.attachment_get(id).await? else { return Ok(()) };
        if seen.state != AttachmentState::Pending || seen.attempt != attempt {
            return Ok(());
        }
        let fetched = match &seen.origin {
            Some(origin) => self.fetch_outside(&seen, origin).await,
            None => self.fetch_file(&seen).await,
        };
        let settled = |state| Attachment { state, settled_at: Some(clock::now()), problem: None, ..seen.clone() };
        let (new, outcome) = match fetched {
            Ok(stored) => {
                let scan = self.is_scanned.then_some(Scan::Pending);
                let Stored { kind, mime_type, size, sha256 } = stored;
                let told = settled(AttachmentState::Stored);
                let (mime_type, size, sha256) = (Some(mime_type), Some(size), Some(sha256));
                (Attachment { kind, scan, mime_type, size, sha256, ..told }, Ok(()))
            }
            Err(error) => {
                let problem = Some(chain(&error));
                match error.verdict(is_last) {
                    Some(state) => (Attachment { problem, ..settled(state) }, Ok(())),
                    None => (Attachment { problem, ..seen.clone() }, Err(error)),
                }
            }
        };
        // Whoever was faster is right as well: what is in the bucket is the same.
        self.store.attachment_replace(has_row.then_some(&seen), &new).await?;
        outcome
    }

    async fn fetch_file(&self, attachment: &Attachment) -> Result<Stored, TransferError> {
        let message = attachment.id.message().ok_or(TransferError::NoId)?;
        let message = self.store.message_get(&message).await?.ok_or(TransferError::NoId)?;
        let medium = medium(&message).ok_or(TransferError::NoId)?;
        let channel = self.store.channel_get(&message.channel_id).await?.ok_or(TransferError::NoId)?;
        in_time(async {
            match self.transfer(attachment, &medium, &channel.phone_number_id).await {
                // The address was over before it was used; once more with a fresh one.
                Err(TransferError::Meta(MediaError::Gone)) => {
                    self.transfer(attachment, &medium, &channel.phone_number_id).await
                }
                done => done,
            }
        })
        .await
    }

    async fn transfer(
        &self,
        attachment: &Attachment,
        medium: &Medium<'_>,
        phone_number_id: &str,
    ) -> Result<Stored, TransferError> {
        let client = self.client().await?;
        let place = client.media_place(medium.id, phone_number_id).await?;
        if let Some(size) = place.size.filter(|size| *size > SIZE_MAX) {
            return Err(TransferError::TooBig { size });
        }
        let answer = client.media_download(&place.url).await?;
        let told = answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let size: u64 = told.or(place.size).ok_or(TransferError::NoSize)?;
        if size > SIZE_MAX {
            return Err(TransferError::TooBig { size });
        }
        let named = place.mime_type.as_deref().or(medium.mime_type).filter(|mime_type| is_mime_type(mime_type));
        let mime_type = named.unwrap_or(UNKNOWN_TYPE).to_owned();
        let sha256 = self.put(attachment, answer.into_body(), size, &mime_type).await?;
        Ok(Stored { kind: attachment.kind, mime_type, size, sha256 })
    }
}
