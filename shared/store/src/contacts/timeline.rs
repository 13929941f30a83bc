//! Everything with one contact in one order of time: the messages and notes of its threads, what was said of its consents, and
//! the turns of all of these, each a range of keys of its own. A page takes the latest of each; its cursor is a time, and the
//! place within it.
use domain::Time;
use domain::consent::Entry;
use domain::contact::Contact;
use domain::contact_timeline::{Turn, TurnKind};
use domain::ids::{ContactId, ConversationId, EventId};
use domain::inbox::Note;
use domain::message::Message;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Range, Store};

#[derive(Serialize, Deserialize)]
struct TurnRow {
    id: String,
    contact_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    kind: String,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    data: String,
}

impl Row for TurnRow {
    const ENTITY: &'static str = "contact-turn";
}

fn read(operation: &'static str, item: Attributes) -> Result<Turn, StoreError> {
    let row: TurnRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a turn with {what} unreadable"));
    let conversation = row.conversation_id.map(|id| ConversationId::parse(&id).ok_or_else(|| odd("conversation_id")));
    Ok(Turn {
        id: EventId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        contact: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
        conversation: conversation.transpose()?,
        kind: TurnKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
        at: Time::from_millis(row.at),
        by: row.by,
        data: serde_json::from_str(&row.data).map_err(|error| StoreError::row(operation, error))?,
    })
}

/// In whose partition a turn stands: of a conversation, so that it is out of sight where that is.
fn whose(turn: &Turn) -> &str {
    turn.conversation.as_ref().map_or(turn.contact.as_str(), |conversation| conversation.as_str())
}

/// Something that happened with a contact.
#[derive(Clone, Debug)]
pub enum Moment {
    Consent(Box<Entry>),
    Message(Box<Message>),
    Note(Note),
    Turn(Turn),
}

/// Of what a timeline is made: a part of a partition.
enum Source {
    Consents(ContactId),
    /// Of a contact, or of a conversation.
    Turns(String),
    Notes(ConversationId),
    Thread(ConversationId),
}

/// A moment in its place.
struct Placed {
    at: Time,
    source: String,
    sk: String,
    moment: Moment,
}

/// Where a page ended.
struct Place {
    at: Time,
    source: String,
    sk: String,
}

impl Place {
    fn read(cursor: &Cursor) -> Option<Place> {
        let (at, rest) = cursor.0.split_once('|')?;
        let (source, sk) = rest.split_once('|')?;
        Some(Place { at: Time::from_millis(at.parse().ok()?), source: source.to_owned(), sk: sk.to_owned() })
    }

    fn write(placed: &Placed) -> Cursor {
        Cursor(format!("{}|{}|{}", placed.at.millis(), placed.source, placed.sk))
    }
}

impl Source {
    /// Moments of one time are in the order of these.
    fn name(&self) -> String {
        match self {
            Source::Consents(contact) => format!("c{contact}"),
            Source::Turns(of) => format!("t{of}"),
            Source::Notes(conversation) => format!("n{conversation}"),
            Source::Thread(conversation) => conversation.to_string(),
        }
    }

    /// The lowest place of this time.
    fn first(&self, at: Time) -> String {
        match self {
            Source::Consents(_) => keys::first_consent(at),
            Source::Turns(_) => keys::first_turn(at),
            Source::Notes(_) => keys::first_note(at),
            Source::Thread(_) => keys::first_message(at),
        }
    }

    /// Behind which place this source goes on.
    fn after(&self, place: &Place) -> String {
        let name = self.name();
        if name == place.source {
            place.sk.clone()
        } else if name > place.source {
            self.first(place.at.plus(std::time::Duration::from_millis(1)))
        } else {
            self.first(place.at)
        }
    }
}

impl Store {
    /// Whether somebody gave the conversation to anybody, or took it from them, since then.
    pub async fn conversation_given_since(&self, id: &ConversationId, at: Time) -> Result<bool, StoreError> {
        const OPERATION: &str = "conversation_given_since";
        let from = keys::first_turn(at);
        let range = || Range {
            index: None,
            pk: id.as_str(),
            range: Some((from.as_str(), keys::TURNS.1)),
            order: Order::Ascending,
            limit: 100,
        };
        let turns = self.query_all(OPERATION, range).await?.into_iter().map(|item| read(OPERATION, item));
        let turns = turns.collect::<Result<Vec<Turn>, _>>()?;
        let gives = |turn: &Turn| matches!(turn.kind, TurnKind::Assigned | TurnKind::Unassigned);
        Ok(turns.iter().any(|turn| turn.by.is_some() && gives(turn)))
    }

