//! What a contact is found by: terms, each of which stands in the table beside the contact; and filters, which are answered by
//! the term that fits the fewest and checked on what it finds.
use std::collections::BTreeSet;

use crate::channel::Assignee;
use crate::contact::{Contact, ContactKind};
use crate::identity::{Identity, IdentityKind};
use crate::text::fold;

/// Of a word of a name so many characters are looked at.
const WORD_MAX: usize = 40;
/// Of a name so many words.
const WORDS_MAX: usize = 20;
pub const ENDING_MIN: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// A word of the name, folded.
    Name(String),
    /// All digits of a number.
    Phone(String),
    Email(String),
    Tag(String),
    Owner(Option<Assignee>),
    /// To whom one of its conversations is given: so whoever sees these finds it. No filter asks for it.
    Given(Assignee),
    Stage(String),
    Kind(ContactKind),
}

/// The words of a name or of what is looked for in names.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(|word| word.chars().take(WORD_MAX).collect()).collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The end of a number as people write it: leading zeros are of the country's own way to dial, unless too little is left.
pub fn ending(text: &str) -> Option<String> {
    let is_written_so =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '+'));
    let all = digits(text);
    let significant = all.trim_start_matches('0');
    let ending = if significant.len() < ENDING_MIN { all } else { significant.to_owned() };
    (is_written_so && (ENDING_MIN..=15).contains(&ending.len())).then_some(ending)
}

/// All that a contact is found by; `identities` are its own and those of the contacts that were merged into it. One that was
/// merged into another is found by nothing.
pub fn terms(contact: &Contact, identities: &[Identity]) -> BTreeSet<Term> {
    let mut terms: BTreeSet<Term> = BTreeSet::new();
    if contact.merged_into.is_some() {
        return terms;
    }
    terms.extend(words(contact.name.as_deref().unwrap_or_default()).into_iter().map(Term::Name));
    for identity in identities {
        match identity.kind {
            IdentityKind::Phone | IdentityKind::WaId => terms.insert(Term::Phone(digits(&identity.value))),
            IdentityKind::Email => terms.insert(Term::Email(identity.value.to_lowercase())),
            IdentityKind::Bsuid | IdentityKind::ParentBsuid | IdentityKind::Username => false,
        };
    }
    terms.extend(contact.tags.iter().cloned().map(Term::Tag));
    terms.extend(contact.stage.iter().cloned().map(Term::Stage));
    terms.insert(Term::Owner(contact.owner.clone()));
    terms.insert(Term::Kind(contact.kind));
    terms
}

/// What is looked for; all of it must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// Each is the beginning of a word of the name.
    pub words: Vec<String>,
    pub ending: Option<String>,
    pub email: Option<String>,
    pub tag: Option<String>,
    pub owner: Option<Option<Assignee>>,
    pub stage: Option<String>,
    pub kind: Option<ContactKind>,
}

impl ContactFilter {
    /// The term that fits the fewest contacts, or begins those that do: of a name and of a number it is a part. `None`: all
    /// contacts are meant.
    pub fn leading(&self) -> Option<Term> {
        let word = || self.words.iter().max_by_key(|word| word.chars().count()).cloned().map(Term::Name);
        let email = self.email.as_ref().map(|email| Term::Email(email.to_lowercase()));
        email
            .or_else(|| self.ending.clone().map(Term::Phone))
            .or_else(word)
            .or_else(|| self.tag.clone().map(Term::Tag))
            .or_else(|| self.owner.clone().map(Term::Owner))
            .or_else(|| self.stage.clone().map(Term::Stage))
            .or_else(|| self.kind.map(Term::Kind))
    }

    /// Whether whoever leads is all that is looked for: then nothing that is found has to be passed over.
    pub fn is_plain(&self) -> bool {
        let others = [
            self.ending.is_some(),
            self.email.is_some(),
            self.tag.is_some(),
            self.owner.is_some(),
            self.stage.is_some(),
            self.kind.is_some(),
        ];
        let others = others.into_iter().filter(|is_set| *is_set).count();
        self.words.len().saturating_add(others) <= 1
    }

    /// Whether somebody who is found by these terms is meant.
    pub fn fits(&self, terms: &BTreeSet<Term>) -> bool {
        let has = |term: Term| terms.contains(&term);
        let begins = |wanted: &String| {
            terms.iter().any(|term| matches!(term, Term::Name(word) if word.starts_with(wanted.as_str())))
        };
        let ends = |wanted: &String| {
            terms.iter().any(|term| matches!(term, Term::Phone(digits) if digits.ends_with(wanted.as_str())))
        };
        self.words.iter().all(begins)
            && self.ending.iter().all(ends)
            && self.email.iter().all(|email| has(Term::Email(email.to_lowercase())))
            && self.tag.iter().cloned().all(|tag| has(Term::Tag(tag)))
            && self.owner.iter().cloned().all(|owner| has(Term::Owner(owner)))
            && self.stage.iter().cloned().all(|stage| has(Term::Stage(stage)))
            && self.kind.iter().all(|kind| has(Term::Kind(*kind)))
    }
}

