//! What is summed up from the ledger, and what Meta's figures are held against.
use super::*;
use crate::calendar::{Date, Zone};
use crate::ids::MessageId;

fn conversation(contact: &str) -> ConversationId {
    ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&[contact]))
}

/// An entry about a message to somebody; `cost` is negative for one that gives back.
fn charge(contact: &str, market: &str, category: Category, cost: i64, at: &str) -> Entry {
    let quote = Quote { market: Market::new(market), ..quote(category) };
    let about = Charged {
        message: MessageId::new(&conversation(contact), Time::from_seconds(1), [0; 10]),
        channel: ChannelId::of_number("1"),
        contact: ContactId::derive(&[contact]),
        wamid: None,
        template: (quote.category != Category::SERVICE).then(|| "offer".to_owned()),
        agent: Some("key_1".to_owned()).filter(|_| contact != "nobody"),
        quote,
    };
    let kind = if cost < 0 { EntryKind::Reversal } else { EntryKind::Charge };
    let line = Line { about: Some(about), ..line(kind, cost.saturating_neg()) };
    Entry { seq: 1, line, currency: euro(), posted_after: Micros::ZERO, at: Time::parse(at).unwrap() }
}

fn told(market: &str, category: Category, messages: i64, cost: Option<i64>) -> Told {
    Told { market: Market::new(market), category, messages, cost: cost.map(Micros::new) }
}

fn charges(entries: &[Entry]) -> Charges {
    let mut charges = Charges::default();
    entries.iter().for_each(|entry| charges.add(entry).unwrap());
    charges
}

const DAY: &str = "2026-11-21T12:00:00Z";

#[test]
fn both_sides_are_compared_by_market_and_category() {
    let (marketing, utility) = (Category::MARKETING, Category::UTILITY);
    let of = |market: &str, category: &Category, cost| charge("ann", market, category.clone(), cost, DAY);
    let bought = Entry { line: line(EntryKind::TopUp, 500), ..of("India", &marketing, 9) };
    let ours = [
        of("India", &marketing, 30),
        of("India", &marketing, 30),
        of("India", &marketing, -30),
        of("India", &utility, 9),
        of("Spain", &utility, 20),
        bought,
    ];
    let metas = [
        told("India", marketing.clone(), 1, Some(30)),
        told("India", utility.clone(), 1, Some(4)),
        told("India", utility.clone(), 2, Some(6)),
        told("Chile", utility.clone(), 1, Some(7)),
    ];
    let compared = reconcile(&charges(&ours), &metas).unwrap();
    let shown: Vec<_> = compared
        .iter()
        .map(|row| {
            let metas = (row.metas_messages, row.metas_cost.map(Micros::get));
            (row.market.as_str(), row.category.as_str(), (row.ours.messages, row.ours.cost.get()), metas, row.differs())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("Chile", "utility", (0, 0), (1, Some(7)), true),
            ("India", "marketing", (1, 30), (1, Some(30)), false),
            ("India", "utility", (1, 9), (3, Some(10)), true),
            ("Spain", "utility", (1, 20), (0, Some(0)), true),
        ]
    );
}

#[test]
fn half_a_per_cent_is_no_difference() {
    let compared = |ours: (i64, i64), metas: (i64, Option<i64>)| Compared {
        market: Market::UNKNOWN,
        category: Category::SERVICE,
        ours: Tally { messages: ours.0, cost: Micros::new(ours.1) },
        metas_messages: metas.0,
        metas_cost: metas.1.map(Micros::new),
    };
    for (ours, metas, differs) in [
        ((1_000, 0), (1_000, None), false),
        ((1_005, 0), (1_000, None), false),
        ((995, 0), (1_000, None), false),
        ((1_006, 0), (1_000, None), true),
        ((994, 0), (1_000, None), true),
        ((199, 0), (200, None), false),
        ((198, 0), (199, None), true),
        ((1, 0), (0, None), true),
        ((0, 0), (0, None), false),
        // The cost alone, where Meta tells it.
        ((1_000, 100_500), (1_000, Some(100_000)), false),
        ((1_000, 100_501), (1_000, Some(100_000)), true),
        ((1_000, 100_501), (1_000, None), false),
        ((i64::MAX, 0), (i64::MIN, None), true),
    ] {
        assert_eq!(compared(ours, metas).differs(), differs, "{ours:?} {metas:?}");
    }
}

