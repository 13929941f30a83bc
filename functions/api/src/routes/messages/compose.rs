//! The body of a send. Its content has the Cloud API's own names and is checked by `whatsapp`, type by type.
use domain::Time;
use domain::identity::{Identity, IdentityKind};
use domain::ids;
use domain::text::split;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use whatsapp::send::{TEXT_MAX, Violation, check};

use super::attach::{self, Files};
use super::target::Target;
use crate::auth::Caller;
use crate::fields::{Bsuid, ChannelId, ContactId, Members, Moment, Phone, Priority, Text, vocabulary};
use crate::problem::{FieldError, Problem};
use crate::routes::consents::{Origin, Proof};

mod contents;

use contents::Contents;

type TypeName = Text<32>;
type Reference = Text<256>;
type Hash = Text<128>;

/// How many messages a text becomes at most.
const PARTS_MAX: usize = 10;

domain::words! {
    /// What WhatsApp does with a marketing template that it cannot send as a marketing message.
    pub(crate) enum Policy {
        /// Sends it as any other template.
        Fallback = "CLOUD_API_FALLBACK",
        /// Refuses it.
        Strict = "STRICT",
    }
}

vocabulary! { ProductPolicy = Policy }

/// A message to send. Beside the members named here it has one that is named like its `type`, with the Cloud API's content
/// of that type; Meta's documentation describes each.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    pub(super) channel_id: ChannelId,
    #[schema(value_type = To)]
    pub(super) to: Members<To>,
    /// `text`, `image`, `video`, `audio`, `document`, `sticker`, `location`, `contacts`, `reaction`, `interactive`,
    /// `template`, `canned_text`: one of the business's own texts with its files, by its `id`, or `attachments`: up to five files, each of which becomes a message, with `caption` under the first of them
    /// (or ahead of it, where the kind takes none or it is longer than 1024 characters). Outside the customer service window only a template is sent.
    #[serde(rename = "type")]
    pub(super) kind: TypeName,
    #[schema(value_type = Option<Quote>)]
    context: Option<Members<Quote>>,
    /// `bulk` for what may wait: it goes only where replies leave room. Otherwise `reply`.
    priority: Option<Priority>,
    /// From then on it is not sent any more, wherever it waits: it is then refused as `too-late`. At most 30 days ahead.
    valid_until: Option<Moment>,
    /// Not now but then, in the minute that follows it: at most 180 days ahead. Whether it may go is judged then, and so is what it
    /// costs; what may not is refused and told (`message.refused`). Texts are not `split` then.
    send_at: Option<Moment>,
    /// With `send_at`: not if the customer wrote, or a person replied to them, after this was asked for. It is then `cancelled`.
    #[serde(default)]
    only_if_unanswered: bool,
    /// With `send_at`, for a message that is no template: what goes in its place if no customer service window is open then.
    #[schema(value_type = Option<Fallback>)]
    pub(super) fallback: Option<Members<Fallback>>,
    /// Whether `$[Leads.First Name|there]` in its texts is a merge field, to be filled in before it is sent. A literal `$[` is then
    /// written `\$[`. Texts are those that the customer reads; a merge field anywhere else is refused.
    #[serde(default)]
    pub(super) merge: bool,
    /// Texts only: one that is longer than 4096 characters becomes up to ten messages, cut at the end of a paragraph, else of
    /// a line, a sentence, a word. The answer is the first of them and names all in `parts`.
    #[serde(default)]
    split: bool,
    /// Whether Meta may use what customers do with the message for its marketing products.
    message_activity_sharing: Option<bool>,
    /// Marketing templates only; `CLOUD_API_FALLBACK` unless given.
    product_policy: Option<ProductPolicy>,
    /// WhatsApp refuses the message (137000) if the customer's identity is no longer this one.
    #[schema(value_type = Option<String>)]
    recipient_identity_key_hash: Option<Hash>,
    /// Templates only: the person has agreed to messages of this kind. It is recorded with the message, as given for what the
    /// template is for, and never undoes a withdrawal unless `at` is given and later.
    #[schema(value_type = Option<GivenConsent>)]
    consent: Option<Members<GivenConsent>>,
    #[serde(flatten)]
    #[schema(value_type = Contents)]
    pub(super) contents: Map<String, Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fallback {
    /// As in a message of type `template`.
    #[schema(value_type = Object)]
    pub(super) template: Value,
}

