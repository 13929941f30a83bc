//! Every key of the table is built here, those of money and of what is beside contacts in files of their own, and nobody takes
//! one apart.
use domain::Time;
use domain::access::Actor;
use domain::calendar::Month;
use domain::conversation::ConversationStatus;
use domain::health::{BlockReason, Subject};
use domain::identity::Identity;
use domain::ids::{
    ApiKeyId, AttachmentId, ChannelId, ContactId, ConversationId, EventId, GroupId, MessageId, TemplateId, UserId,
};
use domain::pricing::CardId;

mod contacts;
mod inbox;
mod money;
mod notifications;
mod outside;
mod texts;

pub(crate) use contacts::*;
pub(crate) use inbox::*;
pub(crate) use money::*;
pub(crate) use notifications::*;
pub(crate) use outside::*;
pub(crate) use texts::*;

/// The primary key of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

/// A sparse index: its name and its two attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) pk: &'static str,
    pub(crate) sk: &'static str,
}

/// Rows in the order in which a list shows them.
pub(crate) const LIST: Index = Index { name: "list", pk: "list_pk", sk: "list_sk" };
/// Conversations that wait for an answer, the longest waiting first.
pub(crate) const WAITING: Index = Index { name: "waiting", pk: "waiting_pk", sk: "waiting_sk" };
/// Messages that hold credit, by when their hold ends.
pub(crate) const HOLDS: Index = Index { name: "holds", pk: "holds_pk", sk: "holds_sk" };
/// Conversations by whom they are given to, the last active first.
pub(crate) const ASSIGNED: Index = Index { name: "assigned", pk: "assigned_pk", sk: "active_sk" };
/// Those that wait for an answer, by whom they are given to: a row is in it only while it has both halves of the key.
pub(crate) const ATTENDING: Index = Index { name: "attending", pk: "assigned_pk", sk: "waiting_sk" };
/// By which user wrote the last reply, the last active first.
pub(crate) const ANSWERED: Index = Index { name: "answered", pk: "answered_by", sk: "active_sk" };
/// By who owns the contact, the last active first.
pub(crate) const OWNED: Index = Index { name: "owned", pk: "owned_by", sk: "active_sk" };
/// Rows that must be looked at by a time.
pub(crate) const DUE: Index = Index { name: "due", pk: "due_pk", sk: "due_sk" };

/// Spreads the rows that fall due over several partitions, so that a campaign's windows do not meet in one.
pub(crate) const DUE_SHARDS: u8 = 4;

pub(crate) fn channel(id: &ChannelId) -> Key {
    key(id.as_str(), "channel")
}

pub(crate) fn conversation(id: &ConversationId) -> Key {
    key(id.as_str(), "conversation")
}

/// Messages stand in their conversation's partition, in the order of their times.
pub(crate) fn message(id: &MessageId) -> Key {
    key(id.conversation().as_str(), format!("m#{}", id.place()))
}

/// Before every message of that time.
pub(crate) fn first_message(at: Time) -> String {
    format!("m#{}", MessageId::first_place(at))
}

/// A status stands right behind its message; one per status and, in a group, per participant.
pub(crate) fn status(id: &MessageId, status: &str, participant: Option<&str>) -> Key {
    let participant = participant.map(|participant| format!("#{participant}")).unwrap_or_default();
    let Key { pk, sk } = message(id);
    key(pk, format!("{sk}#s#{status}{participant}"))
}

/// A reaction, an edit or a deletion stands right behind its message too; one per kind and author.
pub(crate) fn annotation(id: &MessageId, kind: &str, author: &str) -> Key {
    let Key { pk, sk } = message(id);
    key(pk, format!("{sk}#x#{kind}#{author}"))
}

/// An annotation whose message did not come yet, under what is known of it.
pub(crate) fn early_annotation(conversation: &ConversationId, wamid: &str, kind: &str, author: &str) -> Key {
    let nowhen = MessageId::of_wamid(conversation, Time::from_millis(0), wamid);
    key(conversation.as_str(), format!("early#{}#{kind}#{author}", nowhen.place()))
}

pub(crate) const EARLY_ANNOTATIONS: (&str, &str) = ("early#", "early#~");

/// A status whose message did not come yet. Whose thread it belongs to may not be known either.
pub(crate) fn early_status(channel: &ChannelId, wamid: &str, status: &str, participant: Option<&str>) -> Key {
    let participant = participant.map(|participant| format!("#{participant}")).unwrap_or_default();
    key(early_statuses(channel, wamid), format!("s#{status}{participant}"))
}

pub(crate) fn early_statuses(channel: &ChannelId, wamid: &str) -> String {
    format!("early#{channel}#{wamid}")
}

/// Where a medium of the phone's history belongs that is still to come, under what is known of it.
pub(crate) fn placeholder(channel: &ChannelId, wamid: &str) -> Key {
    key(early_statuses(channel, wamid), "placeholder")
}

