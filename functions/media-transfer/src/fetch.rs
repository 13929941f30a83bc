//! A customer's file, from Meta into the bucket. Each try asks for a fresh address, as one lives five minutes (P23).
use std::sync::{Arc, Mutex, PoisonError};

use domain::attachment::{Attachment, AttachmentState, Medium, Scan, medium};
use domain::ids::AttachmentId;
use http::header::CONTENT_LENGTH;
use net::observed;
use runtime::{chain, clock};
use sha2::{Digest, Sha256};
use whatsapp::client::MediaError;
use whatsapp::media::{SIZE_MAX, is_mime_type};

use crate::error::TransferError;
use crate::{Transfer, in_time};

const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What is in the bucket now.
struct Stored {
    mime_type: String,
    size: u64,
    sha256: String,
}

impl Transfer {
    pub(crate) async fn fetch(&self, id: &AttachmentId, attempt: u32, is_last: bool) -> Result<(), TransferError> {
        let Some((seen, has_row)) = self.store.attachment_get(id).await? else { return Ok(()) };
        if seen.state != AttachmentState::Pending || seen.attempt != attempt {
            return Ok(());
        }
        let fetched = self.fetch_file(&seen).await;
        let settled = |state| Attachment { state, settled_at: Some(clock::now()), problem: None, ..seen.clone() };
        let (new, outcome) = match fetched {
            Ok(stored) => {
                let scan = self.is_scanned.then_some(Scan::Pending);
                let Stored { mime_type, size, sha256 } = stored;
                let told = settled(AttachmentState::Stored);
                let (mime_type, size, sha256) = (Some(mime_type), Some(size), Some(sha256));
                (Attachment { scan, mime_type, size, sha256, ..told }, Ok(()))
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
        let key = attachment.object_key();
        in_time(async {
            match self.transfer(&medium, &channel.phone_number_id, &key).await {
                // The address was over before it was used; once more with a fresh one.
                Err(TransferError::Meta(MediaError::Gone)) => {
                    self.transfer(&medium, &channel.phone_number_id, &key).await
                }
                done => done,
            }
        })
        .await
    }

    async fn transfer(&self, medium: &Medium<'_>, phone_number_id: &str, key: &str) -> Result<Stored, TransferError> {
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
        let hash = Arc::new(Mutex::new(Sha256::new()));
        let seen = Arc::clone(&hash);
        let body = observed(answer.into_body(), move |piece| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).update(piece);
        });
        self.aws.put_object_stream(&self.bucket, key, body, size, &mime_type).await?;
        let sha256 = hex::encode(hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize());
        Ok(Stored { mime_type, size, sha256 })
    }
}
