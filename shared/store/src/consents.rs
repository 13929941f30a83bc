//! The ledger of consent: an entry is added once, under a key that follows from its fact; the contact's row holds the latest
//! word for each purpose, and moves forward only. The entry is written first: after a crash in between, telling it again
//! finds it and moves the row.
use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::consent::{
    ConsentSettings, ConsentSource, ConsentState, Consents, Entry, Purpose, Rank, Start, Statement, Word,
};
use domain::contact::Contact;
use domain::ids::{ChannelId, ConsentId, ContactId, MessageId};
use serde::{Deserialize, Serialize};

mod ask;

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store};

/// What a contact's row holds of its consents: a map for each purpose of which something was said.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct ConsentsRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_service: Option<WordRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_utility: Option<WordRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_marketing: Option<WordRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_start: Option<StartRow>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WordRow {
    state: String,
    at: i64,
    source: String,
    rank: i64,
    entry: String,
    #[serde(default)]
    question: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StartRow {
    at: i64,
    message: String,
    text: String,
}

impl WordRow {
    pub(crate) fn of(word: &Word) -> WordRow {
        WordRow {
            state: word.state.to_string(),
            at: word.at.millis(),
            source: word.source.to_string(),
            rank: word.rank.number(),
            entry: word.entry.to_string(),
            question: word.question.as_ref().map(ToString::to_string),
        }
    }

    pub(crate) fn read(&self) -> Option<Word> {
        Some(Word {
            state: ConsentState::parse(&self.state)?,
            at: Time::from_millis(self.at),
            source: ConsentSource::parse(&self.source)?,
            rank: Rank::from_number(self.rank),
            entry: ConsentId::parse(&self.entry)?,
            question: self.question.as_deref().and_then(MessageId::parse),
        })
    }
}

impl ConsentsRow {
    pub(crate) fn read(&self) -> Consents {
        let words = [
            (Purpose::Service, &self.consent_service),
            (Purpose::Utility, &self.consent_utility),
            (Purpose::Marketing, &self.consent_marketing),
        ];
        let words = words.into_iter().filter_map(|(purpose, row)| Some((purpose, row.as_ref()?.read()?)));
        let start = self.consent_start.as_ref().and_then(|row| {
            let (message, text) = (MessageId::parse(&row.message)?, row.text.clone());
            Some(Start { at: Time::from_millis(row.at), message, text })
        });
        Consents { words: words.collect(), start }
    }
}

#[derive(Serialize, Deserialize)]
struct ConsentRow {
    id: String,
    contact_id: String,
    purpose: String,
    state: String,
    at: i64,
    rank: i64,
    place: i64,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    recorded_at: i64,
    turn: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Row for ConsentRow {
    const ENTITY: &'static str = "consent";
}

fn to_row(entry: &Entry) -> ConsentRow {
    ConsentRow {
        id: entry.id.to_string(),
        contact_id: entry.contact.to_string(),
        purpose: entry.purpose.to_string(),
        state: entry.state.to_string(),
        at: entry.at.millis(),
        rank: entry.rank.number(),
        place: entry.place.millis(),
        source: entry.source.to_string(),
        origin: entry.origin.clone(),
        proof: entry.proof.clone(),
        channel_id: entry.channel.as_ref().map(ToString::to_string),
        message_id: entry.message.as_ref().map(ToString::to_string),
        recorded_at: entry.recorded_at.millis(),
        turn: entry.is_turn,
        question: entry.question.as_ref().map(ToString::to_string),
        note: entry.note.clone(),
    }
}

fn read(operation: &'static str, item: Attributes) -> Result<Entry, StoreError> {
    let row: ConsentRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a consent with {what} unreadable"));
    Ok(Entry {
        id: ConsentId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        contact: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
        purpose: Purpose::parse(&row.purpose).ok_or_else(|| odd("its purpose"))?,
        state: ConsentState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        at: Time::from_millis(row.at),
        rank: Rank::from_number(row.rank),
        place: Time::from_millis(row.place),
        source: ConsentSource::parse(&row.source).ok_or_else(|| odd("its source"))?,
        origin: row.origin,
        proof: row.proof,
        channel: row.channel_id.as_deref().and_then(ChannelId::parse),
        message: row.message_id.as_deref().and_then(MessageId::parse),
        recorded_at: Time::from_millis(row.recorded_at),
        is_turn: row.turn,
        question: row.question.as_deref().and_then(MessageId::parse),
        note: row.note,
    })
}

fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    AttributeValue::M(members.collect::<HashMap<_, _>>())
}

/// A word as it stands on the contact's row.
pub(crate) fn word_value(word: &Word) -> AttributeValue {
    let mut members = map([
        ("state", s(word.state.word())),
        ("at", n(word.at.millis())),
        ("source", s(word.source.word())),
        ("rank", n(word.rank.number())),
        ("entry", s(word.entry.as_str())),
    ]);
    if let (AttributeValue::M(members), Some(question)) = (&mut members, &word.question) {
        members.insert("question".to_owned(), s(question.as_str()));
    }
    members
}