/// Such a medium, while it is not known where it belongs.
pub(crate) fn early_medium(channel: &ChannelId, wamid: &str) -> Key {
    key(early_statuses(channel, wamid), "medium")
}

/// What came with a message stands right behind it; an upload has a partition of its own.
pub(crate) fn attachment(id: &AttachmentId) -> Key {
    match id.message() {
        None => key(id.as_str(), "attachment"),
        Some(of) => {
            let Key { pk, sk } = message(&of);
            key(pk, format!("{sk}#a#0"))
        }
    }
}

/// The file of an attachment on Meta's side, which is a different one for each number.
pub(crate) fn meta_file(id: &AttachmentId, channel: &ChannelId) -> Key {
    key(id.as_str(), format!("meta#{channel}"))
}

/// The attachments of a conversation in the order of their messages.
pub(crate) fn list_attachments(message: &MessageId) -> IndexKey {
    (list_attachments_of(&message.conversation()), message.place().to_owned())
}

pub(crate) fn list_attachments_of(conversation: &ConversationId) -> String {
    format!("attachments#{conversation}")
}

/// The first and the last sort key that a message or a status of a conversation can have.
pub(crate) const MESSAGES: (&str, &str) = ("m#", "m#~");

pub(crate) fn identity(identity: &Identity) -> Key {
    key(format!("identity#{}#{}", identity.kind, identity.value), "identity")
}

pub(crate) fn template(id: &TemplateId) -> Key {
    key(id.as_str(), "template")
}

/// What the business set for a template's variables.
pub(crate) fn template_fallbacks(id: &TemplateId) -> Key {
    key(id.as_str(), "fallbacks")
}

/// What is asked of Meta for it stands beside a template, where no list of Meta's reaches it.
pub(crate) fn template_order(id: &TemplateId) -> Key {
    key(id.as_str(), "order")
}

pub(crate) fn template_sync(waba_id: &str) -> Key {
    key(format!("waba#{waba_id}"), "template-sync")
}

pub(crate) fn health(subject: &Subject) -> Key {
    match subject {
        Subject::Account(waba_id) => key(format!("waba#{waba_id}"), "health"),
        Subject::Number(channel) => key(channel.as_str(), "health"),
    }
}

/// What the processes that send from a channel share out among themselves.
pub(crate) fn pace(channel: &ChannelId) -> Key {
    key(channel.as_str(), "pace")
}

pub(crate) fn settings() -> Key {
    key("settings", "settings")
}

/// What is known of a loaded card of rates.
pub(crate) fn rate_card(id: &CardId) -> Key {
    key(RATE_CARDS, id.as_str())
}

pub(crate) const RATE_CARDS: &str = "rates";

/// What stands in it. A card that takes its place is another row, so that whoever holds this one holds it for good.
pub(crate) fn rate_card_content(id: &CardId, revision: i64) -> Key {
    key(format!("rates#{id}"), format!("{revision:010}"))
}

/// What a number sent in a month as far as its price depends on it.
pub(crate) fn usage(channel: &ChannelId, month: Month) -> Key {
    key(format!("usage#{channel}#{month}"), "usage")
}

/// How much was charged in a month, by market and category.
pub(crate) fn volume(month: Month) -> Key {
    key(format!("volume#{month}"), "volume")
}

/// When conversations began that were paid for, by category.
pub(crate) fn charged(conversation: &ConversationId) -> Key {
    key(conversation.as_str(), "charged")
}

/// Spreads a day's counts of people over several rows.
pub(crate) const STARTED_SHARDS: u8 = 4;

/// `day`: counted from 1970.
pub(crate) fn started(day: i64, shard: u8) -> Key {
    key(format!("started#{day}#{shard}"), "started")
}

pub(crate) fn started_of(day: i64, contact: &ContactId) -> Key {
    started(day, contact.as_str().bytes().last().unwrap_or_default() % STARTED_SHARDS)
}

pub(crate) fn user(id: &UserId) -> Key {
    key(id.as_str(), "user")
}

pub(crate) fn group(id: &GroupId) -> Key {
    key(id.as_str(), "group")
}

/// Who is in a group stands beside it.
pub(crate) fn member(group: &GroupId, user: &UserId) -> Key {
    key(group.as_str(), format!("member#{user}"))
}

pub(crate) const MEMBERS: (&str, &str) = ("member#", "member#~");

/// The user whom a value of an identity provider, or an e-mail, leads to.
pub(crate) fn login(kind: &str, value: &str) -> Key {
    key(format!("login#{kind}#{value}"), "login")
}

pub(crate) fn api_key(hash: &str) -> Key {
    key(format!("api-key#{hash}"), "api-key")
}

/// The audit log, in the order of its chain.
pub(crate) const AUDIT: &str = "audit";

pub(crate) fn audit_head() -> Key {
    key("audit-head", "audit-head")
}

