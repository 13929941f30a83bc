//! Auto-recharge as tables: when it buys, what follows from each end of a purchase, which alerts are told.
use super::*;

const MINIMUM: i64 = 10;
const AMOUNT: i64 = 50;

fn at(seconds: i64) -> Time {
    Time::parse("2026-11-10T12:00:00Z").unwrap().plus(Duration::from_secs(seconds.unsigned_abs()))
}

fn settings() -> RechargeSettings {
    RechargeSettings {
        is_enabled: true,
        currency: Currency::parse("EUR").unwrap(),
        minimum: Micros::new(MINIMUM),
        amount: Micros::new(AMOUNT),
        monthly_cap: Some(Micros::new(150)),
        alerts: vec![Micros::new(20), Micros::new(5)],
    }
}

fn recharge() -> Recharge {
    Recharge::new(RechargeSettings { alerts: vec![], ..settings() }, "key".to_owned(), at(0))
}

fn id(name: &str) -> TopUpId {
    TopUpId::derive(&[name])
}

fn check(recharge: &Recharge, available: i64, now: Time) -> Plan {
    recharge.check(Micros::new(available), true, &id("new"), now)
}

fn under_way() -> Recharge {
    let plan = recharge().check(Micros::ZERO, true, &id("a"), at(0));
    let Plan::Buy(next) = plan else { panic!("{plan:?}") };
    next
}

/// What a check comes to: a word, and the state from then on.
fn outcome(plan: &Plan, before: &Recharge) -> (&'static str, RechargeState) {
    match plan {
        Plan::Nothing => ("nothing", before.state),
        Plan::Keep(next) => ("keep", next.state),
        Plan::Buy(next) => ("buy", next.state),
    }
}

#[test]
fn it_buys_when_it_is_low_on_and_nothing_else_is_under_way() {
    use RechargeState::{BackingOff, Idle, Off};
    let off = Off(OffReason::Declined);
    let disabled = Recharge { settings: RechargeSettings { is_enabled: false, ..settings() }, ..recharge() };
    let disabled = Recharge { settings: RechargeSettings { alerts: vec![], ..disabled.settings.clone() }, ..disabled };
    let with = |state| Recharge { state, fails: 1, ..recharge() };
    let spent = |micros| Recharge { spent: Some((month(at(0)), Micros::new(micros))), ..recharge() };
    let october = Zone::default().date(Time::parse("2026-10-10T00:00:00Z").unwrap()).month();
    let last_month = Recharge { spent: Some((october, Micros::new(150))), ..recharge() };
    let december = Time::parse("2026-12-01T00:00:00Z").unwrap();
    let busy = Recharge { starts: vec![at(0), at(60), at(120)], ..recharge() };
    for (before, available, now, wanted) in [
        (recharge(), MINIMUM, at(0), ("nothing", Idle)),
        (recharge(), MINIMUM - 1, at(0), ("buy", Idle)),
        (recharge(), -100, at(0), ("buy", Idle)),
        (disabled, 0, at(0), ("nothing", Idle)),
        (under_way(), 0, at(0), ("nothing", Idle)),
        (with(off), 0, at(0), ("nothing", off)),
        (with(BackingOff(at(60))), 0, at(59), ("nothing", BackingOff(at(60)))),
        (with(BackingOff(at(60))), 0, at(60), ("buy", Idle)),
        // Somebody paid meanwhile.
        (with(BackingOff(at(60))), 100, at(60), ("keep", Idle)),
        (spent(100), 0, at(0), ("buy", Idle)),
        (spent(101), 0, at(0), ("keep", BackingOff(december))),
        (last_month, 0, at(0), ("buy", Idle)),
        (busy.clone(), 0, at(3599), ("keep", BackingOff(at(3600)))),
        (busy, 0, at(3600), ("buy", Idle)),
    ] {
        assert_eq!(outcome(&check(&before, available, now), &before), wanted, "{before:?} with {available}");
    }
    let without = recharge().check(Micros::ZERO, false, &id("a"), at(0));
    assert_eq!(outcome(&without, &recharge()), ("keep", Off(OffReason::NoCard)));
}

