//! `cargo bench -p tests --bench hot_wallet`: how many messages a second one wallet takes credit for, and settles, on the
//! embedded table. Only ratios of one run mean anything; what DynamoDB itself allows is said beside them.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and measures by the clock"
)]

use std::time::{Duration, Instant};

use domain::Time;
use domain::ids::{ChannelId, ContactId, ConversationId, MessageId};
use domain::message::Message;
use domain::money::{Currency, Micros};
use domain::pricing::{CardId, Category, Market, PricingModel, Quote};
use domain::wallet::{Charged, EntryKind, Line, Price, PriceState};
use futures::future::join_all;
use local::aws::{Fault, FaultAction, Usage};
use serde_json::json;
use store::{Accepted, Booking, Side, Store, Till};
use tests::table::{CALLER, Table};

/// Of each measurement.
const MESSAGES: usize = 960;
const NOW: Time = Time::from_millis(1_767_225_600_000);

const ABOUT: &str = "\
The embedded table serialises writes: it answers no transaction with a conflict. Each till with a purse was told of one, which is
what makes it lease; retries of settlements are real, their condition on the wallet's sequence number failed.
DynamoDB takes 1,000 write units a second on one row and in one partition, and a transactional write costs 2: without purses a
wallet's row bounds the account at 500 messages a second, in conflict well before. With purses it is written once a block, and
each purse has the bound of a row of its own, once DynamoDB has split the partition that they share with it. A settlement writes the wallet's row once a batch, and an entry of 2 units a charge
into the wallet's partition, which bounds charges at somewhat below 500 a second, whatever the size of a batch.";

#[tokio::main]
async fn main() {
    println!("{MESSAGES} messages each\n");
    println!("{:<34} {:>9} {:>7} {:>22}", "accepting, with a hold each", "per s", "ratio", "messages per wallet write");
    let mut first = None;
    for has_purses in [false, true] {
        for tills in [1, 8, 32] {
            let (rate, wallet_writes) = accepting(tills, has_purses).await;
            let name = format!("{tills} tills, {} purses", if has_purses { "with" } else { "without" });
            let per_write = MESSAGES.checked_div(wallet_writes).unwrap_or(MESSAGES);
            println!("{name:<34} {rate:>9.0} {:>7.2} {per_write:>22}", rate / *first.get_or_insert(rate));
        }
    }
    println!("\n{:<34} {:>9} {:>7} {:>22}", "settling", "per s", "ratio", "retries");
    let mut first = None;
    for workers in [1, 4] {
        for batch in [1, 10, 40] {
            let (rate, retries) = settling(workers, batch).await;
            let name = format!("{workers} workers, batches of {batch}");
            println!("{name:<34} {rate:>9.0} {:>7.2} {retries:>22}", rate / *first.get_or_insert(rate));
        }
    }
    println!("\n{ABOUT}");
}

/// Messages a second, and how often the wallet's row was written for them.
async fn accepting(tills: usize, has_purses: bool) -> (f64, usize) {
    let table = funded().await;
    let messages = messages();
    let conflicts = if has_purses { tills } else { 0 };
    if has_purses {
        let conflict = Fault::new(CALLER, FaultAction::TransactionConflict).on("TransactWriteItems");
        table.aws.faults().add(conflict.times(u32::try_from(tills).unwrap()));
    }
    drop(table.aws.meter().take());
    let began = Instant::now();
    let shares = messages.chunks(MESSAGES.div_ceil(tills)).enumerate();
    let store = &table.store;
    join_all(shares.map(|(number, share)| accept(store, Till::new(number.to_string()), share))).await;
    let rate = per_second(began.elapsed());
    let is_transaction = |operation: &str| operation == "TransactWriteItems";
    let taken = table.aws.meter().take();
    let transactions = taken.iter().filter(|((_, operation), _)| is_transaction(operation));
    let transactions: u64 = transactions.map(|(_, Usage { requests, .. })| requests).sum();
    let leases = usize::try_from(transactions).unwrap().saturating_sub(MESSAGES + conflicts);
    (rate, if has_purses { leases } else { MESSAGES })
}

async fn accept(store: &Store, till: Till, messages: &[Message]) {
    for message in messages {
        let accepted = till.accept(store, std::slice::from_ref(message), NOW).await.unwrap();
        assert_eq!(accepted, Accepted::New);
    }
}

/// Charges a second, and how often a worker had to try again because another one was first.
async fn settling(workers: usize, batch: usize) -> (f64, u32) {
    let table = funded().await;
    let messages = messages();
    let till = Till::new("till".to_owned());
    for some in messages.chunks(40) {
        assert_eq!(till.accept(&table.store, some, NOW).await.unwrap(), Accepted::New);
    }
    let bookings: Vec<Booking> = messages.iter().map(charge).collect();
    let began = Instant::now();
    let shares = bookings.chunks(MESSAGES.div_ceil(workers));
    let retries = join_all(shares.map(|share| settle(&table.store, share, batch))).await.into_iter().sum();
    (per_second(began.elapsed()), retries)
}

async fn settle(store: &Store, bookings: &[Booking], batch: usize) -> u32 {
    let mut retries = 0;
    for some in bookings.chunks(batch) {
        retries += store.book(&euro(), some, NOW).await.unwrap().retries;
    }
    retries
}

fn per_second(took: Duration) -> f64 {
    f64::from(u32::try_from(MESSAGES).unwrap()) / took.as_secs_f64()
}

fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

/// A table with more credit than all messages cost.
async fn funded() -> Table {
    let table = Table::start().await;
    let amount = Micros::new(1_000_000_000_000);
    let line =
        Line { kind: EntryKind::TopUp, amount, reference: "bench".to_owned(), reason: None, by: None, about: None };
    let booking =
        Booking { line: Some(line), freed: Micros::ZERO, sides: vec![Side::Once("bench".to_owned())], counted: None };
    table.store.book(&euro(), &[booking], NOW).await.unwrap();
    table
}

/// Of as many people: they share no partition.
fn messages() -> Vec<Message> {
    let quote = Quote {
        amount: Micros::new(90_000),
        currency: euro(),
        market: Market::new("Germany"),
        category: Category::MARKETING,
        model: PricingModel::PerMessage,
        card: CardId::parse("bench").unwrap(),
        tier_from: 0,
        is_fallback: false,
        free: None,
    };
    let channel = ChannelId::of_number("1");
    let message = |number: usize| {
        let contact = ContactId::derive(&[&number.to_string()]);
        let id = MessageId::new(&ConversationId::of(&channel, &contact), NOW, [0; 10]);
        let mut message = Message::automatic(id, &channel, &contact, "text", json!({"body": "Hello"}), NOW);
        message.price = Some(Price::hold(quote.clone(), None, NOW));
        message
    };
    (0..MESSAGES).map(message).collect()
}

fn charge(message: &Message) -> Booking {
    let price = message.price.clone().unwrap();
    let about = Charged {
        message: message.id.clone(),
        channel: message.channel_id.clone(),
        contact: message.contact_id.clone(),
        wamid: Some("wamid.X".to_owned()),
        template: Some("welcome".to_owned()),
        agent: None,
        quote: price.quote.clone(),
    };
    let line = Line {
        kind: EntryKind::Charge,
        amount: price.quote.amount.checked_neg().unwrap(),
        reference: message.id.to_string(),
        reason: None,
        by: None,
        about: Some(about),
    };
    let to = Price { state: PriceState::Posted, ..price.clone() };
    let side = Side::Price { message: message.id.clone(), from: Some(PriceState::Held), to };
    Booking { line: Some(line), freed: price.held, sides: vec![side], counted: None }
}