pub(crate) fn audit_entry(at: Time, number: u64) -> Key {
    audit_at(&format!("{}#{number:012}", at.sortable()))
}

/// An entry by its place, as a mark of it holds it.
pub(crate) fn audit_at(place: &str) -> Key {
    key(AUDIT, place)
}

/// Sorts before every entry of that time.
pub(crate) fn audit_from(at: Time) -> String {
    at.sortable()
}

pub(crate) fn audit_about(target: &str) -> String {
    format!("audit-of#{target}")
}

pub(crate) fn list_audit(actor: &Actor, entry: &Key) -> IndexKey {
    (list_audit_of(actor), entry.sk.clone())
}

pub(crate) fn list_audit_of(actor: &Actor) -> String {
    format!("audit#{actor}")
}

/// Events of one day share a partition; a day's worth is what a reader asks for.
pub(crate) fn event(id: &EventId, at: Time) -> Key {
    key(event_day(at), format!("{}#{id}", at.sortable()))
}

pub(crate) fn event_day(at: Time) -> String {
    format!("events#{}", at.to_string().split('T').next().unwrap_or_default())
}

pub(crate) fn idempotency(hash: &str) -> Key {
    key(format!("idempotency#{hash}"), "idempotency")
}

/// The two halves of an index key.
pub(crate) type IndexKey = (String, String);

pub(crate) fn list_channels(at: Time, id: &ChannelId) -> IndexKey {
    ("channels".to_owned(), format!("{}#{id}", at.sortable()))
}

pub(crate) fn list_users(at: Time, id: &UserId) -> IndexKey {
    ("users".to_owned(), format!("{}#{id}", at.sortable()))
}

pub(crate) fn list_groups(at: Time, id: &GroupId) -> IndexKey {
    ("groups".to_owned(), format!("{}#{id}", at.sortable()))
}

pub(crate) fn list_api_keys(at: Time, id: &ApiKeyId) -> IndexKey {
    ("api-keys".to_owned(), format!("{}#{id}", at.sortable()))
}

pub(crate) fn list_templates(waba_id: &str, name: &str, language: &str) -> IndexKey {
    ("templates".to_owned(), format!("{waba_id}#{name}#{language}"))
}

/// Where the templates of one account lie in the list of all.
pub(crate) fn list_templates_of(waba_id: &str) -> (String, String) {
    (format!("{waba_id}#"), format!("{waba_id}#~"))
}

/// Those of one name, in all languages.
pub(crate) fn list_templates_named(waba_id: &str, name: &str) -> (String, String) {
    (format!("{waba_id}#{name}#"), format!("{waba_id}#{name}#~"))
}

/// Conversations of a channel by their last activity, apart by their status and by whether somebody has them.
pub(crate) fn list_conversations(channel: &ChannelId, status: ConversationStatus, is_assigned: bool) -> String {
    format!("conversations#{channel}#{status}#{}", if is_assigned { "assigned" } else { "unassigned" })
}

/// The activity is rounded to the minute: within it the index does not change, which is what most messages cost.
pub(crate) fn activity(at: Time, id: &ConversationId) -> String {
    format!("{}#{id}", at.floor(std::time::Duration::from_secs(60)).sortable())
}

pub(crate) fn waiting(channel: &ChannelId) -> String {
    format!("waiting#{channel}")
}

pub(crate) fn waiting_since(since: Time, id: &ConversationId) -> String {
    format!("{}#{id}", since.sortable())
}

pub(crate) fn due_windows(shard: u8) -> String {
    format!("window#{shard}")
}

pub(crate) fn due_window(id: &ConversationId) -> String {
    due_windows(id.as_str().bytes().last().unwrap_or_default() % DUE_SHARDS)
}

/// Windows of which the notice has had its time: they are to be closed.
pub(crate) fn due_closings(shard: u8) -> String {
    format!("closing#{shard}")
}

pub(crate) fn due_closing(id: &ConversationId) -> String {
    due_closings(id.as_str().bytes().last().unwrap_or_default() % DUE_SHARDS)
}

/// Messages that are held for one reason, in the order in which they were asked for.
pub(crate) fn held(channel: &ChannelId, reason: BlockReason) -> String {
    format!("held#{channel}#{reason}")
}

/// Messages that wait for their turn in their conversation, by when it is.
pub(crate) fn paced(shard: u8) -> String {
    format!("paced#{shard}")
}

pub(crate) fn paced_of(id: &MessageId) -> String {
    paced(id.conversation().as_str().bytes().last().unwrap_or_default() % DUE_SHARDS)
}

pub(crate) fn held_since(at: Time, id: &MessageId) -> String {
    format!("{}#{id}", at.sortable())
}

pub(crate) fn due_at(at: Time, id: &ConversationId) -> String {
    format!("{}#{id}", at.sortable())
}

/// Sorts after every key that is due at `at`.
pub(crate) fn due_until(at: Time) -> String {
    format!("{}#~", at.sortable())
}
