//! The rules of the ledger as tables: each operation, each word of Meta's, each state.
use super::*;
use crate::ids::AdjustmentId;
use crate::message::{Dispatch, Message, State, StatusReport};
use crate::pricing::{CardId, Category, Market, PricingModel, Quote};
use serde_json::{Value, json};

mod reports;

fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn wallet(available: i64, posted: i64) -> Wallet {
    let posted = Micros::new(posted);
    Wallet {
        available: Micros::new(available),
        posted,
        seq: 7,
        last_at: Time::from_seconds(50),
        ..Wallet::empty(euro())
    }
}

fn line(kind: EntryKind, amount: i64) -> Line {
    let (amount, reference) = (Micros::new(amount), "x".to_owned());
    Line { kind, amount, reference, reason: None, by: None, about: None }
}

#[test]
fn each_operation_moves_what_it_says() {
    use EntryKind::{Adjustment, Charge, Dispute, Recharge, Refund, Reinstatement, Reversal, TopUp};
    let books = |kind, amount| Some(line(kind, amount));
    for (available, posted, booked, freed, after_available, after_posted) in [
        (0, 0, books(TopUp, 500), 0, 500, 500),
        (10, 30, books(Recharge, 500), 0, 510, 530),
        (10, 30, books(Adjustment, -5), 0, 5, 25),
        // Posted in full, in part, for more than was held, and without a hold at all.
        (10, 30, books(Charge, -20), 20, 10, 10),
        (10, 30, books(Charge, -15), 20, 15, 15),
        (10, 30, books(Charge, -25), 20, 5, 5),
        (10, 30, books(Charge, -40), 0, -30, -10),
        // Voided, and expired.
        (10, 30, None, 20, 30, 30),
        (10, 10, books(Reversal, 5), 0, 15, 15),
        (10, 30, books(Refund, -50), 0, -40, -20),
        (10, 30, books(Dispute, -50), 0, -40, -20),
        (-40, -20, books(Reinstatement, 50), 0, 10, 30),
    ] {
        let before = wallet(available, posted);
        let (after, entry) = before.book(booked.clone(), Micros::new(freed), Time::from_seconds(60)).unwrap();
        assert_eq!((after.available.get(), after.posted.get()), (after_available, after_posted), "{booked:?}");
        assert_eq!(entry.is_some(), booked.is_some());
        assert_eq!(after.seq, 7 + u64::from(booked.is_some()));
        if let Some(entry) = entry {
            assert_eq!((entry.seq, entry.posted_after, entry.at), (8, after.posted, Time::from_seconds(60)));
        }
        // What is held does not change but by what was freed.
        let held = |wallet: &Wallet| wallet.posted.get() - wallet.available.get();
        assert_eq!(held(&after), held(&before) - freed);
    }
}

#[test]
fn entries_are_in_the_order_of_their_times_whatever_the_clocks_say() {
    let (after, entry) =
        wallet(0, 0).book(Some(line(EntryKind::TopUp, 1)), Micros::ZERO, Time::from_seconds(9)).unwrap();
    assert_eq!((after.last_at, entry.unwrap().at), (Time::from_seconds(50), Time::from_seconds(50)));
}

#[test]
fn what_cannot_be_counted_is_not_booked() {
    for (before, amount, freed) in [
        (wallet(i64::MAX, i64::MAX), 1, 0),
        (wallet(i64::MAX, 0), 0, 1),
        (wallet(0, i64::MIN), -1, 0),
        (Wallet { seq: u64::MAX, ..wallet(0, 0) }, 1, 0),
    ] {
        let booked = before.book(Some(line(EntryKind::TopUp, amount)), Micros::new(freed), Time::from_seconds(1));
        assert_eq!(booked, Err(Overflow), "{before:?}");
    }
}

#[test]
fn what_is_held_is_neither_here_nor_in_a_purse() {
    let credits = Credits { wallet: wallet(10, 100), leased: Micros::new(30) };
    assert_eq!((credits.available(), credits.held()), (Some(Micros::new(40)), Some(Micros::new(60))));
}

