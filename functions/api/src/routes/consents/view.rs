//! Consents as the API shows them.
use domain::consent::{self as entity, Consents, Entry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{
    ChannelId, ConsentId, ConsentSource, ConsentState, ContactId, Id, MessageId, Purpose, Stamp, Word,
};

/// What a contact allows; null where nobody said anything.
#[derive(Serialize, ToSchema)]
#[schema(as = Consents)]
pub(crate) struct ConsentsView {
    service: Option<WordView>,
    utility: Option<WordView>,
    marketing: Option<WordView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConsentWord)]
struct WordView {
    state: ConsentState,
    /// Since when, by the person's own time.
    at: Stamp,
    source: ConsentSource,
    /// The entry of the ledger that says so.
    entry_id: ConsentId,
    /// The message that asks the person for their yes; null: none does.
    question_id: Option<MessageId>,
}

impl From<&Consents> for ConsentsView {
    fn from(consents: &Consents) -> ConsentsView {
        let word = |purpose| {
            consents.words.get(&purpose).map(|word: &entity::Word| WordView {
                state: Word(word.state),
                at: Stamp(word.at),
                source: Word(word.source),
                entry_id: Id(word.entry.clone()),
                question_id: word.question.clone().map(Id),
            })
        };
        ConsentsView {
            service: word(entity::Purpose::Service),
            utility: word(entity::Purpose::Utility),
            marketing: word(entity::Purpose::Marketing),
        }
    }
}

/// Something that was said. It stays as it is.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentEntry)]
pub(in crate::routes) struct EntryView {
    id: ConsentId,
    contact_id: ContactId,
    purpose: Purpose,
    state: ConsentState,
    /// When it was said.
    at: Stamp,
    /// How we know.
    source: ConsentSource,
    /// Where it was said, in the words of whoever recorded it.
    source_text: Option<String>,
    /// What proves it: what the person wrote, what they agreed to, or the address of a record.
    proof: Option<String>,
    channel_id: Option<ChannelId>,
    /// The message that says it.
    message_id: Option<MessageId>,
    recorded_at: Stamp,
    /// The message that asks the person for their yes.
    question_id: Option<MessageId>,
    /// Why they could not be asked.
    note: Option<String>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> EntryView {
        EntryView {
            id: Id(entry.id),
            contact_id: Id(entry.contact),
            purpose: Word(entry.purpose),
            state: Word(entry.state),
            at: Stamp(entry.at),
            source: Word(entry.source),
            source_text: entry.origin,
            proof: entry.proof,
            channel_id: entry.channel.map(Id),
            message_id: entry.message.map(Id),
            recorded_at: Stamp(entry.recorded_at),
            question_id: entry.question.map(Id),
            note: entry.note,
        }
    }
}
