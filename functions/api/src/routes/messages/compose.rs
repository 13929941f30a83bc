//! The body of a send. Its content has the Cloud API's own names and is checked by `whatsapp`, type by type.
use domain::identity::{Identity, IdentityKind};
use domain::ids;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use whatsapp::send::{Violation, check};

use crate::fields::{Bsuid, ChannelId, ContactId, Members, Phone, Priority, Text};
use crate::problem::{FieldError, Problem};

type TypeName = Text<32>;
type Wamid = Text<256>;

/// A message to send. Beside the members named here it has one that is named like its `type`.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    channel_id: ChannelId,
    #[schema(value_type = To)]
    to: Members<To>,
    /// `text` or `template`.
    #[serde(rename = "type")]
    kind: TypeName,
    #[schema(value_type = Option<Quote>)]
    context: Option<Members<Quote>>,
    /// `bulk` for what may wait: it goes only where replies leave room. Otherwise `reply`.
    priority: Option<Priority>,
    #[serde(flatten)]
    #[schema(value_type = Contents)]
    contents: Map<String, Value>,
}

/// Exactly one of the three. A phone or BSUID that nobody is known by becomes a contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct To {
    contact_id: Option<ContactId>,
    phone: Option<Phone>,
    bsuid: Option<Bsuid>,
}

/// The message that this one answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Quote {
    /// Its wamid.
    message_id: Wamid,
}

pub(super) enum Whom {
    Contact(ids::ContactId),
    Identity(Identity),
}

/// A send whose form is right.
pub(super) struct Draft {
    pub(super) channel_id: ids::ChannelId,
    pub(super) to: Whom,
    pub(super) kind: String,
    pub(super) content: Value,
    pub(super) context: Option<String>,
    pub(super) priority: domain::pacing::Priority,
}

impl NewMessage {
    pub(super) fn draft(mut self) -> Result<Draft, Problem> {
        let kind = self.kind.0;
        let content = self.contents.remove(&kind).unwrap_or_default();
        // An unknown type is told before the members that would go with it.
        check(&kind, &content).map_err(refusal)?;
        let expected =
            format!("is not known, expected one of `channel_id`, `to`, `type`, `context`, `priority`, `{kind}`");
        let unknown: Vec<FieldError> =
            self.contents.keys().map(|name| FieldError::new(name.as_str(), expected.as_str())).collect();
        if !unknown.is_empty() {
            return Err(Problem::InvalidInput(unknown));
        }
        let to = self.to.0.whom()?;
        let context = self.context.map(|Members(quote)| quote.message_id.0);
        let priority = self.priority.map_or(domain::pacing::Priority::Reply, |priority| priority.0);
        Ok(Draft { channel_id: self.channel_id.0, to, kind, content, context, priority })
    }
}

impl To {
    fn whom(self) -> Result<Whom, Problem> {
        match (self.contact_id, self.phone, self.bsuid) {
            (Some(contact), None, None) => Ok(Whom::Contact(contact.0)),
            (None, Some(phone), None) => Ok(Whom::Identity(Identity::new(IdentityKind::Phone, phone.0))),
            (None, None, Some(bsuid)) => Ok(Whom::Identity(Identity::new(IdentityKind::Bsuid, bsuid.0))),
            _ => Err(Problem::field("to", "must have exactly one of contact_id, phone and bsuid")),
        }
    }
}

/// `too-long` where limits are all that is exceeded.
fn refusal(violations: Vec<Violation>) -> Problem {
    let is_too_long = violations.iter().all(|violation| violation.limit.is_some());
    let error = |violation: Violation| FieldError {
        field: violation.field,
        message: violation.message,
        limit: violation.limit,
    };
    let errors = violations.into_iter().map(error).collect();
    if is_too_long { Problem::TooLong(errors) } else { Problem::InvalidMessage(errors) }
}

/// What a message says: the member of its type. The Cloud API's documentation describes them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Contents {
    text: Option<TextContent>,
    template: Option<TemplateContent>,
}

#[derive(ToSchema)]
#[schema(as = Text)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TextContent {
    #[schema(min_length = 1, max_length = 4096)]
    body: String,
    preview_url: Option<bool>,
}

#[derive(ToSchema)]
#[schema(as = TemplateMessage)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TemplateContent {
    #[schema(min_length = 1, max_length = 512)]
    name: String,
    language: TemplateLanguage,
    /// As in the Cloud API; texts of parameters have at most 1024 characters, carousels at most 10 cards.
    components: Option<Vec<Value>>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TemplateLanguage {
    #[schema(min_length = 1, max_length = 16, example = "en_US")]
    code: String,
    /// `deterministic`.
    policy: Option<String>,
}
