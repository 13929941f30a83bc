//! Splits a webhook into atoms: the smallest parts that can be applied on their own.
//!
//! Guarantees: every entry, change, message and status of the body is in some atom (P3); a part of an unexpected shape
//! becomes an atom of its own and harms no neighbour (P4, P5); nothing is copied but escaped ids. The usual body takes
//! one path that reads its frame in one pass; only a body that does not fit takes the patient one.
use std::borrow::Cow;

use domain::Time;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::kind::Kind;
use super::raw::{Members, Text, items, object};

const OBJECT: &str = "whatsapp_business_account";
/// Members of a value that describe it and are no facts of their own.
const FRAME: [&str; 3] = ["messaging_product", "metadata", "contacts"];

/// One independent part of a webhook.
#[derive(Clone, Debug)]
pub struct Atom<'a> {
    pub kind: Kind,
    /// `entry.id`; empty if it was missing.
    pub waba_id: Cow<'a, str>,
    /// `entry.time`: only changes of accounts and templates have it.
    pub entry_time: Option<Time>,
    /// The change's field; for a list that is not known `field.list`.
    pub field: Cow<'a, str>,
    pub phone_number_id: Option<Cow<'a, str>>,
    /// The atom as Meta wrote it.
    pub part: &'a RawValue,
    /// The item of `contacts` that belongs to it; of a message of the phone's history its thread's `context`.
    pub contact: Option<&'a RawValue>,
    /// Who it is about: the phone or wa_id where one is given, else the BSUID.
    pub user: Option<Cow<'a, str>>,
}

impl Atom<'_> {
    /// Atoms with equal parts must be applied in order; all others are independent.
    pub fn order(&self) -> [&str; 2] {
        [self.phone_number_id.as_deref().unwrap_or(&self.waba_id), self.user.as_deref().unwrap_or_default()]
    }
}

/// The body has nothing that could be kept as an atom.
#[derive(Debug, thiserror::Error)]
pub enum NotAWebhook {
    #[error("the body is not UTF-8")]
    Encoding(#[source] std::str::Utf8Error),
    #[error("the body is not JSON")]
    Json(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Envelope<'a, E> {
    #[serde(borrow)]
    object: Text<'a>,
    entry: E,
}

#[derive(Deserialize)]
struct Entry<'a, C> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    time: Text<'a>,
    changes: C,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, default)]
    field: Text<'a>,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    phone_number_id: Text<'a>,
}

/// The number itself, which only messages in both directions are looked at for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Own<'a> {
    #[serde(borrow)]
    display_phone_number: Text<'a>,
}

/// Every name under which a part says whom it is about.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Names<'a> {
    from: Text<'a>,
    from_user_id: Text<'a>,
    to: Text<'a>,
    to_user_id: Text<'a>,
    recipient: Text<'a>,
    recipient_id: Text<'a>,
    recipient_user_id: Text<'a>,
    wa_id: Text<'a>,
    user_id: Text<'a>,
    phone_number: Text<'a>,
    direction: Text<'a>,
    /// A synchronised contact, or a request that was echoed.
    #[serde(borrow, alias = "message")]
    contact: Option<&'a RawValue>,
}

/// Splits a body whose signature was verified.
pub fn split(body: &[u8]) -> Result<Vec<Atom<'_>>, NotAWebhook> {
    let text = std::str::from_utf8(body).map_err(NotAWebhook::Encoding)?;
    match serde_json::from_str::<Envelope<Vec<Entry<Vec<Change>>>>>(text) {
        Ok(envelope) if envelope.object.0 == OBJECT => {
            let mut atoms = Vec::with_capacity(1);
            for entry in envelope.entry {
                let place = Place::new(entry.id, &entry.time);
                for change in entry.changes {
                    place.split_change(change, &mut atoms);
                }
            }
            Ok(atoms)
        }
        Ok(_) | Err(_) => split_patiently(text),
    }
}

