//! A change of a row, as the table's stream tells it.
use domain::attachment::Attachment;
use domain::channel::Channel;
use domain::contact::Contact;
use domain::contact_import::ContactImport;
use domain::conversation::Conversation;
use domain::event::Event;
use domain::health::{Health, Subject};
use domain::ids::MessageId;
use domain::inbox::Note;
use domain::message::{Message, StatusReport};
use domain::notification::Notification;
use domain::pricing::Loaded;
use domain::settings::Settings;
use domain::template::order::Order;
use domain::template::{Template, TemplateSync};
use domain::wallet::{Adjustment, Entry, Recharge, Reconciliation, TopUp, Wallet};
use domain::webhook::{Delivery, Replay, Webhook};

use crate::codec::{Attributes, text};
use crate::error::StoreError;
use crate::notifications::Summary;

/// An item as the stream carries it.
pub type Item = serde_dynamo::Item;

/// The row after the change, and before it where that matters.
#[derive(Debug)]
pub enum Change {
    Adjustment {
        new: Adjustment,
    },
    Attachment {
        old: Option<Box<Attachment>>,
        new: Box<Attachment>,
    },
    Channel {
        new: Channel,
        created: bool,
    },
    Contact {
        old: Option<Box<Contact>>,
        new: Box<Contact>,
    },
    ContactImport {
        old: Option<Box<ContactImport>>,
        new: Box<ContactImport>,
    },
    Health {
        subject: Subject,
        old: Option<Box<Health>>,
        new: Box<Health>,
    },
    Template {
        old: Option<Box<Template>>,
        new: Box<Template>,
    },
    TemplateOrder {
        old: Option<Box<Order>>,
        new: Box<Order>,
    },
    Conversation {
        old: Option<Box<Conversation>>,
        new: Box<Conversation>,
    },
    Message {
        old: Option<Box<Message>>,
        new: Box<Message>,
    },
    Notification {
        old: Option<Box<Notification>>,
        new: Box<Notification>,
    },
    Status {
        message: MessageId,
        report: StatusReport,
    },
    Event(Event),
    Note(Note),
    Settings {
        old: Option<Box<Settings>>,
        new: Box<Settings>,
    },
    RateCard(Loaded),
    Summary(Summary),
    TemplateSync {
        new: TemplateSync,
    },
    Entry(Box<Entry>),
    Reconciliation {
        old: Option<Box<Reconciliation>>,
        new: Box<Reconciliation>,
    },
    Proof(Box<crate::wallet::Proved>),
    Wallet {
        old: Option<Wallet>,
        new: Wallet,
    },
    TopUp {
        old: Option<Box<TopUp>>,
        new: Box<TopUp>,
    },
    Recharge {
        old: Option<Box<Recharge>>,
        new: Box<Recharge>,
    },
    Webhook {
        old: Option<Box<Webhook>>,
        new: Box<Webhook>,
    },
    WebhookGone,
    /// A reaction, an edit or a deletion was put behind its message.
    Annotation {
        message: MessageId,
    },
    Delivery {
        old: Option<Box<Delivery>>,
        new: Box<Delivery>,
    },
    Replay(Box<Replay>),
    /// A row of which nobody needs to hear, or one that is gone.
    Other,
}

