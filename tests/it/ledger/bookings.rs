//! Bookings, and purses, at their limits.
use std::time::Duration;

use domain::Time;
use domain::money::{Currency, Micros};
use domain::wallet::{EntryKind, Line, PriceState};
use futures::future::join_all;
use local::aws::{Fault, FaultAction};
use rand::SeedableRng;
use rand::rngs::StdRng;
use store::{Accepted, Booked, Booking, Side, Store, Till};
use tests::table::{CALLER, Table};

use super::facts::{Plan, euro};

const NOW: Time = Time::from_millis(1_767_225_600_000);

fn dollar() -> Currency {
    Currency::parse("USD").unwrap()
}

fn booking(amount: i64, fact: &str) -> Booking {
    let (amount, reference) = (Micros::new(amount), fact.to_owned());
    let line = Line { kind: EntryKind::TopUp, amount, reference, reason: None, by: None, about: None };
    Booking { line: Some(line), freed: Micros::ZERO, sides: vec![Side::Once(fact.to_owned())], counted: None }
}

/// The amount of the entry where there is one, or why there is none.
fn told(outcomes: &[Booked]) -> Vec<Result<i64, &Booked>> {
    let one = |booked| match booked {
        &Booked::Now(Some(ref entry)) => Ok(entry.line.amount.get()),
        other => Err(other),
    };
    outcomes.iter().map(one).collect()
}