/// Takes the body apart level by level and keeps what does not fit as it is.
fn split_patiently(text: &str) -> Result<Vec<Atom<'_>>, NotAWebhook> {
    let body: &RawValue = serde_json::from_str(text).map_err(NotAWebhook::Json)?;
    let members: Members = object(body).unwrap_or_default();
    let ours = members.get("object").is_none_or(|object| object.get().trim_matches('"') == OBJECT);
    let mut atoms = Vec::new();
    let Some(entries) = members.get("entry").filter(|_| ours) else {
        atoms.push(Place::default().atom(Kind::Foreign, Cow::Borrowed(""), body));
        return Ok(atoms);
    };
    for raw in items(entries) {
        let Some(entry) = object::<Entry<&RawValue>>(raw) else {
            atoms.push(Place::default().atom(Kind::Unknown, Cow::Borrowed(""), raw));
            continue;
        };
        let place = Place::new(entry.id, &entry.time);
        for raw in items(entry.changes) {
            match object::<Change>(raw) {
                Some(change) => place.split_change(change, &mut atoms),
                None => atoms.push(place.atom(Kind::Unknown, Cow::Borrowed(""), raw)),
            }
        }
    }
    Ok(atoms)
}

/// The entry, and in it the number, that parts belong to.
#[derive(Clone, Default)]
struct Place<'a> {
    waba_id: Cow<'a, str>,
    entry_time: Option<Time>,
    phone_number_id: Option<Cow<'a, str>>,
    /// Digits only; told where a part may name it as one of its two sides.
    own_number: String,
}

impl<'a> Place<'a> {
    fn new(id: Text<'a>, time: &Text<'a>) -> Place<'a> {
        let entry_time = time.0.parse().ok().map(Time::from_seconds);
        Place { waba_id: id.0, entry_time, phone_number_id: None, own_number: String::new() }
    }

    fn atom(&self, kind: Kind, field: Cow<'a, str>, part: &'a RawValue) -> Atom<'a> {
        Atom {
            kind,
            waba_id: self.waba_id.clone(),
            entry_time: self.entry_time,
            field,
            phone_number_id: self.phone_number_id.clone(),
            part,
            contact: None,
            user: None,
        }
    }

    fn split_change(&self, change: Change<'a>, atoms: &mut Vec<Atom<'a>>) {
        let Change { field: Text(field), value } = change;
        let kind = Kind::of_field(&field);
        let Some(members) = object::<Members>(value) else {
            atoms.push(self.atom(Kind::Unknown, field, value));
            return;
        };
        let metadata: Metadata = members.get("metadata").and_then(object).unwrap_or_default();
        let mut place = Place { phone_number_id: metadata.phone_number_id.some(), ..self.clone() };
        if matches!(kind, Kind::Echo | Kind::History) {
            let own: Own = members.get("metadata").and_then(object).unwrap_or_default();
            place.own_number = digits(&own.display_phone_number.0);
        }
        // A standby change has its lists one level deeper.
        let bundle =
            members.get("standby").and_then(object::<Members>).filter(|_| kind == Kind::Standby).unwrap_or(members);
        let listed = bundle.0.iter().any(|(name, _)| kind.of_member(name).is_some());
        if listed && Kind::is_bundle(&field) {
            place.split_bundle(kind, field, &bundle, atoms);
        } else {
            atoms.push(place.atom(kind, field, value));
        }
    }

    fn split_bundle(&self, whole: Kind, field: Cow<'a, str>, bundle: &Members<'a>, atoms: &mut Vec<Atom<'a>>) {
        let contacts = Contacts::read(bundle.get("contacts"));
        for (name, list) in &bundle.0 {
            if let Some(kind) = whole.of_member(name) {
                let parts = items(list);
                if kind == Kind::History && name == "history" {
                    parts.into_iter().for_each(|chunk| self.split_history(field.clone(), chunk, atoms));
                    continue;
                }
                let alone = parts.len() == 1;
                for (index, part) in parts.into_iter().enumerate() {
                    let mut atom = self.atom(kind, field.clone(), part);
                    match object::<Names>(part) {
                        Some(names) => contacts.join(names.without(&self.own_number), index, alone, &mut atom),
                        None => atom.kind = Kind::Unknown,
                    }
                    atoms.push(atom);
                }
            } else if !FRAME.contains(&name.as_ref()) && list.get() != "null" {
                atoms.push(self.atom(Kind::Unknown, Cow::Owned(format!("{field}.{name}")), list));
            }
        }
    }
}

