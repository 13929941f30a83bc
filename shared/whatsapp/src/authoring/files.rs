//! Headers whose example is an upload of ours: found before Meta is asked, and given Meta's handle when it is.
use domain::attachment::MediaKind;
use serde_json::{Value, json};

use super::components::{header_format, word};
use super::example::ATTACHMENT_ID;
use crate::loose::Loose;
use crate::media::check_file;

/// A header that shows an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderFile {
    /// Where the upload is named: `components[0].example.attachment_id`.
    pub field: String,
    /// `IMAGE`, `VIDEO` or `DOCUMENT`.
    pub format: String,
    pub attachment_id: String,
}

/// Each format with what it shows as, and the types that it takes.
const FORMATS: &[(&str, MediaKind, &[&str])] = &[
    ("IMAGE", MediaKind::Image, &["image/jpeg", "image/png"]),
    ("VIDEO", MediaKind::Video, &["video/mp4"]),
    ("DOCUMENT", MediaKind::Document, &["application/pdf"]),
];

/// What Meta would say against a file as the example of a header of this format.
pub fn check_header_file(format: &str, mime_type: &str, size: u64) -> Vec<String> {
    let Some((_, kind, types)) = FORMATS.iter().find(|(known, ..)| *known == format) else {
        return vec![format!("cannot stand in a header of format {format}")];
    };
    let mut wrong = Vec::new();
    if !types.contains(&mime_type) {
        wrong.push(format!("is of type {mime_type}: a header of format {format} takes {}", types.join(" and ")));
    }
    let sizes = check_file(*kind, mime_type, size).into_iter().filter(|violation| violation.field == "size");
    wrong.extend(sizes.map(|violation| format!("has {size} bytes, which {}", violation.message)));
    wrong
}

/// The uploads that the components of a checked body name, those of cards too.
pub fn header_files(components: &Value) -> Vec<HeaderFile> {
    let mut files = Vec::new();
    collect("components", components, &mut files);
    files
}

fn collect(path: &str, components: &Value, files: &mut Vec<HeaderFile>) {
    for (at, component) in components.items().into_iter().enumerate() {
        let path = format!("{path}[{at}]");
        if let Some(id) = component.object("example").and_then(|example| example.text(ATTACHMENT_ID))
            && word(component) == "HEADER"
        {
            let format = header_format(component).unwrap_or_default().to_owned();
            files.push(HeaderFile { field: format!("{path}.example.{ATTACHMENT_ID}"), format, attachment_id: id });
        }
        for (at, card) in component.list("cards").into_iter().enumerate() {
            collect(&format!("{path}.cards[{at}].components"), card.get("components").unwrap_or(&Value::Null), files);
        }
    }
}

/// The components with Meta's handles in place of our ids. One for which there is no handle stays.
#[must_use]
pub fn with_handles(mut components: Value, handle: &impl Fn(&str) -> Option<String>) -> Value {
    replace(&mut components, handle);
    components
}

fn replace(value: &mut Value, handle: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, handle)),
        Value::Object(members) => {
            let id = members.get("example").and_then(|example| example.text(ATTACHMENT_ID));
            if let Some(handle) = id.and_then(|id| handle(&id)) {
                members.insert("example".to_owned(), json!({"header_handle": [handle]}));
            }
            for name in ["cards", "components"] {
                members.get_mut(name).into_iter().for_each(|inner| replace(inner, handle));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
