//! Consent: what a person allows the business to write them about, since when, and how we know (P40).
//!
//! The ledger is a list of entries that only grows; the state of a purpose is its latest entry. What is later by the
//! person's own time wins, and in a tie the withdrawal; so entries may come twice, late and in any order.
use std::collections::BTreeMap;

use crate::ids::{ChannelId, ConsentId, ContactId, MessageId};
use crate::{Time, template, words};

mod confirmation;
mod keywords;
mod question;
mod settings;

pub use confirmation::confirmation;
pub use keywords::{Effect, Keyword, KeywordLists, LANGUAGES, language_of, normal};
pub use question::{Answer, Thread, Way, answer_id, ask_by_message, ask_by_template, choose, read_answer};
pub use settings::{
    ConfirmationSettings, ConsentRule, ConsentSettings, PurposeSettings, QuestionSettings, QuestionTemplate,
};

words! {
    /// What a message is for.
    pub enum Purpose {
        /// What the person asks for by what they do: codes, answers.
        Service = "service",
        /// News about something that is under way: an order, an appointment.
        Utility = "utility",
        Marketing = "marketing",
    }
}

impl Purpose {
    /// What a template of this category, in Meta's word, is for. A category that is not known yet is held to need consent.
    pub fn of_category(category: &str) -> Purpose {
        match category {
            template::MARKETING => Purpose::Marketing,
            template::AUTHENTICATION => Purpose::Service,
            _ => Purpose::Utility,
        }
    }
}

words! {
    pub enum ConsentState {
        Given = "given",
        Withdrawn = "withdrawn",
        /// Given by somebody else's word; the person was asked, or is to be, and has not said yes.
        Pending = "pending",
    }
}

words! {
    /// How we know.
    pub enum ConsentSource {
        /// Another system or a person of the business recorded it.
        Api = "api",
        Import = "import",
        /// It came with a message to be sent.
        Message = "message",
        /// The person wrote a word that means it, or tapped such a button.
        Keyword = "keyword",
        /// The person said so in WhatsApp itself.
        Preference = "preference",
        /// Meta refused a message for it.
        Error = "error",
        /// The person answered when they were asked.
        Confirmation = "confirmation",
    }
}

/// When something was said, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    At(Time),
    /// Now, by somebody who knows all that was said before.
    Now(Time),
    /// By Meta's clock, which tells whole seconds: it counts as said at the end of its second, so that what was recorded
    /// here within the same second does not undo it.
    InSecond(Time),
    /// Nobody told when. It stands only while the person has said nothing at all.
    Sometime(Time),
}

impl Said {
    pub fn at(self) -> Time {
        match self {
            Said::At(at) | Said::Now(at) | Said::InSecond(at) | Said::Sometime(at) => at,
        }
    }

    fn counts_at(self) -> i64 {
        match self {
            Said::At(at) | Said::Now(at) => at.millis(),
            Said::InSecond(at) => at.seconds().saturating_mul(1000).saturating_add(999),
            Said::Sometime(_) => 0,
        }
    }
}

/// The place of a word among all about the same purpose; the greatest is the one that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(i64);

impl Rank {
    pub fn of(said: Said, state: ConsentState) -> Rank {
        Rank::new(said.counts_at(), state)
    }

    fn new(millis: i64, state: ConsentState) -> Rank {
        let tie = match state {
            ConsentState::Pending => 1,
            ConsentState::Given => 2,
            ConsentState::Withdrawn => 3,
        };
        Rank(millis.max(0).saturating_mul(4).saturating_add(tie))
    }

    fn followed_by(self, state: ConsentState) -> Rank {
        Rank::new(self.millis().saturating_add(1), state)
    }

    pub fn from_number(number: i64) -> Rank {
        Rank(number)
    }

    pub fn number(self) -> i64 {
        self.0
    }

    /// When the word counts as said, in milliseconds.
    fn millis(self) -> i64 {
        self.0.div_euclid(4)
    }
}

/// What holds for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub state: ConsentState,
    pub at: Time,
    pub source: ConsentSource,
    pub rank: Rank,
    /// The entry that says it.
    pub entry: ConsentId,
    /// The message that asks the person, while it is pending; none: they could not be asked.
    pub question: Option<MessageId>,
}

/// A word of the person that gave back nothing because nothing was withdrawn when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Meta's time.
    pub at: Time,
    pub message: MessageId,
    pub text: String,
}

/// What a person allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consents {
    pub words: BTreeMap<Purpose, Word>,
    /// The last one, for a withdrawal from before it that comes late.
    pub start: Option<Start>,
}

/// Something that was said about one purpose, before it is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub contact: ContactId,
    pub purpose: Purpose,
    pub is_given: bool,
    pub said: Said,
    /// Where it stands in the list of all: the time, or where that is not known something that is always the same.
    pub place: Time,
    pub source: ConsentSource,
    /// Where it was said, in the words of whoever recorded it.
    pub origin: Option<String>,
    /// The text or the address that proves it.
    pub proof: Option<String>,
    pub channel: Option<ChannelId>,
    /// The message that says it.
    pub message: Option<MessageId>,
    /// What tells it from all else that was said by this source: telling it again is the same entry.
    pub fact: String,
}

