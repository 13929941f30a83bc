//! Looks at the table between the steps, and compares it with the model.
use std::collections::{BTreeSet, HashMap};

use domain::Time;
use domain::ids::ConversationId;
use domain::message::Message;
use domain::wallet::{PriceState, Wallet};
use futures::{StreamExt, stream};
use store::Store;

use super::facts::{Plan, euro, price_of, quote};
use super::model::Model;

/// Reads that go on at the same time.
const AT_ONCE: usize = 16;

/// The wallet, once it is there, with what is leased out of it.
pub(super) async fn look(store: &Store, model: &mut Model, plans: &[Plan], before: i64) -> Option<(Wallet, i64)> {
    let doubtful: Vec<usize> = (0..plans.len()).filter(|plan| model.bills[*plan].is_doubtful).collect();
    for (plan, message) in read(store, plans, &doubtful).await {
        let bill = &mut model.bills[plan];
        assert!(message.is_some() || !bill.is_there, "lost: {bill:?}");
        bill.is_there = message.is_some();
        bill.is_open = message.is_some_and(|message| is_held(&message));
        bill.is_doubtful = false;
    }
    loop {
        let entries = store.entries_from(model.seq + 1, 1_000).await.unwrap();
        entries.iter().for_each(|entry| model.entry(entry));
        if entries.len() < 1_000 {
            break;
        }
    }
    model.facts_are_booked(false);
    let Some(credits) = store.credits_get().await.unwrap() else {
        assert_eq!((model.posted, model.seq, model.held()), (0, 0, 0));
        return None;
    };
    let wallet = credits.wallet.clone();
    assert_eq!(wallet.currency, euro());
    assert_eq!((wallet.posted.get(), wallet.seq), (model.posted, model.seq), "the balance is the sum of the entries");
    assert_eq!(wallet.last_at.millis(), model.last_at);
    assert_eq!(credits.held().unwrap().get(), model.held(), "what is posted is available, in a purse, or held");
    assert!(credits.leased.get() >= 0, "{credits:?}");
    // Only what nobody asked the balance for takes more than there is.
    let lowest = before.min(0) - std::mem::take(&mut model.taken);
    assert!(wallet.available.get() >= lowest, "{} is below {lowest}", wallet.available.get());
    Some((wallet, credits.leased.get()))
}

/// The index of holds lists exactly the messages that hold credit.
pub(super) async fn holds(store: &Store, model: &Model, plans: &[Plan]) {
    let open = plans.iter().zip(&model.bills).filter(|(_, bill)| bill.is_open);
    let mut open: Vec<&str> = open.map(|(plan, _)| plan.message.id.as_str()).collect();
    let held = store.messages_holding(None, 100_000).await.unwrap();
    let mut held: Vec<&str> = held.iter().map(|message| message.id.as_str()).collect();
    open.sort_unstable();
    held.sort_unstable();
    assert_eq!(held, open);
}

/// All was told and settled: every message cost what it must.
pub(super) async fn everything(store: &Store, model: &Model, plans: &[Plan], now: Time) {
    model.facts_are_booked(true);
    holds(store, model, plans).await;
    let mut rows = threads(store, plans).await;
    for (plan, bill) in plans.iter().zip(&model.bills) {
        let message = rows.remove(plan.message.id.as_str());
        assert_eq!(message.is_some(), bill.is_there, "{bill:?}");
        let Some(message) = message else { continue };
        let price = message.price.as_ref();
        let state = price.map(|price| price.state.word());
        assert!(bill.is_right(state, now.millis()), "{state:?} of {bill:?}");
        assert_eq!(is_held(&message), bill.is_open, "{bill:?}");
        let Some(price) = price else { continue };
        assert_eq!(price.held.get(), bill.held, "{bill:?}");
        // The row says what was quoted, then what was charged, and nothing of both.
        let said = &price.quote;
        assert_eq!(*said, quote(said.category.as_str()), "{bill:?}");
        if let [charged] = bill.charged[..] {
            assert_eq!(price_of(said.category.as_str()), charged, "{bill:?}");
        }
    }
    assert!(rows.is_empty(), "nobody asked for {rows:?}");
}

/// All messages of all conversations.
async fn threads(store: &Store, plans: &[Plan]) -> HashMap<String, Message> {
    let conversations: BTreeSet<ConversationId> =
        plans.iter().map(|plan| plan.message.conversation_id.clone()).collect();
    let mut rows = HashMap::new();
    for conversation in conversations {
        let mut after = None;
        loop {
            let page = store.messages_page(&conversation, 100, after.as_ref()).await.unwrap();
            rows.extend(page.items.into_iter().map(|message| (message.id.to_string(), message)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    rows
}

fn is_held(message: &Message) -> bool {
    message.price.as_ref().is_some_and(|price| price.state == PriceState::Held)
}

async fn read(store: &Store, plans: &[Plan], wanted: &[usize]) -> Vec<(usize, Option<Message>)> {
    let one = |plan: usize| async move { (plan, store.message_get(&plans[plan].message.id).await.unwrap()) };
    stream::iter(wanted.iter().copied().map(one)).buffer_unordered(AT_ONCE).collect().await
}