#[test]
fn each_end_of_a_purchase_has_its_consequence() {
    use RechargeState::{BackingOff, Idle, Off};
    let days = |days: u64| at(0).plus(Duration::from_secs(days * 24 * 3600));
    let sca = Setback::Off(OffReason::AuthenticationRequired);
    let hard = Setback::Off(OffReason::Declined);
    for (fails, setback, state) in [
        (0, Setback::Soft, BackingOff(days(1))),
        (1, Setback::Soft, BackingOff(days(2))),
        (2, Setback::Soft, Off(OffReason::Declined)),
        (0, hard, Off(OffReason::Declined)),
        (0, sca, Off(OffReason::AuthenticationRequired)),
    ] {
        let before = Recharge { fails, ..under_way() };
        let next = before.failed(&id("a"), setback, at(0)).unwrap();
        assert_eq!((next.state, next.in_flight.is_some()), (state, false), "{fails} {setback:?}");
        assert_eq!(next.spent_in(at(0)), Micros::ZERO, "nothing was added");
        assert_eq!(before.failed(&id("b"), setback, at(0)), None, "another purchase");
        assert_eq!(next.failed(&id("a"), setback, at(0)), None, "told twice");
    }
    let paid = under_way().succeeded(&id("a"), Micros::new(AMOUNT), at(9));
    assert_eq!((paid.state, paid.in_flight.clone(), paid.fails), (Idle, None, 0));
    assert_eq!(paid.spent_in(at(9)), Micros::new(AMOUNT));
    // It was given up, and paid after all.
    let given_up = under_way().failed(&id("a"), Setback::Soft, at(0)).unwrap();
    let late = given_up.succeeded(&id("a"), Micros::new(AMOUNT), at(9));
    assert_eq!((late.state, late.fails, late.spent_in(at(9))), (Idle, 0, Micros::new(AMOUNT)));
}

#[test]
fn what_is_set_up_anew_never_buys_beside_a_purchase_under_way() {
    let disputed = under_way().off(OffReason::Disputed).unwrap();
    assert_eq!(disputed.off(OffReason::NoCard), None, "it is off");
    let again = disputed.set_up(RechargeSettings { alerts: vec![], ..settings() }, "key".to_owned(), at(1));
    assert_eq!(again.state, RechargeState::Idle);
    assert_eq!(check(&again, 0, at(2)), Plan::Nothing);
    let over = again.failed(&id("a"), Setback::Soft, at(3)).unwrap();
    assert_eq!(over.state, RechargeState::BackingOff(at(3).plus(PAUSES[0])));
    // What turned it off meanwhile stands.
    let off = disputed.failed(&id("a"), Setback::Soft, at(3)).unwrap();
    assert_eq!(off.state, RechargeState::Off(OffReason::Disputed));
}

#[test]
fn an_alert_is_told_once_until_the_balance_was_above_its_level() {
    let mut now = Recharge::new(RechargeSettings { is_enabled: false, ..settings() }, "key".to_owned(), at(0));
    for (available, below, is_news) in [
        (20, &[][..], false),
        (19, &[20], true),
        (12, &[20], false),
        (4, &[20, 5], true),
        (0, &[20, 5], false),
        (7, &[20], true),
        (3, &[20, 5], true),
        (100, &[], true),
        (19, &[20], true),
    ] {
        let plan = check(&now, available, at(0));
        assert_eq!(plan != Plan::Nothing, is_news, "at {available}");
        if let Plan::Keep(next) = plan {
            assert_eq!(next.seen, Some(Micros::new(available)));
            now = next;
        }
        assert_eq!(now.alerted.iter().map(|level| level.get()).collect::<Vec<_>>(), below, "at {available}");
    }
}

#[test]
fn settings_that_would_loop_are_refused() {
    use SettingsRefusal::{
        AlertTwice, AmountBelowMinimum, AmountNotPositive, CapBelowAmount, MinimumNegative, TooManyAlerts,
    };
    let with = |change: fn(&mut RechargeSettings)| {
        let mut settings = settings();
        change(&mut settings);
        settings.check()
    };
    for (found, wanted) in [
        (with(|_| {}), Ok(())),
        (with(|settings| settings.amount = Micros::new(MINIMUM)), Ok(())),
        (with(|settings| settings.amount = Micros::new(MINIMUM - 1)), Err(AmountBelowMinimum)),
        (with(|settings| (settings.minimum, settings.amount) = (Micros::ZERO, Micros::ZERO)), Err(AmountNotPositive)),
        (with(|settings| settings.minimum = Micros::new(-1)), Err(MinimumNegative)),
        (with(|settings| settings.monthly_cap = Some(Micros::new(AMOUNT - 1))), Err(CapBelowAmount)),
        (with(|settings| settings.monthly_cap = None), Ok(())),
        (with(|settings| settings.alerts = vec![Micros::ZERO; 2]), Err(AlertTwice)),
        (with(|settings| settings.alerts = (0..11).map(Micros::new).collect()), Err(TooManyAlerts)),
    ] {
        assert_eq!(found, wanted);
    }
}

#[test]
fn the_next_month_comes() {
    for (now, next) in [
        ("2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"),
        ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-02-01T08:00:00Z", "2026-03-01T00:00:00Z"),
    ] {
        assert_eq!(next_month(Time::parse(now).unwrap()), Time::parse(next).unwrap());
    }
}