/// The threads of the phone's history.
impl<'a> Place<'a> {
    /// A chunk of many threads: each message of them by itself, and what the chunk says beside them.
    fn split_history(&self, field: Cow<'a, str>, chunk: &'a RawValue, atoms: &mut Vec<Atom<'a>>) {
        let members: Members = object(chunk).unwrap_or_default();
        let Some(threads) = members.get("threads") else {
            atoms.push(self.atom(Kind::History, field, chunk));
            return;
        };
        for (name, member) in members.0.iter().filter(|(name, member)| name != "threads" && member.get() != "null") {
            atoms.push(self.atom(Kind::History, Cow::Owned(format!("{field}.{name}")), member));
        }
        for raw in items(threads) {
            let thread: Option<Thread> = object(raw);
            let Some(Thread { id, context, messages: Some(messages) }) = thread else {
                atoms.push(self.atom(Kind::History, Cow::Owned(format!("{field}.threads")), raw));
                continue;
            };
            let ids = context.and_then(object::<Ids>).unwrap_or_default();
            let user = id.some().or(ids.wa_id.some()).or(ids.user_id.some());
            for part in items(messages) {
                atoms.push(Atom {
                    contact: context,
                    user: user.clone(),
                    ..self.atom(Kind::History, field.clone(), part)
                });
            }
        }
    }
}

#[derive(Deserialize)]
struct Thread<'a> {
    /// The customer's phone.
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Option<&'a RawValue>,
}

/// The ids of an item of `contacts`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Ids<'a> {
    #[serde(borrow)]
    wa_id: Text<'a>,
    user_id: Text<'a>,
}

/// The people of one value, of whom each of its parts is about one.
struct Contacts<'a>(Vec<(&'a RawValue, Ids<'a>)>);

impl<'a> Contacts<'a> {
    fn read(list: Option<&'a RawValue>) -> Contacts<'a> {
        let people = list.map(items).unwrap_or_default();
        Contacts(people.into_iter().filter_map(|raw| Some((raw, object(raw)?))).collect())
    }

    /// Says whom `atom` is about, and gives it that person's contact. Contacts mostly stand in the order of their parts,
    /// so the search begins at the part's own place: a full batch must not cost its square.
    fn join(&self, names: Names<'a>, index: usize, alone: bool, atom: &mut Atom<'a>) {
        let (phone, user_id) = names.person(atom.kind);
        let named = |person: &Ids<'a>| {
            let same = |one: &Option<Cow<'a, str>>, other: &Text<'a>| one.as_ref().is_some_and(|one| *one == other.0);
            same(&phone, &person.wa_id) || same(&user_id, &person.user_id)
        };
        let (before, from_here) = self.0.split_at(index.min(self.0.len()));
        let mut found = from_here.iter().chain(before).find(|(_, person)| named(person));
        // A single contact is the person of a single part, and of parts that name no one.
        if found.is_none() && self.0.len() == 1 && (alone || (phone.is_none() && user_id.is_none())) {
            found = self.0.first();
        }
        atom.contact = found.map(|(raw, _)| *raw);
        let wa_id = found.and_then(|(_, person)| person.wa_id.clone().some());
        let contact_user_id = found.and_then(|(_, person)| person.user_id.clone().some());
        atom.user = phone.or(wa_id).or(user_id).or(contact_user_id);
    }
}

/// How a number is compared, whichever way it is written.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

impl<'a> Names<'a> {
    /// Without the business's own number, which some samples have on the wrong side.
    fn without(mut self, own: &str) -> Names<'a> {
        for side in [&mut self.from, &mut self.to] {
            if !own.is_empty() && digits(&side.0) == own {
                *side = Text::default();
            }
        }
        self
    }

    /// The phone and the BSUID of the person on the other side.
    fn person(self, kind: Kind) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
        let outbound = matches!(kind, Kind::Echo | Kind::History) || self.direction.0 == "BUSINESS_INITIATED";
        let (to, to_user_id) = (self.to.some(), self.to_user_id.some().or(self.recipient.some()));
        if outbound && (to.is_some() || to_user_id.is_some()) {
            return (to, to_user_id);
        }
        let inner: Names = self.contact.and_then(object).unwrap_or_default();
        let phone = self.from.some().or(self.recipient_id.some()).or(self.wa_id.some());
        let user_id = self.from_user_id.some().or(self.recipient_user_id.some()).or(self.user_id.some());
        (
            phone.or(to).or(inner.phone_number.some()).or(inner.to.some()),
            user_id.or(to_user_id).or(inner.user_id.some()).or(inner.recipient.some()),
        )
    }
}

#[cfg(test)]
mod tests;
