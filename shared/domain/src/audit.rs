//! The audit log: who asked for which change, each entry sealed with the hash of the one before it.
//!
//! Guarantee: an entry that was changed, moved or taken out no longer fits its neighbours; one that was taken from the end is
//! missed by the head. What an entry's seal covers is text, so that anybody can recompute it from what the API shows.
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::Time;
use crate::access::Actor;

/// What stands where there is nothing.
const NONE: &str = "-";
/// The first line of what is hashed: another form of entry begins with another one.
const FORM: &str = "casement audit 1";
/// As many names of fields as one entry has at most.
pub const FIELDS_MAX: usize = 100;
const FIELD_MAX: usize = 100;

/// SHA-256 in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal(String);

impl Seal {
    /// What the first entry has before it.
    pub fn origin() -> Seal {
        Seal("0".repeat(64))
    }

    pub fn parse(text: &str) -> Option<Seal> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Seal(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(text: &str) -> Seal {
        let digits = Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
            // Writing into a string does not fail.
            write!(digits, "{byte:02x}").unwrap_or_default();
            digits
        });
        Seal(digits)
    }
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of the last entry; 0 before the first.
    pub number: u64,
    pub seal: Seal,
    pub at: Time,
}

impl Head {
    pub fn origin() -> Head {
        Head { number: 0, seal: Seal::origin(), at: Time::from_millis(0) }
    }
}

/// What somebody asks for, before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub at: Time,
    pub actor: Actor,
    /// What they came with: the id of the key, or of the user whose token it was.
    pub credential: String,
    pub method: String,
    /// The route with `{id}` in place of the id.
    pub route: String,
    /// The id in the path.
    pub target: Option<String>,
    /// Names of members and parameters, never what they say.
    pub fields: Vec<String>,
    /// SHA-256 of the `Idempotency-Key`, in hex.
    pub idempotency: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: u64,
    /// The seal of the entry before.
    pub previous: Seal,
    pub seal: Seal,
    pub ask: Ask,
    /// What was answered; written afterwards, and not covered by the seal. `None`: nobody knows.
    pub status: Option<u16>,
    /// The id of what was made, as the answer told it; as the status.
    pub made: Option<String>,
}

impl Entry {
    /// The entry behind `head`. Times never go back along the chain, whatever the clocks of its writers say.
    pub fn next(head: &Head, ask: Ask) -> Entry {
        let ask = Ask { at: ask.at.max(head.at), ..ask };
        let number = head.number.saturating_add(1);
        let seal = Seal::of(&covered(number, &head.seal, &ask));
        Entry { number, previous: head.seal.clone(), seal, ask, status: None, made: None }
    }

    pub fn head(&self) -> Head {
        Head { number: self.number, seal: self.seal.clone(), at: self.ask.at }
    }

    /// Whether the entry says what it was sealed with.
    pub fn is_sealed(&self) -> bool {
        Seal::of(&covered(self.number, &self.previous, &self.ask)) == self.seal
    }
}

/// The text that is hashed: a line for each part. None of them can hold the end of a line.
fn covered(number: u64, previous: &Seal, ask: &Ask) -> String {
    let or_none = |part: &Option<String>| part.clone().unwrap_or_else(|| NONE.to_owned());
    [
        FORM.to_owned(),
        number.to_string(),
        previous.0.clone(),
        ask.at.to_string(),
        ask.actor.to_string(),
        ask.credential.clone(),
        ask.method.clone(),
        ask.route.clone(),
        or_none(&ask.target),
        ask.fields.join(","),
        or_none(&ask.idempotency),
    ]
    .join("\n")
}

/// The names out of `names` that are fit for an entry: few, short, and of letters that no name of ours goes beyond.
pub fn field_names(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let is_fit = |name: &String| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (1..=FIELD_MAX).contains(&name.len()) && name.bytes().all(is_letter)
    };
    names.into_iter().filter(is_fit).take(FIELDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(at: i64, route: &str) -> Ask {
        Ask {
            at: Time::from_millis(at),
            actor: Actor::Bootstrap,
            credential: "bootstrap".to_owned(),
            method: "PATCH".to_owned(),
            route: route.to_owned(),
            target: None,
            fields: vec!["name".to_owned()],
            idempotency: None,
        }
    }

    #[test]
    fn each_entry_is_sealed_with_the_one_before() {
        let first = Entry::next(&Head::origin(), ask(5, "/v1/users/{id}"));
        let second = Entry::next(&first.head(), ask(3, "/v1/users/{id}"));
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(second.previous, first.seal);
        assert_eq!(second.ask.at, first.ask.at, "a clock that is behind does not turn the chain back");
        assert!(first.is_sealed() && second.is_sealed());
        assert_eq!(Seal::parse(first.seal.as_str()), Some(first.seal));
    }

    #[test]
    fn whatever_is_changed_of_an_entry_breaks_its_seal() {
        let entry = Entry::next(&Head::origin(), ask(5, "/v1/users/{id}"));
        type Change = fn(&mut Entry);
        let changes: [Change; 9] = [
            |entry| entry.number = 2,
            |entry| entry.previous = Seal::of("another"),
            |entry| entry.ask.at = Time::from_millis(6),
            |entry| entry.ask.actor = Actor::parse("usr_00000000000000000000000000").unwrap(),
            |entry| entry.ask.credential = "other".to_owned(),
            |entry| entry.ask.method = "POST".to_owned(),
            |entry| entry.ask.target = Some("usr_0".to_owned()),
            |entry| entry.ask.fields.clear(),
            |entry| entry.ask.idempotency = Some("ab".to_owned()),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = entry.clone();
            change(&mut changed);
            assert!(!changed.is_sealed(), "change {index}");
        }
        let mut answered = entry;
        answered.status = Some(200);
        assert!(answered.is_sealed(), "the outcome comes afterwards");
    }

    #[test]
    fn only_names_come_into_an_entry() {
        let names = ["name", "window.hours", "Ann Smith", "a\nb", "", &"x".repeat(101)].map(str::to_owned);
        assert_eq!(field_names(names), ["name", "window.hours"]);
        assert_eq!(field_names((0..200).map(|index| format!("f{index}"))).len(), FIELDS_MAX);
    }
}