#[test]
fn an_adjustment_is_booked_or_refused() {
    let of = |posted| Some(wallet(posted, posted));
    for (held, amount, currency, refusal) in [
        (None, 5, "EUR", None),
        (of(7), 5, "EUR", None),
        (of(7), -5, "EUR", None),
        (of(7), -50, "EUR", None),
        (of(7), 0, "EUR", Some(AdjustmentRefusal::Nothing)),
        (of(7), i64::MAX, "EUR", Some(AdjustmentRefusal::TooLarge)),
        (of(7), i64::MIN, "EUR", Some(AdjustmentRefusal::TooLarge)),
        (of(i64::MAX), 5, "EUR", Some(AdjustmentRefusal::Overflow)),
        (of(7), 5, "USD", Some(AdjustmentRefusal::OtherCurrency { wallet: euro() })),
    ] {
        let wanted = Adjustment {
            id: AdjustmentId::derive(&["t"]),
            amount: Micros::new(amount),
            currency: Currency::parse(currency).unwrap(),
            reason: "welcome".to_owned(),
            requested_by: "key".to_owned(),
            state: AdjustmentState::Requested,
            problem: None,
            requested_at: Time::from_seconds(1),
        };
        assert_eq!(adjust(held.as_ref(), &wanted).err(), refusal, "{held:?} + {amount} {currency}");
    }
}

fn quote(category: Category) -> Quote {
    Quote {
        amount: Micros::new(9),
        currency: euro(),
        market: Market::UNKNOWN,
        category,
        model: PricingModel::PerMessage,
        card: CardId::parse("card").unwrap(),
        tier_from: 0,
        is_fallback: false,
        free: None,
    }
}

#[test]
fn a_hold_lasts_as_long_as_meta_may_deliver_and_a_day_more() {
    let (now, day) = (Time::from_seconds(1_000), 24 * 3600);
    for (category, ttl_seconds, seconds) in [
        (Category::MARKETING, None, 31 * day),
        (Category::SERVICE, None, 31 * day),
        (Category::AUTHENTICATION, None, 600 + day),
        (Category::AUTHENTICATION, Some(60), 60 + day),
        (Category::UTILITY, Some(12 * 3600), 12 * 3600 + day),
        // Meta's word for its own default.
        (Category::UTILITY, Some(-1), 31 * day),
    ] {
        let price = Price::hold(quote(category.clone()), ttl_seconds, now);
        assert_eq!(price.expires_at, now.plus(std::time::Duration::from_secs(seconds)), "{category} {ttl_seconds:?}");
    }
}

fn priced(state: Option<PriceState>, written: State, statuses: &[&str], pricing: Option<Value>) -> Message {
    let channel = ChannelId::of_number("1");
    let contact = ContactId::derive(&["ann"]);
    let id = MessageId::new(&ConversationId::of(&channel, &contact), Time::from_seconds(1), [0; 10]);
    let at = Time::from_seconds(1);
    let mut message = Message::automatic(id, &channel, &contact, "template", json!({}), at);
    message.dispatch = Dispatch::default();
    message.written_state = written;
    message.price = state.map(|state| Price {
        state,
        expires_at: Time::from_seconds(100),
        ..Price::hold(quote(Category::MARKETING), None, at)
    });
    message.reports = statuses.iter().map(|status| report(status, pricing.clone())).collect();
    message
}

fn report(status: &str, pricing: Option<Value>) -> StatusReport {
    StatusReport {
        status: status.to_owned(),
        at: Time::from_seconds(2),
        wamid: None,
        faults: vec![],
        pricing,
        conversation: None,
        participant: None,
    }
}

/// Each state of a price against each thing that Meta may have said.
#[test]
fn metas_word_decides_what_a_message_costs() {
    use PriceState::{Expired, Held, Posted, Reversed, Voided};
    use Verdict::{Charge, Nothing, Reverse, Void};
    let (paid, free, silent) = (Some(true), Some(false), None);
    for (statuses, is_charged, none, held, posted, voided, expired, reversed) in [
        (&[][..], silent, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing),
        (&["sent"], silent, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing),
        (&["sent"], paid, Charge, Charge, Nothing, Charge, Charge, Nothing),
        (&["delivered"], paid, Charge, Charge, Nothing, Charge, Charge, Nothing),
        (&["read"], free, Nothing, Void, Nothing, Nothing, Nothing, Nothing),
        (&["failed"], silent, Nothing, Void, Reverse, Nothing, Nothing, Nothing),
        (&["sent", "failed"], paid, Nothing, Void, Reverse, Nothing, Nothing, Nothing),
        (&["sent", "failed"], free, Nothing, Void, Reverse, Nothing, Nothing, Nothing),
        // P17: it arrived after all.
        (&["failed", "delivered"], paid, Charge, Charge, Nothing, Charge, Charge, Nothing),
    ] {
        for (state, verdict_wanted) in [
            (None, none),
            (Some(Held), held),
            (Some(Posted), posted),
            (Some(Voided), voided),
            (Some(Expired), expired),
            (Some(Reversed), reversed),
        ] {
            let message = priced(state, State::Accepted, statuses, None);
            assert_eq!(verdict(&message, is_charged), verdict_wanted, "{state:?} {statuses:?} {is_charged:?}");
        }
    }
    for (written, wanted) in [
        (State::Refused, Void),
        (State::Cancelled, Void),
        (State::InDoubt, Nothing),
        (State::Queued, Nothing),
        (State::Accepted, Nothing),
    ] {
        assert_eq!(verdict(&priced(Some(Held), written, &[], None), None), wanted, "{written}");
    }
}