/// Exactly one of the three. A phone or BSUID that nobody is known by becomes a contact. What is known of the contact decides
/// how WhatsApp is told: by the number that WhatsApp itself gave, else by the phone, else by the BSUID (or the parent BSUID).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct To {
    contact_id: Option<ContactId>,
    phone: Option<Phone>,
    bsuid: Option<Bsuid>,
}

/// The message of the same conversation that this one answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Quote {
    /// Its wamid or our id of it.
    message_id: Reference,
}

/// How it is known that the person agreed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenConsent {
    /// Where: the form, the shop, the call.
    #[schema(inline)]
    pub(super) source: Origin,
    /// The text that they agreed to, or the address of a record of it.
    #[schema(inline)]
    pub(super) proof: Option<Proof>,
    /// When, not in the future.
    pub(super) at: Option<Moment>,
}

#[derive(Clone)]
pub(super) enum Whom {
    Contact(ids::ContactId),
    Identity(Identity),
}

/// That it is not to go at once.
pub(super) struct Ahead {
    pub(super) send_at: Time,
    pub(super) only_if_unanswered: bool,
    /// A template, in the Cloud API's form.
    pub(super) fallback: Option<Value>,
}

/// A send whose form is right.
pub(super) struct Draft {
    /// Who asks for it.
    pub(super) caller: Caller,
    pub(super) channel_id: ids::ChannelId,
    pub(super) to: Whom,
    pub(super) kind: String,
    /// One for each message that it becomes.
    pub(super) contents: Vec<Value>,
    pub(super) options: Value,
    pub(super) priority: domain::pacing::Priority,
    pub(super) valid_until: Option<Time>,
    pub(super) context: Option<Target>,
    /// What a reaction is to.
    pub(super) reacts_to: Option<Target>,
    pub(super) is_split: bool,
    pub(super) ahead: Option<Ahead>,
    pub(super) files: Files,
    pub(super) consent: Option<GivenConsent>,
    /// What speaks against it already.
    pub(super) problems: Vec<Problem>,
}

impl NewMessage {
    pub(super) fn draft(mut self, caller: &Caller) -> Result<Draft, Problem> {
        let kind = self.kind.0.as_str();
        let content = self.contents.remove(kind).unwrap_or_default();
        let (content, files) = if attach::is_several(kind) {
            (Value::Null, attach::several(content, self.contents.remove("caption"))?)
        } else {
            let (checked, files) = attach::one(kind, &content)?;
            // A text is checked below, part by part.
            if !(self.split && kind == "text") {
                check(kind, &checked).map_err(refusal)?;
            }
            (content, files)
        };
        let contents = if self.split && kind == "text" { parts(content)? } else { vec![content] };
        if self.split && kind == "text" {
            for content in &contents {
                check(kind, content).map_err(refusal)?;
            }
        }
        let unknown: Vec<FieldError> = self.contents.keys().map(|name| unknown(name, kind)).collect();
        if !unknown.is_empty() {
            return Err(Problem::InvalidInput(unknown));
        }
        let is_reaction = kind == "reaction";
        let is_ahead = self.send_at.is_some();
        for (is_given, name, what) in [
            (self.split && is_ahead, "split", "is not for what is sent later"),
            (self.only_if_unanswered && !is_ahead, "only_if_unanswered", "is only with send_at"),
            (self.fallback.is_some() && !is_ahead, "fallback", "is only with send_at"),
            (self.fallback.is_some() && kind == "template", "fallback", "is not for templates, which need no window"),
            (self.split && kind != "text", "split", "is only for type text"),
            (self.consent.is_some() && kind != "template", "consent", "is only for type template"),
            (self.product_policy.is_some() && kind != "template", "product_policy", "is only for type template"),
            (
                self.context.is_some() && is_reaction,
                "context",
                "is not for reactions: they name their message themselves",
            ),
        ] {
            if is_given {
                return Err(Problem::field(name, what));
            }
        }
        let to_reaction = |content: &Value| content["message_id"].as_str().map(Target::read);
        let reacts_to = contents.first().filter(|_| is_reaction).and_then(to_reaction);
        let ahead = ahead(self.send_at, self.only_if_unanswered, self.fallback.take())?;
        let options = self.options();
        let context = self.context.map(|Members(quote)| Target::read(&quote.message_id.0));
        let to = self.to.0.whom()?;
        let priority = self.priority.map_or(domain::pacing::Priority::Reply, |priority| priority.0);
        let valid_until = self.valid_until.map(|until| until.0);
        let (channel_id, kind, is_split) = (self.channel_id.0, self.kind.0, self.split);
        let consent = self.consent.map(|Members(consent)| consent);
        Ok(Draft {
            caller: caller.clone(),
            channel_id,
            to,
            kind,
            contents,
            options,
            priority,
            valid_until,
            context,
            reacts_to,
            is_split,
            ahead,
            files,
            consent,
            problems: Vec::new(),
        })
    }