    /// Twice is once: the key follows from the turn.
    pub async fn contact_turn_add(&self, turn: &Turn) -> Result<(), StoreError> {
        const OPERATION: &str = "contact_turn_add";
        let row = TurnRow {
            id: turn.id.to_string(),
            contact_id: turn.contact.to_string(),
            conversation_id: turn.conversation.as_ref().map(ToString::to_string),
            kind: turn.kind.to_string(),
            at: turn.at.millis(),
            by: turn.by.clone(),
            data: turn.data.to_string(),
        };
        let key = keys::turn(whose(turn), turn.at, &turn.id);
        self.put_new(OPERATION, encode(OPERATION, &key, None, &row)?).await?;
        Ok(())
    }

    /// The latest first, with the messages of these conversations. `None`: the cursor is of no timeline.
    pub async fn contact_timeline(
        &self,
        contact: &Contact,
        conversations: Vec<ConversationId>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Option<Page<Moment>>, StoreError> {
        let place = after.map(Place::read);
        if place.as_ref().is_some_and(Option::is_none) {
            return Ok(None);
        }
        let place = place.flatten();
        let mut sources: Vec<Source> = conversations.iter().cloned().map(Source::Notes).collect();
        sources.extend(conversations.iter().map(|conversation| Source::Turns(conversation.to_string())));
        sources.extend(conversations.into_iter().map(Source::Thread));
        for thread in contact.threads() {
            sources.push(Source::Consents(thread.clone()));
            sources.push(Source::Turns(thread.to_string()));
        }
        let reads = sources.iter().map(|source| {
            let after = place.as_ref().map(|place| Cursor(source.after(place)));
            async move { self.moments(source, limit, after.as_ref()).await }
        });
        let read = futures::future::try_join_all(reads).await?;
        let more = read.iter().any(|(_, more)| *more);
        let mut placed: Vec<Placed> = read.into_iter().flat_map(|(placed, _)| placed).collect();
        placed.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.source.cmp(&b.source)).then_with(|| b.sk.cmp(&a.sk)));
        let more = more || placed.len() > limit;
        placed.truncate(limit);
        let next = placed.last().filter(|_| more).map(Place::write);
        Ok(Some(Page { items: placed.into_iter().map(|placed| placed.moment).collect(), next }))
    }

    /// The next ones of a source, and whether there are more.
    async fn moments(
        &self,
        source: &Source,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<(Vec<Placed>, bool), StoreError> {
        const OPERATION: &str = "contact_timeline";
        let name = source.name();
        let placed = |at, sk, moment| Placed { at, source: name.clone(), sk, moment };
        match source {
            Source::Consents(contact) => {
                let page = self.consents_page(std::slice::from_ref(contact), limit, after).await?;
                let placed = page.items.into_iter().map(|entry| {
                    let sk = keys::consent(&entry.contact, entry.place, &entry.id).sk;
                    placed(Time::from_millis(entry.place.millis().max(0)), sk, Moment::Consent(Box::new(entry)))
                });
                Ok((placed.collect(), page.next.is_some()))
            }
            Source::Notes(conversation) => {
                let page = self.notes_page(conversation, limit, after).await?;
                let placed = page.items.into_iter().map(|note| {
                    let sk = keys::note(&note.conversation_id, &note.id).sk;
                    placed(note.created_at, sk, Moment::Note(note))
                });
                Ok((placed.collect(), page.next.is_some()))
            }
            Source::Thread(conversation) => {
                let page = self.messages_page(conversation, limit, after).await?;
                let placed = page.items.into_iter().map(|message| {
                    let (at, sk) = (message.id.placed_at(), keys::message(&message.id).sk);
                    placed(at, sk, Moment::Message(Box::new(message)))
                });
                Ok((placed.collect(), page.next.is_some()))
            }
            Source::Turns(of) => {
                let (pk, range) = (of.as_str(), Some(keys::TURNS));
                let range = Range { index: None, pk, range, order: Order::Descending, limit };
                let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
                let mut turns = Vec::new();
                for item in page.items {
                    let turn = read(OPERATION, item)?;
                    let sk = keys::turn(whose(&turn), turn.at, &turn.id).sk;
                    turns.push(placed(turn.at, sk, Moment::Turn(turn)));
                }
                Ok((turns, page.next.is_some()))
            }
        }
    }
}
