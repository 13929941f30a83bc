//! Files that are not Meta's: at an address that a caller named, or documents of another system.
//!
//! Guarantees: nothing is asked but addresses that the deployment allows; what is kept is what it is said to be, as far as its
//! first bytes tell, and is what WhatsApp takes.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::attachment::{Attachment, Origin, Place};
use domain::document::Wanted;
use domain::ids::DocumentSourceId;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use net::{Stream, begun, escape, observed, whole};
use sha2::{Digest, Sha256};
use whatsapp::media::{SIZE_MAX, START, check_file, check_start, check_type, is_mime_type, sniffed, usual_kind};

use crate::error::TransferError;
use crate::fetch::{Stored, UNKNOWN_TYPE};
use crate::{Transfer, in_time};

const REDIRECTS_MAX: u8 = 3;
/// What does not tell its size is read ahead, up to this.
const UNTOLD_MAX: usize = 16 * 1024 * 1024;

/// What another system gave.
pub(crate) struct Opened {
    answer: Response<Stream>,
    /// What it is where the answer does not say.
    mime_type: Option<String>,
}

/// Where documents come from. A further kind of source is a further one of these.
trait Documents {
    /// Opens the document, or says why there is none.
    async fn open(&self, transfer: &Transfer) -> Result<Opened, TransferError>;
}

/// A file at an address.
struct Link<'a>(&'a str);

impl Documents for Link<'_> {
    async fn open(&self, transfer: &Transfer) -> Result<Opened, TransferError> {
        let answer = transfer.outside.get(self.0, &HeaderMap::new(), REDIRECTS_MAX).await?;
        Ok(Opened { answer, mime_type: None })
    }
}

/// A document of a system that answers over HTTP, at an address made of its kind and id.
struct HttpSource<'a> {
    source: &'a DocumentSourceId,
    kind: &'a str,
    id: &'a str,
}

impl Documents for HttpSource<'_> {
    async fn open(&self, transfer: &Transfer) -> Result<Opened, TransferError> {
        let gone = || TransferError::NoSource { source_id: self.source.to_string() };
        let source = transfer.store.document_source_get(self.source).await?.ok_or_else(gone)?;
        let wanted = Wanted::new(self.kind, self.id).ok_or(TransferError::NoId)?;
        let mut headers = HeaderMap::new();
        if let Some(secret) = &source.secret {
            let kept = transfer.secrets.get(secret.as_str()).await?;
            let kept: BTreeMap<String, String> = serde_json::from_str(&kept).map_err(|_| TransferError::OddSecret)?;
            for (name, value) in kept {
                let name: HeaderName = name.parse().map_err(|_| TransferError::OddSecret)?;
                let mut value: HeaderValue = value.parse().map_err(|_| TransferError::OddSecret)?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        let url = source.url.fill(&wanted, escape);
        let answer = transfer.outside.get(&url, &headers, REDIRECTS_MAX).await?;
        Ok(Opened { answer, mime_type: source.mime_type })
    }
}

impl Transfer {
    pub(crate) async fn fetch_outside(
        &self,
        attachment: &Attachment,
        origin: &Origin,
    ) -> Result<Stored, TransferError> {
        in_time(async {
            let opened = match &origin.place {
                Place::Link { url } => Link(url).open(self).await?,
                Place::Source { source, kind, id } => HttpSource { source, kind, id }.open(self).await?,
            };
            self.keep(attachment, origin, opened).await
        })
        .await
    }

    async fn keep(&self, attachment: &Attachment, origin: &Origin, opened: Opened) -> Result<Stored, TransferError> {
        let Opened { answer, mime_type } = opened;
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            return Err(TransferError::Answered { status: head.status.as_u16() });
        }
        let broken = |error: net::BodyError| TransferError::Broken(error.0);
        let told = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let (start, body, size) = match told {
            Some(size) if size > SIZE_MAX => return Err(TransferError::TooBig { size }),
            Some(size) => {
                let (start, body) = begun(body, START).await.map_err(broken)?;
                (start, body, size)
            }
            None => {
                let (read, _) = begun(body, UNTOLD_MAX.saturating_add(1)).await.map_err(broken)?;
                if read.len() > UNTOLD_MAX {
                    return Err(TransferError::NoSize);
                }
                let size = u64::try_from(read.len()).unwrap_or(u64::MAX);
                (read.clone(), whole(read), size)
            }
        };
        let said = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let said = said.filter(|said| is_mime_type(said) && !is_any(said)).map(str::to_owned);
        let mime_type = attachment.mime_type.clone().or(said).or(mime_type);
        let mime_type = mime_type.unwrap_or_else(|| sniffed(&start).unwrap_or(UNKNOWN_TYPE).to_owned());
        let kind = if origin.is_kind_open { usual_kind(&mime_type) } else { attachment.kind };
        check_type(&mime_type, &start).map_err(TransferError::Unfit)?;
        if let Some(violation) = check_file(kind, &mime_type, size).into_iter().next() {
            return Err(match violation.limit {
                Some(_) => TransferError::TooBig { size },
                None => TransferError::Unfit(format!("{} {}", violation.field, violation.message)),
            });
        }
        check_start(kind, &start, size).map_err(TransferError::Unfit)?;
        let sha256 = self.put(attachment, body, size, &mime_type).await?;
        Ok(Stored { kind, mime_type, size, sha256 })
    }

    /// Into the bucket, piece by piece; the hash of what went there.
    pub(crate) async fn put(
        &self,
        attachment: &Attachment,
        body: Stream,
        size: u64,
        mime_type: &str,
    ) -> Result<String, TransferError> {
        let hash = Arc::new(Mutex::new(Sha256::new()));
        let seen = Arc::clone(&hash);
        let body = observed(body, move |piece: &Bytes| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).update(piece);
        });
        self.aws.put_object_stream(&self.bucket, &attachment.object_key(), body, size, mime_type).await?;
        Ok(hex::encode(hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize()))
    }
}

/// Types by which servers say that they do not know.
fn is_any(mime_type: &str) -> bool {
    let essence = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == UNKNOWN_TYPE || essence == "binary/octet-stream" || essence == "application/force-download"
}