/// Of the terms of one contact the one under which a list led by `leading` shows it, which is the first; `None`: under none.
pub fn shown_under<'a>(terms: &'a BTreeSet<Term>, leading: &Term) -> Option<&'a Term> {
    let is_it = |term: &&Term| match (leading, *term) {
        (Term::Name(wanted), Term::Name(word)) => word.starts_with(wanted.as_str()),
        (Term::Phone(wanted), Term::Phone(digits)) => digits.ends_with(wanted.as_str()),
        (leading, term) => leading == term,
    };
    let fitting = terms.iter().filter(is_it);
    // Numbers are listed by their ends.
    fitting.min_by_key(|term| match term {
        Term::Phone(digits) => digits.chars().rev().collect(),
        Term::Name(word) => word.clone(),
        Term::Email(_) | Term::Tag(_) | Term::Owner(_) | Term::Given(_) | Term::Stage(_) | Term::Kind(_) => {
            String::new()
        }
    })
}

/// How many digits at their ends make two numbers look like one that was written in two ways.
pub const ALIKE: usize = 9;

/// Why two contacts with these terms may be one person.
pub fn alike(one: &Term, other: &Term) -> bool {
    match (one, other) {
        (Term::Email(one), Term::Email(other)) => one == other,
        (Term::Phone(one), Term::Phone(other)) => {
            let end = |digits: &str| digits.len().checked_sub(ALIKE).and_then(|at| digits.get(at..).map(str::to_owned));
            end(one).is_some() && end(one) == end(other)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::ids::{ContactId, UserId};

    fn ann() -> Contact {
        let identities = vec![
            Identity::new(IdentityKind::WaId, "4915123456789"),
            Identity::new(IdentityKind::Phone, "+4915123456789"),
            Identity::new(IdentityKind::Email, "Ann@Example.org"),
            Identity::new(IdentityKind::Bsuid, "DE.1"),
        ];
        let ann = Contact::stranger(ContactId::derive(&["a"]), ContactKind::Lead, identities, Time::from_millis(0));
        Contact {
            name: Some("Ánn-Marie O'Neill ann".to_owned()),
            tags: vec!["VIP".to_owned()],
            stage: Some("new".to_owned()),
            owner: Some(Assignee::User(UserId::derive(&["u"]))),
            ..ann
        }
    }

    #[test]
    fn filters_fit_whom_they_mean() {
        let ann = ann();
        let terms = terms(&ann, &ann.identities);
        let none = ContactFilter::default;
        let text = |text: &str| Some(text.to_owned());
        for (filter, fits) in [
            (none(), true),
            (ContactFilter { words: words("ann"), ..none() }, true),
            (ContactFilter { words: words("NEI á"), ..none() }, true),
            (ContactFilter { words: words("arie"), ..none() }, false),
            (ContactFilter { ending: ending("0151 234-56789"), ..none() }, true),
            (ContactFilter { ending: ending("6789"), ..none() }, true),
            (ContactFilter { ending: ending("5678"), ..none() }, false),
            (ContactFilter { email: text("ANN@example.org"), ..none() }, true),
            (ContactFilter { tag: text("VIP"), stage: text("new"), ..none() }, true),
            (ContactFilter { tag: text("vip"), ..none() }, false),
            (ContactFilter { owner: Some(None), ..none() }, false),
            (ContactFilter { owner: Some(ann.owner.clone()), kind: Some(ContactKind::Contact), ..none() }, false),
        ] {
            assert_eq!(filter.fits(&terms), fits, "{filter:?}");
        }
        assert_eq!(ending("123"), None);
        assert_eq!(ending("00012").as_deref(), Some("00012"));
        assert_eq!(ending("12a45"), None);
    }

    #[test]
    fn a_contact_is_shown_once_and_one_that_was_merged_never() {
        let mut ann = ann();
        let found = terms(&ann, &ann.identities);
        let name = |word: &str| Term::Name(word.to_owned());
        assert_eq!(shown_under(&found, &name("a")), Some(&name("ann")));
        assert_eq!(shown_under(&found, &name("mar")), Some(&name("marie")));
        assert_eq!(shown_under(&found, &name("x")), None);
        ann.merged_into = Some(ContactId::derive(&["b"]));
        assert!(terms(&ann, &ann.identities).is_empty());
    }

    #[test]
    fn the_most_telling_part_of_a_filter_leads() {
        let filter = ContactFilter {
            words: words("o neill"),
            tag: Some("vip".to_owned()),
            kind: Some(ContactKind::Lead),
            ..ContactFilter::default()
        };
        assert_eq!(filter.leading(), Some(Term::Name("neill".to_owned())));
        assert_eq!(ContactFilter { words: vec![], ..filter }.leading(), Some(Term::Tag("vip".to_owned())));
        assert_eq!(ContactFilter::default().leading(), None);
        assert!(ContactFilter::default().is_plain());
        assert!(ContactFilter { words: words("ann"), ..ContactFilter::default() }.is_plain());
        assert!(!ContactFilter { words: words("ann as"), ..ContactFilter::default() }.is_plain());
    }

    #[test]
    fn numbers_written_in_two_ways_look_alike() {
        let phone = |digits: &str| Term::Phone(digits.to_owned());
        for (one, other, are) in [
            ("4915123456789", "49015123456789", true),
            ("16505551234", "6505551234", true),
            ("16505551234", "16505551235", false),
            ("1234567", "1234567", false),
        ] {
            assert_eq!(alike(&phone(one), &phone(other)), are, "{one} {other}");
        }
    }
}
