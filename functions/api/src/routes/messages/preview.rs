//! What would become of a message: the text as the customer will see it, and all that speaks against sending it now.
use domain::message::Message;
use domain::sending::TemplateUse;
use domain::template::Template;
use runtime::clock;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use whatsapp::send::{Button, Header, Shown, shown};

use super::plan::Plan;
use super::price::PriceView;
use crate::fields::{ContactId, Stamp, TemplateId};
use crate::problem::{Problem, ProblemBody};
use crate::routes::conversations::WindowView;

/// Nothing is written or sent for it.
#[derive(Serialize, ToSchema)]
#[schema(as = MessagePreview)]
pub(super) struct PreviewView {
    /// Whether `POST /v1/messages` would take the message now.
    can_send: bool,
    /// All that speaks against it.
    #[schema(value_type = Vec<ProblemBody>)]
    problems: Vec<Value>,
    /// Of a message that goes later: what would speak against it then, as far as it is known now. It is judged anew when it goes.
    #[schema(value_type = Vec<ProblemBody>)]
    doubts: Vec<Value>,
    /// When it is to go; null: at once.
    send_at: Option<Stamp>,
    /// The recipient, if it is somebody whom we know.
    contact_id: Option<ContactId>,
    /// Null: nobody ever wrote there.
    window: Option<WindowView>,
    /// What it would cost. Null: it is not paid out of the wallet, or has no rate (`no-rate`).
    price: Option<PriceView>,
    /// The template, if the message names one that is known.
    template: Option<TemplateUsedView>,
    /// Where a fallback stands in for a missing value.
    filled: Vec<String>,
    /// The messages that it becomes.
    messages: Vec<ShownMessage>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PreviewedTemplate)]
struct TemplateUsedView {
    id: TemplateId,
    status: String,
    category: String,
}

/// A message as the customer will see it. A placeholder without a value stays as it is.
#[derive(Serialize, ToSchema)]
struct ShownMessage {
    #[serde(rename = "type")]
    kind: String,
    /// Its content as WhatsApp gets it.
    #[schema(value_type = Object)]
    content: Value,
    #[serde(flatten)]
    shown: ShownView,
    /// Of a carousel.
    cards: Vec<ShownView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShownContent)]
struct ShownView {
    header: Option<ShownHeader>,
    body: Option<String>,
    footer: Option<String>,
    /// The text of a limited-time offer.
    offer: Option<String>,
    buttons: Vec<ShownButton>,
}

#[derive(Serialize, ToSchema)]
struct ShownHeader {
    /// `text`, `image`, `location` …
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    /// What was given of it, where it is no text.
    #[schema(value_type = Option<Object>)]
    value: Option<Value>,
}

#[derive(Serialize, ToSchema)]
struct ShownButton {
    #[serde(rename = "type")]
    kind: String,
    text: String,
    url: Option<String>,
    phone: Option<String>,
    /// What is copied.
    code: Option<String>,
}

impl PreviewView {
    pub(super) fn of(plan: Plan, problems: &[Problem]) -> PreviewView {
        let used = match &plan.template {
            TemplateUse::Found(template) => Some(template.as_ref()),
            TemplateUse::None | TemplateUse::Missing { .. } => None,
        };
        let view = |conversation| WindowView::of(conversation, &plan.settings.window, clock::now());
        PreviewView {
            can_send: problems.is_empty(),
            doubts: plan.doubts.iter().map(|problem| serde_json::json!(problem.body())).collect(),
            send_at: plan.schedule().map(|schedule| Stamp(schedule.send_at)),
            price: PriceView::of(&plan),
            problems: problems.iter().map(|problem| serde_json::json!(problem.body())).collect(),
            contact_id: plan.contact().map(|contact| contact.id.clone().into()),
            window: plan.conversation.as_ref().map(view),
            template: used.map(|template| TemplateUsedView {
                id: template.id.clone().into(),
                status: template.status.clone(),
                category: template.category.clone(),
            }),
            messages: plan.messages.iter().flat_map(|message| messages(message, used)).collect(),
            filled: plan.filled,
        }
    }
}

/// Several attachments become a message each.
fn messages(message: &Message, template: Option<&Template>) -> Vec<ShownMessage> {
    let one = |kind: &str, content: &Value| {
        let mut shown = shown(kind, content, template);
        let cards = std::mem::take(&mut shown.cards).into_iter().map(ShownView::from).collect();
        ShownMessage { kind: kind.to_owned(), content: content.clone(), shown: shown.into(), cards }
    };
    match message.media.parts.as_slice() {
        [] => vec![one(&message.kind, &message.content)],
        parts => parts.iter().map(|part| one(&part.kind, &part.content)).collect(),
    }
}

impl From<Shown> for ShownView {
    fn from(shown: Shown) -> ShownView {
        ShownView {
            header: shown.header.map(ShownHeader::from),
            body: shown.body,
            footer: shown.footer,
            offer: shown.offer,
            buttons: shown.buttons.into_iter().map(ShownButton::from).collect(),
        }
    }
}

impl From<Header> for ShownHeader {
    fn from(header: Header) -> ShownHeader {
        match header {
            Header::Text(text) => ShownHeader { kind: "text".to_owned(), text: Some(text), value: None },
            Header::Other { kind, value } => {
                ShownHeader { kind, text: None, value: Some(value).filter(|value| !value.is_null()) }
            }
        }
    }
}

impl From<Button> for ShownButton {
    fn from(button: Button) -> ShownButton {
        let Button { kind, text, url, phone, code } = button;
        ShownButton { kind, text, url, phone, code }
    }
}
