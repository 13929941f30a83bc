//! Files in a message: one that a medium's object names, or up to five in a message of type `attachments`, which becomes
//! one message for each of them (P20).
//!
//! Guarantee: a file that is not there, not released by the scanner, or not taken by WhatsApp as what it is to be shown as
//! is refused before anything is written.
use domain::attachment::{ATTACHMENT_ID, Attachment, MediaKind, MessageMedia, Part, named_file};
use domain::ids;
use domain::message::Message;
use domain::parts::{ATTACHMENTS_MAX, KIND};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use whatsapp::media::check_file;
use whatsapp::send::{TEXT_MAX, check};

use crate::auth::Caller;
use crate::fields::{AttachmentId, Identifier, Members, Text};
use crate::files::settled;
use crate::input::parse_value;
use crate::problem::{FieldError, Problem};
use crate::{App, sight};

/// The longest caption under a file; a longer text goes ahead of it as a message of its own.
const CAPTION_MAX: usize = 1024;

type Filename = Text<240>;

/// Exactly one of `attachment_id`, `link` and `media_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachmentInput {
    /// A file of ours: an upload, or one that a customer sent.
    attachment_id: Option<AttachmentId>,
    /// An address that WhatsApp fetches.
    link: Option<Text<2048>>,
    /// WhatsApp's own id of a file.
    media_id: Option<Text<256>>,
    /// What the customer sees as the name of a document.
    filename: Option<Filename>,
    /// What it is shown as: needed with `link` and `media_id`; a file of ours knows.
    kind: Option<crate::fields::MediaKind>,
}

/// A file that a message names.
pub(super) struct File {
    field: String,
    /// Where its medium stands in the content, as a JSON pointer.
    place: String,
    source: Source,
    kind: Option<MediaKind>,
    filename: Option<String>,
}

enum Source {
    Ours(ids::AttachmentId),
    /// The member of the Cloud API's object, and its value.
    Theirs(&'static str, String),
}

/// What a draft has to do with files.
pub(super) enum Files {
    None,
    One(File),
    Several { files: Vec<File>, caption: Option<String> },
}

/// Whether the type is that of several files in one message.
pub(super) fn is_several(kind: &str) -> bool {
    kind == KIND
}

/// The content with the Cloud API's names only, as `whatsapp` checks it, and the file of ours that it names.
pub(super) fn one(kind: &str, content: &Value) -> Result<(Value, Files), Problem> {
    let Some(place) = named_file(content) else { return Ok((content.clone(), Files::None)) };
    // A template's medium is of the type that its member is named after.
    let shown_as = place.rsplit('/').next().filter(|member| !member.is_empty()).unwrap_or(kind);
    let media = MediaKind::parse(shown_as).filter(|media| media.message_type() == shown_as);
    let mut meta = content.clone();
    let medium = meta.pointer_mut(&place).and_then(Value::as_object_mut);
    let Some((media, members)) = media.zip(medium) else { return Ok((content.clone(), Files::None)) };
    let field = format!("{kind}{}", place.replace('/', "."));
    let named = members.remove(ATTACHMENT_ID).unwrap_or_default();
    let id = named.as_str().and_then(ids::AttachmentId::parse);
    let id = id.ok_or_else(|| Problem::field(format!("{field}.{ATTACHMENT_ID}"), ids::AttachmentId::expected()))?;
    if members.contains_key("id") {
        return Err(Problem::field(field, "must have either an attachment_id, an id or a link"));
    }
    let is_voice = members.get("voice") == Some(&Value::Bool(true));
    let media = if is_voice { MediaKind::Voice } else { media };
    members.insert("id".to_owned(), json!("0"));
    let field = format!("{field}.{ATTACHMENT_ID}");
    Ok((meta, Files::One(File { field, place, source: Source::Ours(id), kind: Some(media), filename: None })))
}

/// The files of a message of type `attachments`, and its text.
pub(super) fn several(list: Value, caption: Option<Value>) -> Result<Files, Problem> {
    if list.is_null() {
        return Err(Problem::field(KIND, format!("is missing; name 1 to {ATTACHMENTS_MAX} files")));
    }
    let inputs: Vec<Members<AttachmentInput>> = parse_value(KIND, list)?;
    if inputs.is_empty() {
        return Err(Problem::field(KIND, "must not be empty"));
    }
    if inputs.len() > ATTACHMENTS_MAX {
        let message = format!("must not be more than {ATTACHMENTS_MAX}");
        return Err(Problem::TooLong(vec![FieldError {
            limit: Some(ATTACHMENTS_MAX),
            ..FieldError::new(KIND, message)
        }]));
    }
    let caption: Option<Text<TEXT_MAX>> = caption.map(|caption| parse_value("caption", caption)).transpose()?;
    let read = |(index, Members(input)): (usize, Members<AttachmentInput>)| {
        let field = format!("{KIND}[{index}]");
        let source = match (input.attachment_id, input.link, input.media_id) {
            (Some(id), None, None) => Source::Ours(id.0),
            (None, Some(link), None) => Source::Theirs("link", link.0),
            (None, None, Some(id)) => Source::Theirs("id", id.0),
            _ => return Err(Problem::field(field, "must have exactly one of attachment_id, link and media_id")),
        };
        let kind = input.kind.map(|kind| kind.0);
        if kind.is_none() && matches!(source, Source::Theirs(..)) {
            return Err(Problem::field(format!("{field}.kind"), "is missing; it is needed with link and media_id"));
        }
        Ok(File { field, place: String::new(), source, kind, filename: input.filename.map(|name| name.0) })
    };
    let files = inputs.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Files::Several { files, caption: caption.map(|text| text.0) })
}

