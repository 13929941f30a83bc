//! Typed, prefixed ids. 128 bits in 26 lower-case characters (Crockford's base 32); ids made from a time sort by it.
//!
//! Some ids are derived from what they name, so that two workers who meet the same thing at once name it alike:
//! a channel from its number, a conversation from its channel and contact, an inbound message from its wamid.
use std::fmt;

use sha2::{Digest, Sha256};

use crate::Time;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// Random bytes for an id, drawn by the caller: this crate has no randomness of its own.
pub type Entropy = [u8; 10];

fn encode(bits: u128) -> String {
    (0..LENGTH)
        .rev()
        .map(|place| {
            let five = bits.checked_shr(u32::try_from(place).unwrap_or(0).saturating_mul(5)).unwrap_or(0) & 31;
            char::from(ALPHABET[usize::try_from(five).unwrap_or(0)])
        })
        .collect()
}

fn well_formed(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// 48 bits of time, then 80 bits of `tail`.
fn timed(at: Time, tail: &[u8]) -> String {
    let time = u128::try_from(at.millis().max(0)).unwrap_or(0) & 0xffff_ffff_ffff;
    let tail = tail.iter().take(10).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    encode((time << 80) | tail)
}

/// The parts are told apart by their lengths, so that ("ab", "c") and ("a", "bc") differ.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

fn derived(parts: &[&str]) -> String {
    encode(digest(parts).iter().take(16).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte)))
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// An id that sorts by `at`.
            pub fn new(at: Time, entropy: Entropy) -> $name {
                $name(format!("{}{}", $prefix, timed(at, &entropy)))
            }

            /// The id that follows from `parts`: the same parts, the same id.
            pub fn derive(parts: &[&str]) -> $name {
                $name(format!("{}{}", $prefix, derived(parts)))
            }

            pub fn parse(text: &str) -> Option<$name> {
                text.strip_prefix($prefix).filter(|rest| well_formed(rest)).map(|_| $name(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(AdjustmentId, "adj_");
id!(ApiKeyId, "key_");
id!(CannedTextId, "can_");
id!(ChannelId, "chn_");
id!(ConsentId, "cst_");
id!(ContactFieldId, "fld_");
id!(ContactId, "con_");
id!(ContactImportId, "imp_");
id!(ConversationId, "cnv_");
id!(DocumentSourceId, "src_");
id!(EventId, "evt_");
id!(GroupId, "grp_");
id!(NotificationId, "ntf_");
id!(NoteId, "nte_");
id!(ReplayId, "rpl_");
id!(SecretId, "sec_");
id!(TemplateId, "tpl_");
id!(TopUpId, "top_");
id!(UserId, "usr_");
id!(ViewId, "viw_");
id!(WebhookId, "whk_");

impl ChannelId {
    pub fn of_number(phone_number_id: &str) -> ChannelId {
        ChannelId::derive(&[phone_number_id])
    }
}

impl ConversationId {
    pub fn of(channel: &ChannelId, contact: &ContactId) -> ConversationId {
        ConversationId::derive(&[channel.as_str(), contact.as_str()])
    }
}

impl NotificationId {
    pub fn of(user: &UserId, kind: &str, conversation: &ConversationId) -> NotificationId {
        NotificationId::derive(&[user.as_str(), kind, conversation.as_str()])
    }
}

impl TemplateId {
    pub fn of(waba_id: &str, name: &str, language: &str) -> TemplateId {
        TemplateId::derive(&[waba_id, name, language])
    }
}

/// `msg_`, the 26 characters of its conversation, the 26 of its place in it. So whoever holds a message's id, also an
/// echo of it in a status webhook, can reach the message without a search.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    pub const PREFIX: &'static str = "msg_";

    /// The id of a message that has a wamid already: the same wamid at the same time is the same message.
    pub fn of_wamid(conversation: &ConversationId, at: Time, wamid: &str) -> MessageId {
        MessageId::join(conversation, &timed(at, &digest(&[wamid])))
    }

    /// The id of a message that follows from a fact: the same fact at the same time makes one message.
    pub fn of_fact(conversation: &ConversationId, at: Time, fact: &str) -> MessageId {
        MessageId::of_wamid(conversation, at, fact)
    }

    pub fn new(conversation: &ConversationId, at: Time, entropy: Entropy) -> MessageId {
        MessageId::join(conversation, &timed(at, &entropy))
    }

    fn join(conversation: &ConversationId, place: &str) -> MessageId {
        let conversation = conversation.as_str().trim_start_matches(ConversationId::PREFIX);
        MessageId(format!("{}{conversation}{place}", MessageId::PREFIX))
    }

    /// The id of the part at `index` of a message: right behind it, in order, and always the same.
    pub fn part(&self, at: Time, index: u32) -> MessageId {
        let offset = std::time::Duration::from_millis(u64::from(index).saturating_add(1));
        MessageId::join(&self.conversation(), &timed(at.plus(offset), &digest(&[&self.0, &index.to_string()])))
    }

    pub fn parse(text: &str) -> Option<MessageId> {
        let (conversation, place) = text.strip_prefix(MessageId::PREFIX)?.split_at_checked(LENGTH)?;
        (well_formed(conversation) && well_formed(place)).then(|| MessageId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn conversation(&self) -> ConversationId {
        ConversationId(format!("{}{}", ConversationId::PREFIX, self.tail().0))
    }

    /// The lowest place that a message of this time can have.
    pub fn first_place(at: Time) -> String {
        timed(at, &[])
    }

    /// When it is by its place: its own time, but for parts, which stand right behind the whole.
    pub fn placed_at(&self) -> Time {
        let digit =
            |byte: u8| ALPHABET.iter().position(|letter| *letter == byte).and_then(|at| u128::try_from(at).ok());
        let bits = self.place().bytes().filter_map(digit).fold(0u128, |bits, five| (bits << 5) | five);
        Time::from_millis(i64::try_from(bits >> 80).unwrap_or(i64::MAX))
    }

    /// Sorts as the messages of the conversation do.
    pub fn place(&self) -> &str {
        self.tail().1
    }

    fn tail(&self) -> (&str, &str) {
        self.0.get(MessageId::PREFIX.len()..).and_then(|rest| rest.split_at_checked(LENGTH)).unwrap_or_default()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `dlv_`, the 26 characters of its webhook, the 26 of its event's place in time: one for each webhook and event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(String);

impl DeliveryId {
    pub const PREFIX: &'static str = "dlv_";

    pub fn of(webhook: &WebhookId, at: Time, event: &EventId) -> DeliveryId {
        let webhook = webhook.as_str().trim_start_matches(WebhookId::PREFIX);
        DeliveryId(format!("{}{webhook}{}", DeliveryId::PREFIX, timed(at, &digest(&[event.as_str()]))))
    }

    /// Sorts before the deliveries of all events of that time.
    pub fn first(webhook: &WebhookId, at: Time) -> DeliveryId {
        let webhook = webhook.as_str().trim_start_matches(WebhookId::PREFIX);
        DeliveryId(format!("{}{webhook}{}", DeliveryId::PREFIX, timed(at, &[0; 10])))
    }

    pub fn parse(text: &str) -> Option<DeliveryId> {
        let (webhook, place) = text.strip_prefix(DeliveryId::PREFIX)?.split_at_checked(LENGTH)?;
        (well_formed(webhook) && well_formed(place)).then(|| DeliveryId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn webhook(&self) -> WebhookId {
        WebhookId(format!("{}{}", WebhookId::PREFIX, self.tail().0))
    }

    /// Sorts as the events do.
    pub fn place(&self) -> &str {
        self.tail().1
    }

    fn tail(&self) -> (&str, &str) {
        self.0.get(DeliveryId::PREFIX.len()..).and_then(|rest| rest.split_at_checked(LENGTH)).unwrap_or_default()
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `att_` and the two halves of its message's id; an upload, which has no message, has zeros for its conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId(String);

impl AttachmentId {
    pub const PREFIX: &'static str = "att_";
    const NOWHERE: &'static str = "00000000000000000000000000";

    pub fn of_message(message: &MessageId) -> AttachmentId {
        AttachmentId(format!("{}{}", AttachmentId::PREFIX, message.as_str().trim_start_matches(MessageId::PREFIX)))
    }

    /// The id of an upload.
    pub fn new(at: Time, entropy: Entropy) -> AttachmentId {
        AttachmentId(format!("{}{}{}", AttachmentId::PREFIX, AttachmentId::NOWHERE, timed(at, &entropy)))
    }

    pub fn parse(text: &str) -> Option<AttachmentId> {
        let (home, place) = text.strip_prefix(AttachmentId::PREFIX)?.split_at_checked(LENGTH)?;
        (well_formed(home) && well_formed(place)).then(|| AttachmentId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The message that brought it; none for an upload.
    pub fn message(&self) -> Option<MessageId> {
        let rest = self.0.trim_start_matches(AttachmentId::PREFIX);
        (!rest.starts_with(AttachmentId::NOWHERE)).then(|| MessageId(format!("{}{rest}", MessageId::PREFIX)))
    }
}

impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_time() {
        let early = ContactId::new(Time::from_millis(1), [255; 10]);
        let late = ContactId::new(Time::from_millis(2), [0; 10]);
        assert!(early < late);
        assert_eq!(ContactId::parse(early.as_str()), Some(early));
    }

    #[test]
    fn derived_ids_follow_from_their_parts_alone() {
        assert_eq!(ChannelId::derive(&["ab", "c"]), ChannelId::derive(&["ab", "c"]));
        assert_ne!(ChannelId::derive(&["ab", "c"]), ChannelId::derive(&["a", "bc"]));
    }

    #[test]
    fn a_message_id_leads_to_its_conversation() {
        let conversation = ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&["x"]));
        let at = Time::from_seconds(1_795_321_800);
        let id = MessageId::of_wamid(&conversation, at, "wamid.A");
        assert_eq!(id.conversation(), conversation);
        assert_eq!(MessageId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(id, MessageId::of_wamid(&conversation, at, "wamid.A"));
        assert_eq!(id.placed_at(), at);
        assert!(MessageId::first_place(at).as_str() < id.place());
        assert_ne!(id, MessageId::of_wamid(&conversation, at, "wamid.B"));
        assert!(
            id.place()
                < MessageId::of_wamid(&conversation, at.plus(std::time::Duration::from_secs(1)), "wamid.A").place()
        );
    }

    #[test]
    fn an_attachment_id_leads_to_its_message_if_it_has_one() {
        let conversation = ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&["x"]));
        let message = MessageId::of_wamid(&conversation, Time::from_seconds(5), "wamid.A");
        let id = AttachmentId::of_message(&message);
        assert_eq!(id.message(), Some(message.clone()));
        assert_eq!(AttachmentId::parse(id.as_str()), Some(id));
        let upload = AttachmentId::new(Time::from_seconds(5), [7; 10]);
        assert_eq!(upload.message(), None);
        assert_eq!(AttachmentId::parse(upload.as_str()), Some(upload));
        assert_eq!(AttachmentId::parse(message.as_str()), None);
        let (first, second) = (message.part(Time::from_seconds(5), 0), message.part(Time::from_seconds(5), 1));
        assert!(message.place() < first.place() && first.place() < second.place());
        assert_eq!(first.conversation(), conversation);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "msg_", "con_0", "chn_0000000000000000000000000u", "msg_é", "con_0000000000000000000000000O"]
        {
            assert_eq!(ChannelId::parse(text), None, "{text}");
            assert_eq!(MessageId::parse(text), None, "{text}");
        }
    }
}