async fn wallet(store: &Store) -> (i64, i64, u64) {
    let wallet = store.wallet_get().await.unwrap().unwrap();
    (wallet.posted.get(), wallet.available.get(), wallet.seq)
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bookings_than_a_transaction_takes_are_made_in_their_order() {
    let Table { store, .. } = &Table::start().await;
    let bookings: Vec<Booking> = (1..=250).map(|number| booking(number, &number.to_string())).collect();
    let made = store.book(&euro(), &bookings, NOW).await.unwrap();
    assert_eq!(told(&made.outcomes), (1..=250).map(Ok).collect::<Vec<_>>());
    let entries = store.entries_from(1, 1_000).await.unwrap();
    assert!(entries.iter().zip(1..).all(|(entry, number)| entry.line.amount.get() == number));
    assert_eq!(wallet(store).await, (31_375, 31_375, 250));

    let again = store.book(&euro(), &bookings, NOW).await.unwrap();
    assert_eq!(told(&again.outcomes), vec![Err(&Booked::Before); 250]);
    assert_eq!(wallet(store).await, (31_375, 31_375, 250));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_bookings_of_one_fact_the_first_is_made() {
    let Table { store, .. } = &Table::start().await;
    let bookings = [booking(1, "a"), booking(2, "b"), booking(3, "a"), booking(4, "c"), booking(5, "b")];
    let made = store.book(&euro(), &bookings, NOW).await.unwrap();
    let before = Err(&Booked::Before);
    assert_eq!(told(&made.outcomes), [Ok(1), Ok(2), before, Ok(4), before]);
    assert_eq!(wallet(store).await, (7, 7, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_cannot_be_made_keeps_no_other_from_it() {
    let Table { store, .. } = &Table::start().await;
    let all = [booking(i64::MAX, "a"), booking(1, "b"), booking(-7, "c"), booking(1, "d"), booking(1, "a")];
    let made = store.book(&euro(), &all, NOW).await.unwrap();
    let (before, overflow) = (Err(&Booked::Before), Err(&Booked::Overflow));
    assert_eq!(told(&made.outcomes), [Ok(i64::MAX), overflow, Ok(-7), Ok(1), before]);
    let there = (i64::MAX - 6, i64::MAX - 6, 3);
    assert_eq!(wallet(store).await, there);

    let other = store.book(&dollar(), &all, NOW).await.unwrap();
    assert_eq!(other.outcomes, vec![Booked::OtherCurrency(euro()); 5]);
    assert_eq!(wallet(store).await, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_bookings_of_all_make_one_wallet() {
    let Table { store, .. } = &Table::start().await;
    let first = |number: i64| async move {
        let currency = if number % 2 == 0 { euro() } else { dollar() };
        let made = store.book(&currency, &[booking(number, &number.to_string())], NOW).await.unwrap();
        (currency, made.outcomes)
    };
    let outcomes = join_all((1..=16).map(first)).await;
    let currency = store.wallet_get().await.unwrap().unwrap().currency;
    let (mut sum, mut count) = (0, 0);
    for (number, (asked, outcome)) in (1..).zip(outcomes) {
        if asked == currency {
            assert_eq!(told(&outcome), [Ok(number)]);
            (sum, count) = (sum + number, count + 1);
        } else {
            assert_eq!(outcome, [Booked::OtherCurrency(currency.clone())]);
        }
    }
    assert_eq!(wallet(store).await, (sum, sum, count));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_who_were_first_are_counted() {
    let table = Table::start().await;
    table.aws.faults().add(Fault::new(CALLER, FaultAction::TransactionConflict).on("TransactWriteItems").times(3));
    let made = table.store.book(&euro(), &[booking(1, "a")], NOW).await.unwrap();
    assert_eq!((told(&made.outcomes), made.retries), (vec![Ok(1)], 3));
}

/// A message whose hold is in `currency`.
fn message(seed: u64, currency: Currency) -> domain::message::Message {
    let mut message = Plan::draw(&mut StdRng::seed_from_u64(seed), true, NOW).message;
    message.price.as_mut().unwrap().quote.currency = currency;
    message
}

/// A till that met others at the wallet, and so has a purse.
async fn till_with_purse(table: &Table) -> Till {
    table.store.book(&euro(), &[booking(8_000_000_000, "a")], NOW).await.unwrap();
    table.aws.faults().add(Fault::new(CALLER, FaultAction::TransactionConflict).on("TransactWriteItems"));
    let till = Till::new("till".to_owned());
    assert_eq!(till.accept(&table.store, &[message(1, euro())], NOW).await.unwrap(), Accepted::New);
    let credits = table.store.credits_get().await.unwrap().unwrap();
    assert!(credits.leased > Micros::ZERO, "{credits:?}");
    till
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purse_comes_back_when_its_lease_is_over_however_late_that_is_seen() {
    let table = Table::start().await;
    let store = &table.store;
    let till = till_with_purse(&table).await;
    assert_eq!(store.purses_return(Some(NOW)).await.unwrap(), 0, "its lease is not over");
    // The lease was over long ago, and the process with it; still nothing is forgotten.
    table.aws.sweep_expired_items().unwrap();
    let later = NOW.plus(Duration::from_secs(3_600));
    assert_eq!(store.purses_return(Some(later)).await.unwrap(), 1);
    let credits = store.credits_get().await.unwrap().unwrap();
    let price = message(1, euro()).price.unwrap();
    assert_eq!((credits.leased, credits.held()), (Micros::ZERO, Some(price.held)));
    assert_eq!(store.purses_return(Some(later)).await.unwrap(), 0, "there is nothing left in it");
    // It can be forgotten now, and is leased anew.
    table.aws.sweep_expired_items().unwrap();
    assert_eq!(till.accept(store, &[message(2, euro())], later).await.unwrap(), Accepted::New);
    let held = store.credits_get().await.unwrap().unwrap().held().unwrap();
    assert_eq!(held, price.held.checked_add(message(2, euro()).price.unwrap().held).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_in_a_purse_pays_for_nothing_in_another_currency() {
    let table = Table::start().await;
    let till = till_with_purse(&table).await;
    let before = table.store.credits_get().await.unwrap().unwrap().held();
    let accepted = till.accept(&table.store, &[message(2, dollar())], NOW).await.unwrap();
    assert!(matches!(accepted, Accepted::Short { .. }), "{accepted:?}");
    assert_eq!(table.store.credits_get().await.unwrap().unwrap().held(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_purses_of_others_can_be_spent() {
    let table = Table::start().await;
    let store = &table.store;
    drop(till_with_purse(&table).await);
    let credits = store.credits_get().await.unwrap().unwrap();
    let mut last = message(2, euro());
    last.price.as_mut().unwrap().held = credits.available().unwrap();
    assert!(credits.wallet.available < credits.available().unwrap());
    let other = Till::new("other".to_owned());
    assert_eq!(other.accept(store, &[last], NOW).await.unwrap(), Accepted::New);
    let credits = store.credits_get().await.unwrap().unwrap();
    assert_eq!(credits.available(), Some(Micros::ZERO));
    let mut more = message(3, euro());
    more.price.as_mut().unwrap().held = Micros::new(1);
    let accepted = other.accept(store, &[more], NOW).await.unwrap();
    assert_eq!(accepted, Accepted::Short { credits: Some(credits) });
}

/// Two of the same message, one of which settles it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_told_twice_in_one_batch_is_freed_once() {
    let Table { store, .. } = &Table::start().await;
    store.book(&euro(), &[booking(1_000_000, "a")], NOW).await.unwrap();
    let message = message(1, euro());
    Till::new("till".to_owned()).accept(store, std::slice::from_ref(&message), NOW).await.unwrap();
    let price = message.price.clone().unwrap();
    let to = domain::wallet::Price { state: PriceState::Voided, ..price.clone() };
    let side = Side::Price { message: message.id.clone(), from: Some(PriceState::Held), to };
    let void = Booking { line: None, freed: price.held, sides: vec![side], counted: None };
    let made = store.book(&euro(), &[void.clone(), void], NOW).await.unwrap();
    assert_eq!(made.outcomes, [Booked::Now(None), Booked::Before]);
    assert_eq!(wallet(store).await, (1_000_000, 1_000_000, 1));
}
