//! Merge fields of a message, filled in before it is read: what comes out is a message like any other.
//!
//! Guarantee: in a message that is merged every `$[` was either a field with its value, or written as a literal, or the message is
//! refused; and no value is ever read again.
use domain::access::User;
use domain::canned_text::{CannedText, TextModule};
use domain::channel::{Assignee, Channel};
use domain::contact::{Contact, ContactKind};
use domain::identity::Identity;
use domain::merge::{Catalog, MergeText, Values};
use domain::parts;
use serde::Deserialize;
use serde_json::{Value, json};

use super::compose::{Draft, NewMessage};
use super::plan::resolve;
use crate::auth::Caller;
use crate::fields::{CannedTextId, Members, Text};
use crate::idempotent::Ticket;
use crate::input::parse_value;
use crate::problem::{FieldError, Problem, TextProblem};
use crate::routes::canned_texts;
use crate::{App, merging, sight};

/// The type of a message that is one of the business's texts.
const CANNED: &str = "canned_text";
/// Its text, in problems.
const TEXT: &str = "canned_text.text";
const OPEN: &str = "$[";
/// Members of contents that hold what the customer reads, or what a template's variable is to be.
const TEXTS: &[&str] = &[
    "body",
    "caption",
    "coupon_code",
    "description",
    "display_text",
    "fallback",
    "footer",
    "header",
    "payload",
    "text",
    "title",
];
/// Beside a template's value: what stands in for it where it is missing.
const FALLBACK: &str = "fallback";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    id: CannedTextId,
}

/// A message with its values, and what is wrong with its fields: then those stand in it as they were written.
pub(super) struct Merged {
    message: NewMessage,
    problems: Vec<Problem>,
    is_canned: bool,
}

impl Merged {
    /// Tells a problem in the words of the request: of a canned text, not of the members that it became.
    pub(super) fn teller(&self) -> impl Fn(Problem) -> Problem + Copy + use<> {
        let is_canned = self.is_canned;
        move |problem| if is_canned { problem.renamed(of_canned) } else { problem }
    }

    pub(super) fn draft(self, caller: &Caller) -> Result<Draft, Problem> {
        let told = self.teller();
        let draft = self.message.draft(caller).map_err(told)?;
        Ok(Draft { problems: self.problems, ..draft })
    }
}

fn of_canned(field: &str) -> String {
    match field.strip_prefix("attachments[").and_then(|rest| rest.split_once(']')) {
        Some((index, _)) => format!("{CANNED}.files[{index}]"),
        None if matches!(field, "text.body" | "caption") => TEXT.to_owned(),
        None => field.to_owned(),
    }
}

/// Whose values and which fields there are.
struct Scene {
    catalog: Catalog,
    contact: Contact,
    owner: Option<String>,
    user: Option<User>,
    channel: Channel,
}

impl Scene {
    async fn of(app: &App, caller: &Caller, message: &NewMessage, ticket: &Ticket) -> Result<Scene, Problem> {
        let channel = app.store.channel_get(&message.channel_id.0).await?;
        let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
        let whom = message.to.0.whom()?;
        let recipient = resolve(app, &whom, caller, &channel, ticket).await?;
        let contact = recipient.contact().clone();
        let owner = match &contact.owner {
            Some(Assignee::User(id)) => app.store.user_get(id).await?.map(|user| user.name),
            Some(Assignee::Group(id)) => app.store.group_get(id).await?.map(|group| group.name),
            Some(Assignee::Role(role)) => Some(role.to_string()),
            None => None,
        };
        let user = match &caller.user {
            Some(id) => app.store.user_get(id).await?,
            None => None,
        };
        let contact = Contact { identities: known_by(app, &contact).await?, ..contact };
        Ok(Scene { catalog: merging::catalog(app).await?, contact, owner, user, channel })
    }

    fn values(&self) -> Values<'_> {
        let owner = self.owner.as_deref();
        Values {
            catalog: &self.catalog,
            contact: &self.contact,
            owner,
            user: self.user.as_ref(),
            channel: &self.channel,
        }
    }
}

/// What a person is known by: first under the name that the message goes to, then under those of contacts that are the same person.
async fn known_by(app: &App, contact: &Contact) -> Result<Vec<Identity>, Problem> {
    let mut known: Vec<Identity> = contact.current().cloned().collect();
    if !contact.merged.is_empty() {
        let all: Vec<_> = contact.threads().cloned().collect();
        for same in app.store.contacts_get(&all).await? {
            known.extend(same.current().filter(|identity| !contact.identities.contains(identity)).cloned());
        }
    }
    Ok(known)
}

/// What is wrong with the fields of a message.
#[derive(Default)]
struct Faults {
    unknown: Vec<FieldError>,
    missing: Vec<FieldError>,
}

