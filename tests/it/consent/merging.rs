//! A word that is told while contacts are merged or parted: whoever tells it has read the contact before, and writes after.
use domain::Time;
use domain::consent::{ConsentSettings, ConsentSource, ConsentState, Purpose, Said, Statement};
use domain::contact::{Contact, ContactKind};
use domain::contact_merge::{Prefer, merge, unmerge};
use domain::identity::{Identity, IdentityKind};
use domain::ids::ContactId;
use store::Store;
use tests::table::Table;

const NOW: Time = Time::from_millis(1_000_000);

async fn added(store: &Store, name: &str) -> Contact {
    let known_as = vec![Identity::new(IdentityKind::WaId, name)];
    let contact = Contact::stranger(ContactId::derive(&[name]), ContactKind::Lead, known_as, NOW);
    assert!(store.contact_create(&contact).await.unwrap());
    contact
}

/// STOP under the name by which `seen` was read.
async fn stopped(store: &Store, seen: &Contact) {
    let statement = Statement {
        contact: seen.id.clone(),
        purpose: Purpose::Marketing,
        is_given: false,
        said: Said::At(NOW),
        place: NOW,
        source: ConsentSource::Keyword,
        origin: None,
        proof: Some("STOP".to_owned()),
        channel: None,
        message: None,
        fact: "wamid.stop".to_owned(),
    };
    store.consents_tell(seen, vec![statement], &ConsentSettings::default(), NOW).await.unwrap();
}

async fn state(store: &Store, id: &ContactId) -> Option<ConsentState> {
    store.contact_own(id).await.unwrap().unwrap().consents.state(Purpose::Marketing)
}

/// P40: nobody is written to who said no, whichever name they have by now.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_meets_a_merge_or_its_undoing_reaches_whoever_said_it() {
    let Table { store, .. } = &Table::start().await;
    let (ann, other) = (added(store, "ann").await, added(store, "other").await);
    let (next, note) = merge(&ann, &other, Prefer::Survivor, NOW, "key").unwrap();
    let seen = store.contact_get(&other.id).await.unwrap().unwrap();
    assert!(store.contact_merge(&ann, &other, &next, &note).await.unwrap());
    stopped(store, &seen).await;
    assert_eq!(state(store, &ann.id).await, Some(ConsentState::Withdrawn), "it was merged in between");

    let (bob, other) = (added(store, "bob").await, added(store, "another").await);
    let (next, note) = merge(&bob, &other, Prefer::Survivor, NOW, "key").unwrap();
    assert!(store.contact_merge(&bob, &other, &next, &note).await.unwrap());
    let seen = store.contact_get(&other.id).await.unwrap().unwrap();
    assert_eq!((&seen.id, &seen.thread), (&bob.id, &other.id));
    let rows =
        (store.contact_own(&bob.id).await.unwrap().unwrap(), store.contact_own(&other.id).await.unwrap().unwrap());
    let (one, two, later) = unmerge(&rows.0, &rows.1, &note, &[]);
    assert!(store.contact_unmerge((&rows.0, &one), (&rows.1, &two), &note, &later, NOW).await.unwrap());
    stopped(store, &seen).await;
    assert_eq!(state(store, &other.id).await, Some(ConsentState::Withdrawn), "they were parted in between");
}
