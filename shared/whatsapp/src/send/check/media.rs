//! Rules of the types that show a file: each is one that was uploaded (`id`) or one that Meta fetches (`link`).
use serde_json::Value;

use super::rule::{Member, Rule, Violation, optional};

const CAPTION: Member = optional("caption", Rule::Short { max: 1024 });
const ID: Member = optional("id", Rule::Filled);
const LINK: Member = optional("link", Rule::Filled);

pub(super) const IMAGE: Rule = Rule::All(&[Rule::Object(&[ID, LINK, CAPTION]), Rule::Custom(has_one_source)]);
pub(super) const VIDEO: Rule = IMAGE;
/// With `voice` it is shown as recorded in the chat.
pub(super) const AUDIO: Rule =
    Rule::All(&[Rule::Object(&[ID, LINK, optional("voice", Rule::Flag)]), Rule::Custom(has_one_source)]);
pub(super) const DOCUMENT: Rule =
    Rule::All(&[Rule::Object(&[ID, LINK, CAPTION, optional("filename", Rule::Filled)]), Rule::Custom(has_one_source)]);
pub(super) const STICKER: Rule = Rule::All(&[Rule::Object(&[ID, LINK]), Rule::Custom(has_one_source)]);
/// A file inside something else, such as a header.
pub(super) const FILE: Rule = Rule::All(&[Rule::Open(&[ID, LINK]), Rule::Custom(has_one_source)]);

fn has_one_source(path: &str, value: &Value, violations: &mut Vec<Violation>) {
    let has_both = value.get("id").is_some() && value.get("link").is_some();
    let has_none = value.get("id").is_none() && value.get("link").is_none();
    if value.is_object() && (has_both || has_none) {
        violations.push(Violation::new(path, "must have either an id or a link"));
    }
}