impl Store {
    /// Adds what was said about a contact to the ledger, and asks the person for their yes where `settings` want it. Telling
    /// anything again changes nothing: what stands in the ledger already is what is answered.
    pub async fn consents_tell(
        &self,
        contact: &Contact,
        statements: Vec<Statement>,
        settings: &ConsentSettings,
        now: Time,
    ) -> Result<Vec<Entry>, StoreError> {
        let decide = |statement: Statement| {
            let double_opt_in = settings.of(statement.purpose).double_opt_in;
            contact.consents.decide(statement, double_opt_in, now)
        };
        let mut entries: Vec<Entry> = statements.into_iter().map(decide).collect();
        self.consents_plan_question(contact, &mut entries, settings, now).await?;
        let mut standing = Vec::with_capacity(entries.len());
        for entry in &entries {
            standing.push(self.consent_add(contact, entry).await?);
        }
        self.consents_ask(contact, &standing, settings, now).await?;
        Ok(standing)
    }

    /// The entry that stands in the ledger: this one, or the same that was there.
    async fn consent_add(&self, contact: &Contact, entry: &Entry) -> Result<Entry, StoreError> {
        const OPERATION: &str = "consent_add";
        let key = keys::consent(&entry.contact, entry.place, &entry.id);
        let item = encode(OPERATION, &key, None, &to_row(entry))?;
        let standing = match self.put_new(OPERATION, item).await? {
            Put::Written => entry.clone(),
            Put::Exists(item) => read(OPERATION, item)?,
        };
        // The row only ever moves forward: what was behind it when it was read is behind it now.
        let held = contact.consents.words.get(&entry.purpose);
        if held.is_none_or(|held| held.rank < standing.rank) {
            let mut person = standing.contact.clone();
            loop {
                self.contact_consent(&person, &standing).await?;
                // Merged, or not any more, in between: it was said under this name, and holds for whoever has that now.
                let now = self.contact_survivor(&contact.thread).await?;
                if now == person {
                    break;
                }
                person = now;
            }
        }
        Ok(standing)
    }

    /// Moves the row of the contact forward.
    async fn contact_consent(&self, contact: &ContactId, entry: &Entry) -> Result<(), StoreError> {
        let word = entry.word();
        let members = word_value(&word);
        let name = format!("#consent_{}", entry.purpose);
        let values = values([(":word", members), (":rank", n(word.rank.number()))]);
        let expression = format!("SET {name} = :word");
        let condition = format!("attribute_exists(#pk) AND (attribute_not_exists({name}) OR {name}.#rank < :rank)");
        self.update("contact_consent", &keys::contact(contact), &expression, &condition, values).await?;
        Ok(())
    }

    /// Remembers the person's last word like START, for a withdrawal from before it that comes late.
    pub async fn consent_start(&self, contact: &ContactId, start: &Start) -> Result<(), StoreError> {
        let row = map([("at", n(start.at.millis())), ("message", s(start.message.as_str())), ("text", s(&start.text))]);
        let values = values([(":start", row), (":at", n(start.at.millis()))]);
        let condition = "attribute_exists(#pk) AND (attribute_not_exists(#consent_start) OR #consent_start.#at < :at)";
        let expression = "SET #consent_start = :start";
        self.update("consent_start", &keys::contact(contact), expression, condition, values).await?;
        Ok(())
    }

    /// What was said about a contact, the latest first: also under the names of contacts that were merged into it.
    pub async fn consents_page(
        &self,
        contacts: &[ContactId],
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        const OPERATION: &str = "consents_page";
        let pages = contacts.iter().map(|contact| {
            let (pk, range) = (contact.as_str(), Some(keys::CONSENTS));
            let range = Range { index: None, pk, range, order: Order::Descending, limit };
            self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str()))
        });
        let pages = futures::future::try_join_all(pages).await?;
        let more = pages.iter().any(|page| page.next.is_some());
        let mut rows: Vec<Attributes> = pages.into_iter().flat_map(|page| page.items).collect();
        // The ids of entries are of one kind, whosever they are: so the sort keys are one order.
        rows.sort_by(|a, b| text(b, "sk").cmp(&text(a, "sk")));
        let more = more || rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|row| text(row, "sk")).map(|sk| Cursor(sk.to_owned()));
        let items = rows.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}

/// The purposes that each question is about.
fn by_question(entries: &[Entry]) -> BTreeMap<MessageId, Vec<&Entry>> {
    let mut asked: BTreeMap<MessageId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.state == ConsentState::Pending) {
        if let Some(question) = &entry.question {
            asked.entry(question.clone()).or_default().push(entry);
        }
    }
    asked
}