    /// What else goes to Meta, by Meta's names.
    fn options(&self) -> Value {
        let given = [
            ("message_activity_sharing", self.message_activity_sharing.map(Value::from)),
            ("product_policy", self.product_policy.map(|policy| json!(policy.0.word()))),
            ("recipient_identity_key_hash", self.recipient_identity_key_hash.as_ref().map(|hash| json!(hash.0))),
        ];
        let given: Map<String, Value> =
            given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if given.is_empty() { Value::Null } else { Value::Object(given) }
    }
}

fn ahead(
    send_at: Option<Moment>,
    only_if_unanswered: bool,
    fallback: Option<Members<Fallback>>,
) -> Result<Option<Ahead>, Problem> {
    let Some(Moment(send_at)) = send_at else { return Ok(None) };
    let fallback = fallback.map(|Members(fallback)| fallback.template);
    if let Some(template) = &fallback {
        if domain::attachment::named_file(template).is_some() {
            return Err(Problem::field("fallback.template", "must not name a file of ours: give its id or a link"));
        }
        check("template", template).map_err(|violations| {
            let beneath = |mut violation: Violation| {
                violation.field = format!("fallback.{}", violation.field);
                violation
            };
            refusal(violations.into_iter().map(beneath).collect())
        })?;
    }
    Ok(Some(Ahead { send_at, only_if_unanswered, fallback }))
}

fn unknown(name: &str, kind: &str) -> FieldError {
    let expected = format!(
        "is not known, expected one of `channel_id`, `to`, `type`, `context`, `valid_until`, `send_at`, \
         `only_if_unanswered`, `fallback`, `merge`, `split`, `message_activity_sharing`, \
         `product_policy`, `consent`, `recipient_identity_key_hash`, `{kind}`"
    );
    FieldError::new(name, expected)
}

/// The contents of the messages that a text becomes; as it is, where there is nothing to cut.
fn parts(content: Value) -> Result<Vec<Value>, Problem> {
    let cut: Vec<Value> =
        split(content["body"].as_str().unwrap_or_default(), TEXT_MAX).into_iter().map(Value::from).collect();
    if cut.len() > PARTS_MAX {
        let limit = PARTS_MAX.saturating_mul(TEXT_MAX);
        let message = format!("must not become more than {PARTS_MAX} messages of {TEXT_MAX} characters each");
        return Err(Problem::TooLong(vec![FieldError { limit: Some(limit), ..FieldError::new("text.body", message) }]));
    }
    if cut.len() < 2 {
        return Ok(vec![content]);
    }
    let part = |body| {
        let mut part = content.clone();
        part["body"] = body;
        part
    };
    Ok(cut.into_iter().map(part).collect())
}

impl To {
    pub(super) fn whom(&self) -> Result<Whom, Problem> {
        match (&self.contact_id, &self.phone, &self.bsuid) {
            (Some(contact), None, None) => Ok(Whom::Contact(contact.0.clone())),
            (None, Some(phone), None) => Ok(Whom::Identity(Identity::new(IdentityKind::Phone, phone.0.clone()))),
            (None, None, Some(bsuid)) => Ok(Whom::Identity(Identity::new(IdentityKind::Bsuid, bsuid.0.clone()))),
            _ => Err(Problem::field("to", "must have exactly one of contact_id, phone and bsuid")),
        }
    }
}

pub(super) fn field_errors(violations: Vec<Violation>) -> Vec<FieldError> {
    violations.into_iter().map(FieldError::from).collect()
}

/// `too-long` where limits are all that is exceeded.
fn refusal(violations: Vec<Violation>) -> Problem {
    let is_too_long = violations.iter().all(|violation| violation.limit.is_some());
    let errors = field_errors(violations);
    if is_too_long { Problem::TooLong(errors) } else { Problem::InvalidMessage(errors) }
}
