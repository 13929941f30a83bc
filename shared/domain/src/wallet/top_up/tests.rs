//! The course of a top-up as tables: facts in every order, what to do at each point, when to ask.
use super::*;

fn top_up(method: TopUpMethod) -> TopUp {
    let wish = Wish {
        id: TopUpId::derive(&["t"]),
        method,
        amount: Micros::new(5_000_000),
        currency: Currency::parse("EUR").unwrap(),
        keeps_card: false,
        payee: Payee::default(),
        success_url: "https://shop.test/paid".to_owned(),
        cancel_url: "https://shop.test/back".to_owned(),
        makes_good: None,
        requested_by: Some("key".to_owned()),
    };
    TopUp::new(wish, Time::from_seconds(1_000))
}

fn trouble(code: &str) -> Trouble {
    Trouble { code: code.to_owned(), message: code.to_owned() }
}

fn linked() -> News {
    News::Linked { checkout: "cs_1".to_owned(), url: "https://pay.test".to_owned() }
}

fn pending() -> News {
    News::Pending { payment: Some("pi_1".to_owned()) }
}

fn failed(is_over: bool) -> News {
    News::Failed { payment: Some("pi_1".to_owned()), problem: trouble("card_declined"), is_over }
}

fn after(start: &TopUp, news: &[News]) -> TopUp {
    news.iter().fold(start.clone(), |known, news| known.learn(news).unwrap_or(known))
}

#[test]
fn each_word_moves_each_state_as_it_must() {
    use TopUpState::{AwaitingPayment, Expired, Failed, Granted, Processing, Refused, Requested, Stuck};
    let stuck = News::Stuck { payment: "pi_1".to_owned(), problem: trouble("other-currency") };
    let refused = News::Refused(trouble("no"));
    for (from, on_link, on_pending, on_try, on_failed, on_expired, on_refused, on_stuck) in [
        (Requested, AwaitingPayment, Processing, Requested, Failed, Expired, Refused, Stuck),
        (AwaitingPayment, AwaitingPayment, Processing, AwaitingPayment, Failed, Expired, AwaitingPayment, Stuck),
        // Whoever is done is not too late.
        (Processing, Processing, Processing, Processing, Failed, Processing, Processing, Stuck),
        (Granted, Granted, Granted, Granted, Granted, Granted, Granted, Granted),
        (Stuck, Stuck, Stuck, Stuck, Stuck, Stuck, Stuck, Stuck),
        (Failed, Failed, Failed, Failed, Failed, Failed, Failed, Stuck),
        (Expired, Expired, Expired, Expired, Expired, Expired, Expired, Stuck),
        (Refused, Refused, Refused, Refused, Refused, Refused, Refused, Stuck),
    ] {
        let start = TopUp { state: from, ..top_up(TopUpMethod::Checkout) };
        for (news, to) in [
            (linked(), on_link),
            (pending(), on_pending),
            (failed(false), on_try),
            (failed(true), on_failed),
            (News::Expired, on_expired),
            (refused.clone(), on_refused),
            (stuck.clone(), on_stuck),
        ] {
            let once = after(&start, std::slice::from_ref(&news));
            assert_eq!(once.state, to, "{from} + {news:?}");
            assert_eq!(once.learn(&news), None, "{from} + {news:?} twice");
        }
    }
}

/// The link's answer may be stored after everything else is known.
#[test]
fn facts_in_any_order_end_alike() {
    let news = [linked(), pending(), failed(true)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let ended = after(&top_up(TopUpMethod::Checkout), &order.map(|place: usize| news[place].clone()));
        let known = (ended.state, ended.checkout.as_deref(), ended.payment.as_deref(), ended.url.as_deref());
        assert_eq!(known, (TopUpState::Failed, Some("cs_1"), Some("pi_1"), Some("https://pay.test")), "{order:?}");
    }
}

#[test]
fn what_is_to_be_done_follows_from_what_is_known() {
    let at = Time::from_seconds;
    let checkout = top_up(TopUpMethod::Checkout);
    let recharge = top_up(TopUpMethod::Recharge);
    let end = checkout.expires_at();
    let known = after(&recharge, &[pending()]);
    let link = after(&checkout, &[linked()]);
    for (top_up, now, errand) in [
        (&checkout, at(1_000), Some(Errand::Link(end))),
        (&checkout, end, Some(Errand::Expire)),
        (&link, at(1_000), Some(Errand::AskLink)),
        (&link, end, Some(Errand::AskLink)),
        (&after(&checkout, &[linked(), failed(true)]), at(1_000), None),
        (&after(&checkout, &[linked(), News::Expired]), at(1_000), None),
        (&recharge, at(1_000), Some(Errand::Charge)),
        (&recharge, at(1_000 + 20 * 3600), Some(Errand::Find { is_late: false })),
        (&recharge, at(1_000 + 24 * 3600), Some(Errand::Find { is_late: true })),
        (&known, at(1_000 + 24 * 3600), Some(Errand::AskPayment)),
    ] {
        assert_eq!(top_up.errand(now), errand, "{top_up:?} at {now}");
    }
}

#[test]
fn it_is_asked_for_ever_less_often_and_right_after_its_end() {
    let top_up = top_up(TopUpMethod::Checkout);
    let hours = |hours: i64| Time::from_seconds(1_000 + hours * 3600);
    let end = top_up.expires_at().plus(GRACE);
    for (now, next) in [
        (hours(0), hours(0).plus(PATIENCE)),
        (hours(1), hours(2)),
        (hours(10), hours(20)),
        (hours(20), end),
        (end, end.plus(PATIENCE)),
        (hours(100), hours(100).plus(PATIENCE)),
    ] {
        assert_eq!(top_up.next_look(now), next, "at {now}");
    }
}

#[test]
fn another_amount_than_was_asked_for_counts_as_paid_and_is_told() {
    let top_up = top_up(TopUpMethod::Checkout);
    let euro = Currency::parse("EUR").unwrap();
    assert_eq!(top_up.mismatch(Micros::new(5_000_000), &euro), None);
    let told = top_up.mismatch(Micros::new(4_500_000), &euro).unwrap();
    assert_eq!(told.message, "5 EUR were asked for and 4.5 EUR were paid.");
    assert!(top_up.mismatch(Micros::new(5_000_000), &Currency::parse("USD").unwrap()).is_some());
    assert_eq!(top_up.line(Micros::new(4_500_000), "pi_1").amount, Micros::new(4_500_000));
}