/// Reads both images of a stream record.
pub fn change(old: Option<Item>, new: Option<Item>) -> Result<Change, StoreError> {
    const OPERATION: &str = "change";
    let old = old.map(Attributes::from);
    let Some(new) = new.map(Attributes::from) else {
        let is_webhook = old.as_ref().and_then(|old| text(old, "entity")) == Some("webhook");
        return Ok(if is_webhook { Change::WebhookGone } else { Change::Other });
    };
    let created = old.is_none();
    Ok(match text(&new, "entity").unwrap_or_default() {
        "adjustment" => Change::Adjustment { new: crate::wallet::read_adjustment(OPERATION, new)? },
        "attachment" => Change::Attachment {
            old: old.map(|old| crate::attachments::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::attachments::read(OPERATION, new)?),
        },
        "channel" => Change::Channel { new: crate::channels::read(OPERATION, new)?, created },
        "contact" => Change::Contact {
            old: old.map(|old| crate::contacts::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::contacts::read(OPERATION, new)?),
        },
        "contact-import" => Change::ContactImport {
            old: old.map(|old| crate::contact_imports::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::contact_imports::read(OPERATION, new)?),
        },
        "health" => {
            let (subject, new) = crate::health::read(OPERATION, new)?;
            let old = old.map(|old| crate::health::read(OPERATION, old)).transpose()?;
            Change::Health { subject, old: old.map(|(_, old)| Box::new(old)), new: Box::new(new) }
        }
        "conversation" => Change::Conversation {
            old: old.map(|old| crate::conversations::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::conversations::read(OPERATION, new)?),
        },
        "message" => Change::Message {
            old: old.map(|old| crate::messages::read_message(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::messages::read_message(OPERATION, new)?),
        },
        "notification" => Change::Notification {
            old: old.map(|old| crate::notifications::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::notifications::read(OPERATION, new)?),
        },
        "summary" => Change::Summary(crate::notifications::read_summary(OPERATION, new)?),
        // A status that waits for its message is nobody's yet.
        "status" if new.contains_key("message_id") => {
            let (message, report) = crate::messages::read_report(OPERATION, new)?;
            Change::Status { message, report }
        }
        // One that waits for its message is nobody's yet.
        "annotation" => text(&new, "message_id")
            .and_then(MessageId::parse)
            .map_or(Change::Other, |message| Change::Annotation { message }),
        "event" => Change::Event(crate::events::read(OPERATION, new)?),
        // What is written once is never changed.
        "note" if created => Change::Note(crate::notes::read(OPERATION, new)?),
        "settings" => Change::Settings {
            old: old.map(|old| crate::settings::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::settings::read(OPERATION, new)?),
        },
        "rate-card" => Change::RateCard(crate::rates::read(OPERATION, new)?),
        "template" | "template-order" | "template-sync" => templates(old, new)?,
        "reconciliation" => Change::Reconciliation {
            old: old.map(|old| crate::wallet::read_reconciliation(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::wallet::read_reconciliation(OPERATION, new)?),
        },
        "entry" => Change::Entry(Box::new(crate::wallet::read_entry(OPERATION, new)?)),
        "proof" => Change::Proof(Box::new(crate::wallet::read_proof(OPERATION, new)?)),
        "wallet" | "top-up" | "recharge" => purchases(old, new)?,
        "webhook" | "webhook-delivery" | "webhook-replay" => outgoing(old, new)?,
        _ => Change::Other,
    })
}

/// Changes of templates and of what is asked of Meta for them.
fn templates(old: Option<Attributes>, new: Attributes) -> Result<Change, StoreError> {
    const OPERATION: &str = "change";
    Ok(match text(&new, "entity").unwrap_or_default() {
        "template" => match crate::templates::read(OPERATION, new)? {
            // Staged by a sync, and not yet there for anybody.
            None => Change::Other,
            Some(new) => {
                let old = old.map(|old| crate::templates::read(OPERATION, old)).transpose()?.flatten();
                Change::Template { old: old.map(Box::new), new: Box::new(new) }
            }
        },
        "template-order" => Change::TemplateOrder {
            old: old.map(|old| crate::templates::read_order(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::templates::read_order(OPERATION, new)?),
        },
        "template-sync" => Change::TemplateSync { new: crate::templates::read_sync(OPERATION, new)? },
        _ => Change::Other,
    })
}

/// Changes of what is told to other systems.
fn outgoing(old: Option<Attributes>, new: Attributes) -> Result<Change, StoreError> {
    const OPERATION: &str = "change";
    Ok(match text(&new, "entity").unwrap_or_default() {
        "webhook" => Change::Webhook {
            old: old.map(|old| crate::webhooks::read(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::webhooks::read(OPERATION, new)?),
        },
        "webhook-delivery" => Change::Delivery {
            old: old.map(|old| crate::webhooks::read_delivery(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::webhooks::read_delivery(OPERATION, new)?),
        },
        "webhook-replay" => Change::Replay(Box::new(crate::webhooks::read_replay(OPERATION, new)?)),
        _ => Change::Other,
    })
}

/// Changes of the wallet, and of what is bought for it.
fn purchases(old: Option<Attributes>, new: Attributes) -> Result<Change, StoreError> {
    const OPERATION: &str = "change";
    Ok(match text(&new, "entity").unwrap_or_default() {
        "wallet" => Change::Wallet {
            old: old.map(|old| crate::wallet::read(OPERATION, old)).transpose()?,
            new: crate::wallet::read(OPERATION, new)?,
        },
        "top-up" => Change::TopUp {
            old: old.map(|old| crate::wallet::read_top_up(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::wallet::read_top_up(OPERATION, new)?),
        },
        "recharge" => Change::Recharge {
            old: old.map(|old| crate::wallet::read_recharge(OPERATION, old)).transpose()?.map(Box::new),
            new: Box::new(crate::wallet::read_recharge(OPERATION, new)?),
        },
        _ => Change::Other,
    })
}