/// Where a partner is billed, the cost is hidden.
#[test]
fn a_cost_that_meta_does_not_tell_is_not_compared() {
    let ours = charges(&[
        charge("ann", "India", Category::UTILITY, 9, DAY),
        charge("ann", "Spain", Category::UTILITY, 9, DAY),
    ]);
    for (metas, expected) in [
        (vec![told("India", Category::UTILITY, 1, None)], [None, None]),
        (vec![told("India", Category::UTILITY, 1, Some(9)), told("India", Category::UTILITY, 0, None)], [None, None]),
        (vec![told("India", Category::UTILITY, 1, Some(9))], [Some(9), Some(0)]),
        (vec![], [Some(0), Some(0)]),
    ] {
        let compared = reconcile(&ours, &metas).unwrap();
        let costs: Vec<_> = compared.iter().map(|row| row.metas_cost.map(Micros::get)).collect();
        assert_eq!(costs, expected, "{metas:?}");
    }
}

#[test]
fn a_report_says_how_it_went() {
    let compared = |metas| reconcile(&charges(&[charge("ann", "India", Category::UTILITY, 9, DAY)]), metas).unwrap();
    let agreed = [told("India", Category::UTILITY, 1, Some(9))];
    for (compared, problem, state) in [
        (vec![], None, ReconciliationState::Agrees),
        (compared(&agreed), None, ReconciliationState::Agrees),
        (compared(&[]), None, ReconciliationState::Differs),
        (vec![], Some("no answer"), ReconciliationState::Failed),
    ] {
        let report = Reconciliation {
            waba_id: "2".to_owned(),
            day: Date::parse("2026-11-21").unwrap(),
            currency: Some(euro()),
            compared,
            problem: problem.map(str::to_owned),
            made_at: Time::from_seconds(1),
        };
        assert_eq!(report.state(), state, "{report:?}");
    }
}

#[test]
fn costs_are_summed_up_by_what_one_asks_for() {
    let entries = [
        charge("ann", "India", Category::MARKETING, 30, "2026-11-20T18:29:59Z"),
        charge("ann", "India", Category::SERVICE, 5, "2026-11-20T18:30:00Z"),
        charge("bob", "Spain", Category::MARKETING, 70, DAY),
        charge("bob", "Spain", Category::MARKETING, -70, DAY),
        charge("nobody", "Spain", Category::UTILITY, 20, DAY),
        Entry { line: line(EntryKind::Refund, -99), ..charge("ann", "India", Category::SERVICE, 5, DAY) },
    ];
    let [ann, bob, nobody] = ["ann", "bob", "nobody"].map(|contact| conversation(contact).to_string());
    let channel = ChannelId::of_number("1").to_string();
    for (by, mut expected) in [
        (CostBy::Conversation, vec![(Some(ann.as_str()), 2, 35), (Some(&bob), 0, 0), (Some(&nobody), 1, 20)]),
        (CostBy::Agent, vec![(None, 1, 20), (Some("key_1"), 2, 35)]),
        (CostBy::Template, vec![(None, 1, 5), (Some("offer"), 2, 50)]),
        (CostBy::Day, vec![(Some("2026-11-20"), 1, 30), (Some("2026-11-21"), 2, 25)]),
        (CostBy::Channel, vec![(Some(&channel), 3, 55)]),
        (CostBy::Market, vec![(Some("India"), 2, 35), (Some("Spain"), 1, 20)]),
        (CostBy::Category, vec![(Some("marketing"), 1, 30), (Some("service"), 1, 5), (Some("utility"), 1, 20)]),
    ] {
        let mut costs = Costs::new(by, Zone::parse("Asia/Kolkata").unwrap());
        entries.iter().for_each(|entry| costs.add(entry).unwrap());
        expected.sort_unstable();
        let shown: Vec<_> =
            costs.sums.iter().map(|(key, tally)| (key.as_deref(), tally.messages, tally.cost.get())).collect();
        assert_eq!(shown, expected, "{by}");
        assert_eq!((costs.total.messages, costs.total.cost.get()), (3, 55), "{by}");
    }
}

#[test]
fn sums_that_cannot_be_counted_are_told() {
    let huge = charge("ann", "India", Category::UTILITY, i64::MAX, DAY);
    let (mut charges, mut costs) = (charges(std::slice::from_ref(&huge)), Costs::new(CostBy::Day, Zone::default()));
    assert_eq!(charges.add(&huge), Err(Overflow));
    costs.add(&huge).unwrap();
    assert_eq!(costs.add(&huge), Err(Overflow));
    let told = told("India", Category::UTILITY, i64::MAX, None);
    assert_eq!(reconcile(&Charges::default(), &[told.clone(), told]), Err(Overflow));
}
