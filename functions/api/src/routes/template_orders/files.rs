//! Uploads that headers name as their examples: there, released, and of a kind that Meta takes.
use domain::attachment::{Attachment, AttachmentState};
use serde_json::Value;
use whatsapp::authoring::{HeaderFile, check_header_file, header_files};

use crate::App;
use crate::fields::Identifier;
use crate::files::settled;
use crate::problem::{FieldError, Problem};

pub(super) async fn check(app: &App, components: &Value) -> Result<Vec<FieldError>, Problem> {
    let mut errors = Vec::new();
    for file in header_files(components) {
        let wrong = match domain::ids::AttachmentId::read(&file.attachment_id) {
            None => vec![domain::ids::AttachmentId::expected()],
            Some(id) => match app.store.attachment_get(&id).await? {
                None => vec!["names no attachment".to_owned()],
                Some((attachment, _)) => against(&file, &settled(app, attachment).await?),
            },
        };
        errors.extend(wrong.into_iter().map(|message| FieldError::new(file.field.clone(), message)));
    }
    Ok(errors)
}

fn against(file: &HeaderFile, attachment: &Attachment) -> Vec<String> {
    if !attachment.is_usable() {
        let state = match attachment.scan.filter(|_| attachment.state == AttachmentState::Stored) {
            Some(scan) => format!("stored, and its scan is {scan}"),
            None => attachment.state.to_string(),
        };
        return vec![format!("cannot be shown now: it is {state}")];
    }
    let mime_type = attachment.mime_type.as_deref().unwrap_or_default();
    check_header_file(&file.format, mime_type, attachment.size.unwrap_or_default())
}