/// Puts into the message what it has to do with files.
pub(super) async fn resolve(app: &App, caller: &Caller, files: &Files, message: &mut Message) -> Result<(), Problem> {
    match files {
        Files::None => Ok(()),
        Files::One(file) => {
            let Some(attachment) = ours(app, caller, file).await? else { return Ok(()) };
            if let Some(medium) = message.content.pointer_mut(&file.place) {
                let is_unnamed = attachment.kind == MediaKind::Document && medium["filename"].is_null();
                if let Some(name) = attachment.filename.as_ref().filter(|_| is_unnamed) {
                    medium["filename"] = json!(name);
                }
            }
            message.media =
                MessageMedia { is_awaited: true, attached: vec![attachment.summary()], ..MessageMedia::default() };
            Ok(())
        }
        Files::Several { files, caption } => {
            let mut parts = Vec::new();
            for file in files {
                parts.push(part(app, caller, file).await?);
            }
            captioned(&mut parts, caption.as_deref());
            message.media = MessageMedia {
                is_awaited: true,
                attached: parts.iter().filter_map(|part| part.attached.clone()).collect(),
                parts,
                ..MessageMedia::default()
            };
            Ok(())
        }
    }
}

/// The file of ours, if it is one and may be sent as what it is to be shown as.
async fn ours(app: &App, caller: &Caller, file: &File) -> Result<Option<Attachment>, Problem> {
    let Source::Ours(id) = &file.source else { return Ok(None) };
    let attachment = settled(app, sight::named_attachment(app, caller, &file.field, id).await?).await?;
    if !attachment.is_usable() {
        let why = match (attachment.scan, &attachment.problem) {
            (Some(scan), _) => format!("cannot be sent: its scan is {scan}"),
            (None, Some(problem)) => format!("cannot be sent: it is {}: {problem}", attachment.state),
            (None, None) => format!("cannot be sent: it is {}", attachment.state),
        };
        return Err(Problem::AttachmentNotReady(vec![FieldError::new(&file.field, why)]));
    }
    let kind = file.kind.unwrap_or(attachment.kind);
    let mime_type = attachment.mime_type.as_deref().unwrap_or_default();
    let mut errors: Vec<FieldError> =
        check_file(kind, mime_type, attachment.size.unwrap_or_default()).into_iter().map(Into::into).collect();
    if errors.is_empty()
        && let Some(against) = app.files.check_start(&attachment, kind).await?
    {
        errors.push(FieldError::new("file", against));
    }
    if errors.is_empty() {
        return Ok(Some(Attachment { kind, ..attachment }));
    }
    for error in &mut errors {
        error.field = format!("{}.{}", file.field, error.field);
    }
    Err(Problem::FileRefused(errors))
}

async fn part(app: &App, caller: &Caller, file: &File) -> Result<Part, Problem> {
    let attachment = ours(app, caller, file).await?;
    let kind = file.kind.or(attachment.as_ref().map(|attachment| attachment.kind)).unwrap_or(MediaKind::Document);
    let mut content = match &file.source {
        Source::Ours(id) => json!({ATTACHMENT_ID: id.as_str()}),
        Source::Theirs(member, value) => json!({*member: value}),
    };
    if kind == MediaKind::Voice {
        content["voice"] = json!(true);
    }
    let known = attachment.as_ref().and_then(|attachment| attachment.filename.clone());
    if let Some(name) = file.filename.clone().or(known).filter(|_| kind == MediaKind::Document) {
        content["filename"] = json!(name);
    }
    let (meta, _) = one(kind.message_type(), &content)?;
    check(kind.message_type(), &meta).map_err(|violations| {
        let error = |violation: whatsapp::send::Violation| FieldError {
            field: file.field.clone(),
            message: violation.message,
            limit: violation.limit,
        };
        Problem::InvalidMessage(violations.into_iter().map(error).collect())
    })?;
    let attached = attachment.map(|attachment| attachment.summary());
    Ok(Part { kind: kind.message_type().to_owned(), content, attached })
}

/// The text stands under the first file where it can, else ahead of all of them.
fn captioned(parts: &mut Vec<Part>, caption: Option<&str>) {
    let Some(caption) = caption else { return };
    let takes = |part: &Part| MediaKind::parse(&part.kind).is_some_and(MediaKind::takes_caption);
    match parts.first_mut().filter(|part| takes(part) && caption.chars().count() <= CAPTION_MAX) {
        Some(first) => first.content["caption"] = json!(caption),
        None => {
            parts.insert(0, Part { kind: "text".to_owned(), content: json!({"body": caption}), attached: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_under_the_first_file_where_it_can() {
        let long = "x".repeat(CAPTION_MAX + 1);
        for (kind, caption, kinds) in [
            ("image", Some("Look"), vec!["image"]),
            ("document", Some("Look"), vec!["document"]),
            ("image", Some(long.as_str()), vec!["text", "image"]),
            ("audio", Some("Look"), vec!["text", "audio"]),
            ("sticker", Some("Look"), vec!["text", "sticker"]),
            ("image", None, vec!["image"]),
        ] {
            let mut parts = vec![Part { kind: kind.to_owned(), content: json!({"id": "1"}), attached: None }];
            captioned(&mut parts, caption);
            assert_eq!(parts.iter().map(|part| part.kind.as_str()).collect::<Vec<_>>(), kinds, "{caption:?}");
            let said: Vec<&Value> =
                parts.iter().flat_map(|part| [&part.content["caption"], &part.content["body"]]).collect();
            assert_eq!(said.iter().find_map(|text| text.as_str()), caption);
        }
    }
}
