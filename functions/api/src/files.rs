//! The bucket behind the API: links by which callers fetch and bring files themselves, and what is there once they did.
//!
//! Guarantees: a link is good for one file and some minutes; an upload is taken only as it was announced, and only once, so
//! that what was checked (and scanned) is what is sent.
use std::time::Duration;

use domain::Time;
use domain::attachment::{Attachment, AttachmentState, MediaKind, Scan};
use domain::ids::AttachmentId;
use lambda_http::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_NONE_MATCH};
use lambda_http::http::{HeaderName, Method};
use net::{Aws, AwsError, Presigned};
use runtime::clock;
use whatsapp::media::{START, check_start};

use crate::auth::Caller;
use crate::problem::{FieldError, Problem};
use crate::{App, sight};

const DOWNLOAD_FOR: Duration = Duration::from_secs(5 * 60);
const UPLOAD_FOR: Duration = Duration::from_secs(15 * 60);

/// Where the files are.
#[derive(Clone)]
pub struct Files {
    aws: Aws,
    bucket: String,
    is_scanned: bool,
}

/// A request that a caller may make without our key.
pub(crate) struct Link {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// What the request must carry, exactly so.
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) expires_at: Time,
}

impl Files {
    /// `scan` is the deployment's parameter: with `required`, no file is given to anybody before a scanner saw it.
    pub fn new(aws: Aws, bucket: String, scan: &str) -> Files {
        Files { aws, bucket, is_scanned: scan == "required" }
    }

    /// Only for a file that may be given away. Whatever a customer sent is saved and not shown as a page of the bucket's host.
    pub(crate) fn download(&self, attachment: &Attachment, now: Time) -> Result<Option<Link>, Problem> {
        self.disposed("attachment", attachment, now)
    }

    /// As [`Files::download`], to be shown in place; only for what browsers show without running anything in it.
    pub(crate) fn preview(&self, attachment: &Attachment, now: Time) -> Result<Option<Link>, Problem> {
        let mime_type = attachment.mime_type.as_deref().unwrap_or_default();
        match is_shown_safely(mime_type) {
            true => self.disposed("inline", attachment, now),
            false => Ok(None),
        }
    }

    fn disposed(&self, how: &str, attachment: &Attachment, now: Time) -> Result<Option<Link>, Problem> {
        if !attachment.is_usable() {
            return Ok(None);
        }
        let name = attachment.filename.as_deref().unwrap_or(attachment.kind.word());
        let disposition = format!("{how}; filename*=UTF-8''{}", escape(name));
        let query = format!("response-content-disposition={}", escape(&disposition));
        self.link(Method::GET, attachment, Vec::new(), &query, now, DOWNLOAD_FOR).map(Some)
    }

    /// Only for an upload that did not happen yet.
    pub(crate) fn upload(&self, attachment: &Attachment, now: Time) -> Result<Option<Link>, Problem> {
        let (Some(mime_type), Some(size)) = (&attachment.mime_type, attachment.size) else { return Ok(None) };
        if attachment.state != AttachmentState::Pending || attachment.is_fetched() {
            return Ok(None);
        }
        let headers = vec![
            (CONTENT_TYPE, mime_type.clone()),
            (CONTENT_LENGTH, size.to_string()),
            (IF_NONE_MATCH, "*".to_owned()),
        ];
        self.link(Method::PUT, attachment, headers, "", now, UPLOAD_FOR).map(Some)
    }

    fn link(
        &self,
        method: Method,
        attachment: &Attachment,
        headers: Vec<(HeaderName, String)>,
        query: &str,
        now: Time,
        expires_in: Duration,
    ) -> Result<Link, Problem> {
        let key = attachment.object_key();
        let wanted =
            Presigned { method: &method, bucket: &self.bucket, key: &key, headers: &headers, query, expires_in };
        let url = self.aws.presign(&wanted).map_err(|error| Problem::Internal(error.into()))?;
        Ok(Link { method, url, headers, expires_at: now.plus(expires_in) })
    }

    /// How many bytes an object has, and up to `bytes` from its start; nothing if there is none.
    pub(crate) async fn start(&self, attachment: &Attachment, bytes: usize) -> Result<Option<(u64, Vec<u8>)>, Problem> {
        let answer = self.aws.get_object_part(&self.bucket, &attachment.object_key(), 0, bytes).await;
        let answer = match answer {
            Ok(answer) => answer,
            // Who may not list a bucket is told that access is denied where nothing is.
            Err(AwsError::Refused { status: 403 | 404, .. }) => return Ok(None),
            Err(error) => return Err(Problem::Unavailable(error.into())),
        };
        let whole = answer.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()?.rsplit('/').next());
        let size = whole.and_then(|size| size.parse().ok());
        Ok(Some((size.unwrap_or(u64::try_from(answer.body().len()).unwrap_or_default()), answer.body().to_vec())))
    }

    /// What the bytes of a stored file say against showing it as `kind`.
    pub(crate) async fn check_start(
        &self,
        attachment: &Attachment,
        kind: MediaKind,
    ) -> Result<Option<String>, Problem> {
        if !matches!(kind, MediaKind::Voice | MediaKind::Sticker) {
            return Ok(None);
        }
        Ok(match self.start(attachment, START).await? {
            Some((size, start)) => check_start(kind, &start, size).err(),
            None => Some("is no longer there".to_owned()),
        })
    }
}

/// The attachment as it is now: an upload is looked for in the bucket until it is there.
pub(crate) async fn settled(app: &App, seen: Attachment) -> Result<Attachment, Problem> {
    if seen.state != AttachmentState::Pending || seen.is_fetched() {
        return Ok(seen);
    }
    let Some((size, start)) = app.files.start(&seen, START).await? else { return Ok(seen) };
    let problem = match seen.size {
        Some(announced) if announced != size => Some(format!("has {size} bytes and not {announced}, as was announced")),
        _ => check_start(seen.kind, &start, size).err(),
    };
    let state = if problem.is_none() { AttachmentState::Stored } else { AttachmentState::Failed };
    let scan = (app.files.is_scanned && problem.is_none()).then_some(Scan::Pending);
    let new = Attachment { state, scan, problem, settled_at: Some(clock::now()), ..seen.clone() };
    if app.store.attachment_replace(Some(&seen), &new).await? {
        return Ok(new);
    }
    let current = app.store.attachment_get(&seen.id).await?;
    Ok(current.map_or(seen, |(attachment, _)| attachment))
}

/// A file that a request names in `field`, if it may be given away.
pub(crate) async fn usable(app: &App, caller: &Caller, field: &str, id: &AttachmentId) -> Result<Attachment, Problem> {
    let attachment = settled(app, sight::named_attachment(app, caller, field, id).await?).await?;
    match attachment.obstacle() {
        Some(why) => Err(Problem::AttachmentNotReady(vec![FieldError::new(field, format!("is not ready: {why}"))])),
        None => Ok(attachment),
    }
}

/// SVG and HTML are documents with scripts of their own, and are not among them.
fn is_shown_safely(mime_type: &str) -> bool {
    let essence = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let listed = ["application/pdf", "image/jpeg", "image/png", "image/webp", "image/gif", "text/plain"];
    listed.contains(&essence.as_str()) || essence.starts_with("audio/") || essence.starts_with("video/")
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if plain(byte) {
            escaped.push(char::from(byte))
        } else {
            escaped.push_str(&format!("%{byte:02X}"))
        }
        escaped
    })
}
