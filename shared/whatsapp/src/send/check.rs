//! What must hold of a message before Meta is asked to send it, each limit of Meta's as data: a type is a row of [`TYPES`],
//! each of its members a row of rules.
//!
//! Guarantee: all that is wrong is told at once, each with its field and the limit that it exceeds. At the top of a type an
//! unknown member is refused by name; further inside, where Meta adds members without notice, it passes.
mod carousel;
mod contacts;
mod interactive;
mod media;
pub(crate) mod rule;
mod template;

use serde_json::Value;

pub use rule::Violation;
pub(super) use template::check_parameter_text;

use rule::{Rule, check_rule, optional, required};

/// Longest body of a text; a longer one can be cut into several messages.
pub const TEXT_MAX: usize = 4096;
/// The longest emoji are sequences of several characters.
const EMOJI_MAX: usize = 16;

const TYPES: &[(&str, Rule)] = &[
    ("text", Rule::Object(&[required("body", Rule::Text { max: TEXT_MAX }), optional("preview_url", Rule::Flag)])),
    ("image", media::IMAGE),
    ("video", media::VIDEO),
    ("audio", media::AUDIO),
    ("document", media::DOCUMENT),
    ("sticker", media::STICKER),
    (
        "location",
        Rule::Object(&[
            required("latitude", Rule::Degrees { max: 90.0 }),
            required("longitude", Rule::Degrees { max: 180.0 }),
            optional("name", Rule::String),
            optional("address", Rule::String),
        ]),
    ),
    ("contacts", contacts::CONTACTS),
    // An empty emoji takes the reaction back.
    (
        "reaction",
        Rule::Object(&[required("message_id", Rule::Filled), required("emoji", Rule::Short { max: EMOJI_MAX })]),
    ),
    ("interactive", interactive::INTERACTIVE),
    ("template", Rule::Object(template::MEMBERS)),
];

/// Checks the member named like the type. What only the template, the thread or the window can tell is not checked here.
pub fn check(kind: &str, payload: &Value) -> Result<(), Vec<Violation>> {
    let Some((_, rule)) = TYPES.iter().find(|(name, _)| *name == kind) else {
        let known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        return Err(vec![Violation::new("type", format!("is none of: {}", known.join(", ")))]);
    };
    let mut violations = Vec::new();
    check_rule(kind, payload, rule, &mut violations);
    if violations.is_empty() { Ok(()) } else { Err(violations) }
}

#[cfg(test)]
mod tests;
