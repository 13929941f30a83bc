//! What merging and undoing it make of two contacts.
use super::*;
use crate::consent::{ConsentSource, ConsentState, Rank, Said};
use crate::ids::{ConsentId, GroupId};

fn at(seconds: i64) -> Time {
    Time::from_seconds(seconds)
}

fn word(state: ConsentState, seconds: i64) -> Word {
    Word {
        state,
        at: at(seconds),
        source: ConsentSource::Api,
        rank: Rank::of(Said::At(at(seconds)), state),
        entry: ConsentId::derive(&[state.word(), &seconds.to_string()]),
        question: None,
    }
}

fn contact(name: &str) -> Contact {
    Contact {
        name: Some(name.to_owned()),
        ..Contact::stranger(ContactId::derive(&[name]), ContactKind::Lead, vec![], at(0))
    }
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn pair() -> (Contact, Contact) {
    let mut ann = contact("Ann");
    ann.tags = vec!["vip".to_owned()];
    ann.fields = fields(&[("city", "Bonn")]);
    ann.consents.words.insert(Purpose::Marketing, word(ConsentState::Given, 10));
    let mut other = contact("A. Ash");
    other.kind = ContactKind::Contact;
    other.owner = Some(Assignee::Group(GroupId::derive(&["g"])));
    other.stage = Some("won".to_owned());
    other.tags = vec!["vip".to_owned(), "press".to_owned()];
    other.fields = fields(&[("city", "Berlin"), ("size", "M")]);
    other.consents.words.insert(Purpose::Marketing, word(ConsentState::Withdrawn, 20));
    other.consents.words.insert(Purpose::Utility, word(ConsentState::Given, 5));
    (ann, other)
}

#[test]
fn the_survivor_has_what_both_had() {
    let (ann, other) = pair();
    for (prefer, name, city) in [(Prefer::Survivor, "Ann", "Bonn"), (Prefer::Other, "A. Ash", "Berlin")] {
        let (next, _) = merge(&ann, &other, prefer, at(30), "key").unwrap();
        assert_eq!(next.name.as_deref(), Some(name));
        assert_eq!((next.kind, next.owner.as_ref()), (ContactKind::Contact, other.owner.as_ref()));
        assert_eq!(next.stage.as_deref(), Some("won"));
        assert_eq!(next.tags, ["vip", "press"]);
        assert_eq!(next.fields, fields(&[("city", city), ("size", "M")]));
        assert_eq!(next.consents.state(Purpose::Marketing), Some(ConsentState::Withdrawn), "the latest word");
        assert_eq!(next.consents.state(Purpose::Utility), Some(ConsentState::Given));
        assert_eq!(next.merged, std::slice::from_ref(&other.id));
    }
}

#[test]
fn undone_at_once_both_are_as_they_were() {
    let (ann, other) = pair();
    for prefer in [Prefer::Survivor, Prefer::Other] {
        let (next, noted) = merge(&ann, &other, prefer, at(30), "key").unwrap();
        let gone = Contact { merged_into: Some(ann.id.clone()), ..other.clone() };
        assert_eq!(unmerge(&next, &gone, &noted, &[]), (ann.clone(), other.clone(), vec![]));
    }
}

#[test]
fn undoing_keeps_what_came_in_between() {
    let (ann, other) = pair();
    let (mut next, noted) = merge(&ann, &other, Prefer::Other, at(30), "key").unwrap();
    next.name = Some("Ann Ash".to_owned());
    next.tags.push("new".to_owned());
    next.fields.insert("city".to_owned(), "Rome".to_owned());
    next.consents.words.insert(Purpose::Utility, word(ConsentState::Withdrawn, 40));
    let gone = Contact { merged_into: Some(ann.id.clone()), ..other.clone() };
    let (one, two, _) = unmerge(&next, &gone, &noted, &[]);
    assert_eq!(one.name.as_deref(), Some("Ann Ash"));
    assert_eq!(one.tags, ["vip", "new"]);
    assert_eq!(one.fields, fields(&[("city", "Rome")]));
    assert_eq!(one.stage, None);
    assert_eq!(one.consents.state(Purpose::Marketing), Some(ConsentState::Given), "as it was said of this one");
    for half in [&one, &two] {
        assert_eq!(half.consents.state(Purpose::Utility), Some(ConsentState::Withdrawn), "a no holds for both");
    }
    assert_eq!(two.fields, other.fields);
}

#[test]
fn whoever_was_merged_before_comes_along_and_goes_along() {
    let (ann, mut other) = pair();
    let third = ContactId::derive(&["third"]);
    other.merged = vec![third.clone()];
    let (next, noted) = merge(&ann, &other, Prefer::Survivor, at(30), "key").unwrap();
    assert_eq!(next.merged, [other.id.clone(), third.clone()]);
    let gone = Contact { merged_into: Some(ann.id.clone()), ..other.clone() };
    let (one, two, _) = unmerge(&next, &gone, &noted, &[]);
    assert!(one.merged.is_empty());
    assert_eq!(two.merged, [third]);
    assert_eq!(merge(&ann, &ann, Prefer::Survivor, at(30), "key").err(), Some(Unmergeable::Same));
    other.merged = (0..MERGED_MAX).map(|index| ContactId::derive(&[&index.to_string()])).collect();
    assert_eq!(merge(&ann, &other, Prefer::Survivor, at(30), "key").err(), Some(Unmergeable::TooMany));
}

/// P40: nobody keeps the yes of somebody whom they are not.
#[test]
fn merges_are_undone_in_any_order() {
    let (ann, mut third) = (contact("Ann"), contact("Third"));
    let (_, other) = pair();
    third.tags = vec!["press".to_owned()];
    third.stage = Some("lost".to_owned());
    third.fields = fields(&[("size", "L"), ("city", "Rome")]);
    for (theirs, thirds) in [
        ((ConsentState::Given, 20), (ConsentState::Withdrawn, 25)),
        ((ConsentState::Given, 25), (ConsentState::Withdrawn, 20)),
    ] {
        for prefer in [Prefer::Survivor, Prefer::Other] {
            let (mut other, mut third) = (other.clone(), third.clone());
            other.consents.words.insert(Purpose::Marketing, word(theirs.0, theirs.1));
            third.consents.words.insert(Purpose::Marketing, word(thirds.0, thirds.1));
            let (with_other, first) = merge(&ann, &other, prefer, at(22), "key").unwrap();
            let (with_both, second) = merge(&with_other, &third, prefer, at(30), "key").unwrap();
            let gone = |of: &Contact| Contact { merged_into: Some(ann.id.clone()), ..of.clone() };
            let later = [(second, gone(&third))];
            let (with_third, back, notes) = unmerge(&with_both, &gone(&other), &first, &later);
            assert_eq!(back, other, "nothing of the third's: {prefer:?}");
            let (directly, _) = merge(&ann, &third, prefer, at(30), "key").unwrap();
            assert_eq!(with_third, directly, "as if only the third had been merged: {prefer:?}");
            let (alone, back, _) = unmerge(&with_third, &gone(&third), &notes[0], &[]);
            assert_eq!((alone, back), (ann.clone(), third), "{prefer:?}");
        }
    }
}

#[test]
fn what_somebody_took_away_does_not_come_back_by_undoing() {
    let (ann, other) = (contact("Ann"), pair().1);
    let third = Contact { stage: Some("lost".to_owned()), ..contact("Third") };
    let (with_other, first) = merge(&ann, &other, Prefer::Survivor, at(22), "key").unwrap();
    let (mut with_both, second) = merge(&with_other, &third, Prefer::Survivor, at(30), "key").unwrap();
    with_both.stage = None;
    let (one, _, _) = unmerge(&with_both, &other, &first, &[(second, third)]);
    assert_eq!(one.stage, None);
}
