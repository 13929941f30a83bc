//! Pages of the ledger's entries, and where a time lies among them.
use std::collections::BTreeSet;
use std::time::Duration;

use domain::Time;
use domain::ids::MessageId;
use domain::money::Micros;
use domain::wallet::{Charged, Entry, EntryKind, Line};
use rand::SeedableRng;
use rand::rngs::StdRng;
use store::{Booking, EntryFilter, Side, Store};
use tests::table::Table;

use super::facts::{Plan, euro, quote};

const COUNT: u32 = 330;
const MESSAGES: usize = 4;

/// The time of an entry: several share one, and there are gaps.
fn at(number: u32) -> Time {
    Time::from_seconds(1_000).plus(Duration::from_secs(u64::from(number / 7) * 60))
}

fn line(number: u32, messages: &[Plan]) -> Line {
    let message = &messages[number as usize % messages.len()].message;
    let about = Charged {
        message: message.id.clone(),
        channel: message.channel_id.clone(),
        contact: message.contact_id.clone(),
        wamid: Some("wamid.X".to_owned()),
        template: Some("welcome".to_owned()),
        agent: None,
        quote: quote("utility"),
    };
    let (kind, about) = match number % 3 {
        0 => (EntryKind::TopUp, None),
        1 => (EntryKind::Charge, Some(about)),
        _ => (EntryKind::Adjustment, None),
    };
    let (amount, reference) = (Micros::new(i64::from(number)), format!("reference-{}", number % 10));
    Line { kind, amount, reference, reason: Some("because".to_owned()), by: None, about }
}

/// A ledger of more entries than one go looks at.
async fn written(store: &Store) -> (Vec<Entry>, Vec<MessageId>) {
    let mut random = StdRng::seed_from_u64(1);
    let messages: Vec<Plan> = (0..MESSAGES).map(|_| Plan::draw(&mut random, true, at(0))).collect();
    for first in (0..COUNT).step_by(7) {
        let numbers = first..(first + 7).min(COUNT);
        let booking = |number| Booking {
            line: Some(line(number, &messages)),
            freed: Micros::ZERO,
            sides: vec![Side::Once(number.to_string())],
            counted: None,
        };
        let bookings: Vec<Booking> = numbers.map(booking).collect();
        store.book(&euro(), &bookings, at(first)).await.unwrap();
    }
    let entries = store.entries_from(1, 1_000).await.unwrap();
    assert_eq!(entries.len(), COUNT as usize);
    (entries, messages.into_iter().map(|plan| plan.message.id).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_entries_hold_what_the_filter_takes_the_latest_first() {
    let table = Table::start().await;
    let (entries, messages) = written(&table.store).await;
    let all = EntryFilter::default;
    for (filter, limit) in [
        (all(), 40),
        (all(), 100),
        (all(), 500),
        (EntryFilter { kind: Some(EntryKind::Charge), ..all() }, 9),
        (EntryFilter { kind: Some(EntryKind::Dispute), ..all() }, 9),
        (EntryFilter { from: Some(at(100)), ..all() }, 50),
        (EntryFilter { until: Some(at(100)), ..all() }, 50),
        (EntryFilter { from: Some(at(50)), until: Some(at(200)), ..all() }, 40),
        (EntryFilter { from: Some(at(50)), until: Some(at(63)), ..all() }, 1),
        (EntryFilter { from: Some(at(200)), until: Some(at(50)), ..all() }, 10),
        (EntryFilter { until: Some(at(0)), ..all() }, 10),
        (EntryFilter { from: Some(at(COUNT + 7)), ..all() }, 10),
        (EntryFilter { message: Some(messages[1].clone()), ..all() }, 10),
        (EntryFilter { reference: Some("reference-3".to_owned()), ..all() }, 10),
        (
            EntryFilter {
                kind: Some(EntryKind::Charge),
                from: Some(at(20)),
                until: Some(at(300)),
                message: Some(messages[2].clone()),
                reference: Some("reference-2".to_owned()),
            },
            2,
        ),
    ] {
        let takes = |entry: &&Entry| {
            filter.kind.is_none_or(|kind| entry.line.kind == kind)
                && filter.from.is_none_or(|from| entry.at >= from)
                && filter.until.is_none_or(|until| entry.at < until)
                && filter.reference.as_ref().is_none_or(|reference| entry.line.reference == *reference)
                && filter
                    .message
                    .as_ref()
                    .is_none_or(|message| entry.line.about.as_ref().is_some_and(|about| about.message == *message))
        };
        let wanted: Vec<&Entry> = entries.iter().rev().filter(takes).collect();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = table.store.entries_page(&filter, limit, after.as_ref()).await.unwrap();
            assert!(page.items.len() == limit || page.next.is_none(), "{filter:?}: a short page is the last one");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_entry_from_a_time_on_is_found_by_halving() {
    let table = Table::start().await;
    assert_eq!(table.store.entry_from(at(0)).await.unwrap(), 1, "of no wallet");
    let (entries, _) = written(&table.store).await;
    let times: BTreeSet<i64> = entries.iter().map(|entry| entry.at.millis()).collect();
    let beside = times.iter().step_by(5).flat_map(|at| [at - 1, *at, at + 1]);
    for at in beside.map(Time::from_millis) {
        let wanted = entries.iter().find(|entry| entry.at >= at).map_or(u64::from(COUNT) + 1, |entry| entry.seq);
        assert_eq!(table.store.entry_from(at).await.unwrap(), wanted, "{at}");
    }
}
