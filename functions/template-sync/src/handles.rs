//! Files that headers show to Meta's reviewers: from the bucket to Meta, which gives a handle for each.
//!
//! Safe to repeat: a file that was brought twice has two handles, of which one is used.
use std::time::Duration;

use domain::attachment::{AttachmentState, Scan};
use domain::ids::AttachmentId;
use http::header::CONTENT_LENGTH;
use whatsapp::client::MediaError;

use crate::Sync;
use crate::error::SyncError;

/// Less than the function's own timeout, so that a slow peer is told from a crash.
const UPLOAD_LIMIT: Duration = Duration::from_secs(80);

impl Sync {
    pub(crate) async fn handle_of(&self, id: &AttachmentId) -> Result<String, SyncError> {
        let found = self.store.attachment_get(id).await?.map(|(attachment, _)| attachment);
        let unusable = |state: &str| SyncError::Unusable { state: state.to_owned() };
        let file = found.ok_or_else(|| unusable("gone"))?;
        if !file.is_usable() {
            let held = file.scan.filter(|_| file.state == AttachmentState::Stored).map(Scan::word);
            return Err(unusable(held.unwrap_or(file.state.word())));
        }
        let mime_type = file.mime_type.clone().unwrap_or_default();
        let filename = file.filename.clone().unwrap_or_else(|| file.kind.word().to_owned());
        let app_id = self.asked(async |client| client.app_id().await).await?;
        let upload = async {
            let object = self.aws.get_object_stream(&self.bucket, &file.object_key()).await?;
            let length = object.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
            let size = length.or(file.size).ok_or_else(|| unusable("empty"))?;
            let session =
                self.asked(async |client| client.upload_session(&app_id, &filename, &mime_type, size).await).await?;
            Ok(self.client().await?.upload_bytes(&session, size, object.into_body()).await?)
        };
        let slow = Err(SyncError::Upload(MediaError::Unreadable { status: 504 }));
        tokio::time::timeout(UPLOAD_LIMIT, upload).await.unwrap_or(slow)
    }
}