#[test]
fn a_hold_expires_when_meta_says_nothing_and_stays_in_doubt() {
    let (before, after) = (Time::from_seconds(99), Time::from_seconds(100));
    let later = Expiry::Extend(after.plus(std::time::Duration::from_secs(24 * 3600)));
    let free = Some(json!({"type": "free_customer_service"}));
    for (state, written, statuses, pricing, now, wanted) in [
        (Some(PriceState::Held), State::Accepted, &[][..], None, before, Expiry::Nothing),
        (Some(PriceState::Held), State::Accepted, &[], None, after, Expiry::Expire),
        (Some(PriceState::Held), State::Accepted, &["sent"], None, after, Expiry::Expire),
        (Some(PriceState::Held), State::Accepted, &["sent"], free.clone(), after, later),
        (Some(PriceState::Held), State::Accepted, &["failed"], None, after, later),
        (Some(PriceState::Held), State::InDoubt, &[], None, after, later),
        (Some(PriceState::Held), State::Queued, &[], None, after, later),
        (Some(PriceState::Held), State::Refused, &[], None, after, later),
        (Some(PriceState::Posted), State::Accepted, &[], None, after, Expiry::Nothing),
        (None, State::Accepted, &[], None, after, Expiry::Nothing),
    ] {
        let message = priced(state, written, statuses, pricing);
        assert_eq!(expiry(&message, now), wanted, "{state:?} {written} {statuses:?}");
    }
}

#[test]
fn a_proof_finds_each_way_in_which_a_ledger_is_wrong() {
    let mut wallet = Wallet::empty(euro());
    let mut entries = Vec::new();
    for (kind, amount) in [(EntryKind::TopUp, 100), (EntryKind::Charge, -30), (EntryKind::Charge, -20)] {
        let (after, entry) = wallet.book(Some(line(kind, amount)), Micros::ZERO, Time::from_seconds(1)).unwrap();
        wallet = after;
        entries.push(entry.unwrap());
    }
    let proof = |change: fn(&mut Wallet, &mut Vec<Entry>, &mut i64)| {
        let (mut wallet, mut entries, mut held) = (wallet.clone(), entries.clone(), 5);
        wallet.available = Micros::new(45);
        change(&mut wallet, &mut entries, &mut held);
        let mut sum = Sum::default();
        entries.iter().for_each(|entry| sum.add(entry));
        let credits = Credits { wallet, leased: Micros::ZERO };
        Proof { at: Time::from_seconds(2), credits, sum, held: Micros::new(held) }.differences()
    };
    use Difference::{Balance, Chain, Holds};
    assert_eq!(proof(|_, _, _| {}), []);
    assert_eq!(proof(|_, _, held| *held = 6), [Holds]);
    assert_eq!(proof(|wallet, _, _| wallet.available = Micros::new(46)), [Holds]);
    assert_eq!(proof(|wallet, _, _| wallet.posted = Micros::new(51)), [Balance, Holds]);
    assert_eq!(proof(|_, entries, _| drop(entries.pop())), [Chain, Balance]);
    assert_eq!(proof(|_, entries, _| entries[1].line.amount = Micros::new(-29)), [Chain, Balance]);
    assert_eq!(proof(|_, entries, _| entries.swap(0, 1)), [Chain]);
    assert_eq!(proof(|_, entries, _| entries[2].posted_after = Micros::new(51)), [Chain]);
}