impl Statement {
    pub fn id(&self) -> ConsentId {
        let state = if self.is_given { ConsentState::Given } else { ConsentState::Withdrawn };
        let (contact, purpose) = (self.contact.as_str(), self.purpose.word());
        ConsentId::derive(&[contact, purpose, state.word(), self.source.word(), &self.fact])
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: ConsentId,
    pub contact: ContactId,
    pub purpose: Purpose,
    pub state: ConsentState,
    pub at: Time,
    pub rank: Rank,
    pub place: Time,
    pub source: ConsentSource,
    pub origin: Option<String>,
    pub proof: Option<String>,
    pub channel: Option<ChannelId>,
    pub message: Option<MessageId>,
    pub recorded_at: Time,
    /// Whether it changed what held when it was recorded.
    pub is_turn: bool,
    /// The message that asks the person for their yes.
    pub question: Option<MessageId>,
    /// Why they could not be asked.
    pub note: Option<String>,
}

impl Entry {
    pub fn word(&self) -> Word {
        Word {
            state: self.state,
            at: self.at,
            source: self.source,
            rank: self.rank,
            entry: self.id.clone(),
            question: self.question.clone(),
        }
    }
}

impl Consents {
    pub fn state(&self, purpose: Purpose) -> Option<ConsentState> {
        self.words.get(&purpose).map(|word| word.state)
    }

    /// Takes the entry's word, if it is the latest.
    pub fn apply(&mut self, entry: &Entry) {
        let word = entry.word();
        if self.words.get(&entry.purpose).is_none_or(|held| held.rank < word.rank) {
            self.words.insert(entry.purpose, word);
        }
    }

    /// The entry that a statement makes. With `double_opt_in` another's word for it leaves it pending, unless the person
    /// has given it already.
    pub fn decide(&self, statement: Statement, double_opt_in: bool, now: Time) -> Entry {
        let id = statement.id();
        let held = self.words.get(&statement.purpose);
        let is_own_word = matches!(statement.source, ConsentSource::Confirmation | ConsentSource::Preference);
        let state = match (statement.is_given, held.map(|held| held.state)) {
            (false, _) => ConsentState::Withdrawn,
            (true, Some(ConsentState::Given)) => ConsentState::Given,
            (true, _) if double_opt_in && !is_own_word => ConsentState::Pending,
            (true, _) => ConsentState::Given,
        };
        let rank = match (statement.said, held) {
            (Said::Now(_), Some(held)) => Rank::of(statement.said, state).max(held.rank.followed_by(state)),
            (said, _) => Rank::of(said, state),
        };
        let is_latest = held.is_none_or(|held| held.rank < rank);
        // Who was asked is not asked again for the next word of somebody else.
        let asked = held.filter(|held| state == ConsentState::Pending && held.state == state);
        Entry {
            id,
            contact: statement.contact,
            purpose: statement.purpose,
            state,
            at: statement.said.at(),
            rank,
            place: statement.place,
            source: statement.source,
            origin: statement.origin,
            proof: statement.proof,
            channel: statement.channel,
            message: statement.message,
            recorded_at: now,
            is_turn: is_latest && held.map(|held| held.state) != Some(state),
            question: asked.and_then(|held| held.question.clone()),
            note: None,
        }
    }

    /// Whether the person is still to be asked for their yes to this entry.
    pub fn asks(&self, entry: &Entry) -> bool {
        let is_latest = self.words.get(&entry.purpose).is_none_or(|held| held.rank < entry.rank);
        entry.state == ConsentState::Pending && entry.question.is_none() && is_latest
    }

    /// What a word like START at this time gives back: what was withdrawn by a keyword before.
    pub fn given_back(&self, at: Time) -> Vec<Purpose> {
        let until = Said::InSecond(at).counts_at();
        let is_stopped = |word: &Word| {
            let by_keyword = word.state == ConsentState::Withdrawn && word.source == ConsentSource::Keyword;
            by_keyword && word.rank.millis() < until
        };
        self.words.iter().filter(|(_, word)| is_stopped(word)).map(|(purpose, _)| *purpose).collect()
    }

    /// What waits for the answer to this question.
    pub fn asked_by(&self, question: &MessageId) -> Vec<Purpose> {
        let is_it = |word: &Word| word.state == ConsentState::Pending && word.question.as_ref() == Some(question);
        self.words.iter().filter(|(_, word)| is_it(word)).map(|(purpose, _)| *purpose).collect()
    }

    /// The question that was asked last and waits for its answer.
    pub fn open_question(&self) -> Option<&MessageId> {
        let pending = self.words.values().filter(|word| word.state == ConsentState::Pending);
        let asked = pending.filter_map(|word| Some((word.rank, word.question.as_ref()?)));
        asked.max_by_key(|(rank, _)| *rank).map(|(_, question)| question)
    }
}

#[cfg(test)]
mod tests;