impl Faults {
    fn problems(self) -> Vec<Problem> {
        let unknown = (!self.unknown.is_empty()).then(|| TextProblem::FieldUnknown(self.unknown).into());
        let missing = (!self.missing.is_empty()).then(|| TextProblem::FieldMissing(self.missing).into());
        unknown.into_iter().chain(missing).collect()
    }
}

/// A message that asks for nothing of this stays as it is.
pub(super) async fn merged(
    app: &App,
    caller: &Caller,
    mut message: NewMessage,
    ticket: &Ticket,
) -> Result<Merged, Problem> {
    let is_canned = message.kind.0 == CANNED;
    if !is_canned && !message.merge {
        return Ok(Merged { message, problems: Vec::new(), is_canned });
    }
    let mut problems = Vec::new();
    let mut faults = Faults::default();
    let canned = if is_canned { Some(chosen(app, caller, &mut message).await?) } else { None };
    let scene = Scene::of(app, caller, &message, ticket).await?;
    for (name, value) in &mut message.contents {
        walk(value, name, name, &scene, &mut faults);
    }
    if let Some(Members(fallback)) = &mut message.fallback {
        walk(&mut fallback.template, "fallback.template", "template", &scene, &mut faults);
    }
    if let Some(canned) = canned {
        problems.extend(fits(&canned, &scene.contact));
        let text = shown(&canned.text, TEXT, &scene, &mut faults);
        expand(&mut message, &canned, text);
    }
    problems.extend(faults.problems());
    Ok(Merged { message, problems, is_canned })
}

/// The text that the message names.
async fn chosen(app: &App, caller: &Caller, message: &mut NewMessage) -> Result<CannedText, Problem> {
    let choice = message.contents.remove(CANNED).unwrap_or_default();
    if choice.is_null() {
        return Err(Problem::field(CANNED, "is missing"));
    }
    let Members(choice): Members<Choice> = parse_value(CANNED, choice)?;
    let reader = sight::reader(app, caller).await?;
    match canned_texts::find(app, &reader, &choice.id.0).await {
        Err(Problem::NotFound { .. }) => {
            Err(Problem::unknown("canned_text.id", "names a canned text that does not exist"))
        }
        found => found,
    }
}

/// A text is sent to those whom it is for. What a person is today decides: a lead that was converted is a contact.
fn fits(canned: &CannedText, contact: &Contact) -> Option<Problem> {
    let is_for = match canned.module {
        TextModule::Leads => ContactKind::Lead,
        TextModule::Contacts => ContactKind::Contact,
    };
    (contact.kind != is_for).then(|| TextProblem::ForOthers { module: canned.module, kind: contact.kind }.into())
}

/// The message that a canned text becomes: a text, or its files with the text under the first of them.
fn expand(message: &mut NewMessage, canned: &CannedText, text: String) {
    if canned.files.is_empty() {
        message.kind = Text("text".to_owned());
        message.contents.insert("text".to_owned(), json!({"body": text}));
        return;
    }
    let files: Vec<Value> = canned.files.iter().map(|file| json!({"attachment_id": file.as_str()})).collect();
    message.kind = Text(parts::KIND.to_owned());
    message.contents.insert(parts::KIND.to_owned(), Value::Array(files));
    message.contents.insert("caption".to_owned(), json!(text));
}

fn shown(text: &MergeText, field: &str, scene: &Scene, faults: &mut Faults) -> String {
    let values = scene.values();
    text.render(&values).unwrap_or_else(|missing| {
        faults.missing.extend(merging::missing(field, &missing, &scene.catalog));
        text.preview(&values, &scene.catalog)
    })
}

/// Fills in all texts within a value. `name`: of the member that it is, or that it is in a list of.
fn walk(value: &mut Value, path: &str, name: &str, scene: &Scene, faults: &mut Faults) {
    match value {
        Value::String(text) if text.contains(OPEN) => *text = filled(text, path, name, scene, faults),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, &format!("{path}[{index}]"), name, scene, faults);
            }
        }
        Value::Object(members) => {
            let has_fallback = members.get(FALLBACK).is_some_and(Value::is_string);
            for (name, member) in members.iter_mut() {
                let path = format!("{path}.{name}");
                let mut own = Faults::default();
                walk(member, &path, name, scene, &mut own);
                if has_fallback && name != FALLBACK && !own.missing.is_empty() {
                    // What stands in for a missing value does for a missing field.
                    (*member, own.missing) = (Value::Null, Vec::new());
                }
                faults.unknown.append(&mut own.unknown);
                faults.missing.append(&mut own.missing);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn filled(text: &str, path: &str, name: &str, scene: &Scene, faults: &mut Faults) -> String {
    if !TEXTS.contains(&name) {
        faults.unknown.push(FieldError::new(path, format!("takes no merge field, and has {OPEN}")));
        return text.to_owned();
    }
    match MergeText::read(text, &scene.catalog, None) {
        Ok(read) => shown(&read, path, scene, faults),
        Err(wrong) => {
            faults.unknown.extend(merging::unknown(path, &wrong));
            text.to_owned()
        }
    }
}
