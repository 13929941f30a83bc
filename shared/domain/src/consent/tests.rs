//! The ledger in every order.
use super::*;

const STOP: bool = false;
const GIVE: bool = true;

fn statement(is_given: bool, said: Said, source: ConsentSource) -> Statement {
    Statement {
        contact: ContactId::derive(&["ann"]),
        purpose: Purpose::Marketing,
        is_given,
        said,
        place: said.at(),
        source,
        origin: None,
        proof: None,
        channel: None,
        message: None,
        fact: format!("{said:?}"),
    }
}

fn at(seconds: i64) -> Time {
    Time::from_seconds(seconds)
}

fn state(statements: &[Statement]) -> Option<ConsentState> {
    let mut consents = Consents::default();
    for statement in statements {
        let entry = consents.decide(statement.clone(), false, at(9));
        consents.apply(&entry);
    }
    consents.state(Purpose::Marketing)
}

/// P40: late and reordered, the latest word holds.
#[test]
fn the_latest_word_holds_in_every_order() {
    use ConsentSource::{Api, Keyword};
    use ConsentState::{Given, Withdrawn};
    let exact = |seconds| Said::At(at(seconds));
    for (one, two, holds) in [
        (statement(GIVE, exact(1), Api), statement(STOP, exact(2), Api), Withdrawn),
        (statement(STOP, exact(1), Api), statement(GIVE, exact(2), Api), Given),
        (statement(GIVE, exact(1), Api), statement(STOP, exact(1), Api), Withdrawn),
        // Recorded 700 ms into the second in which, by Meta's clock, the person wrote STOP.
        (
            statement(GIVE, Said::At(Time::from_millis(5700)), Api),
            statement(STOP, Said::InSecond(at(5)), Keyword),
            Withdrawn,
        ),
        // Nobody knows when it was given: whatever the person says is later.
        (statement(GIVE, Said::Sometime(at(100)), Api), statement(STOP, Said::InSecond(at(5)), Keyword), Withdrawn),
    ] {
        assert_eq!(state(&[one.clone(), two.clone()]), Some(holds), "{one:?} {two:?}");
        assert_eq!(state(&[two.clone(), one.clone()]), Some(holds), "reordered: {one:?} {two:?}");
        assert_eq!(state(&[two.clone(), one.clone(), two.clone(), one.clone()]), Some(holds), "again: {one:?} {two:?}");
    }
}

#[test]
fn a_word_of_now_follows_all_that_is_known() {
    let mut consents = Consents::default();
    let just_now = |said: Said, source| statement(matches!(source, ConsentSource::Api), said, source);
    for statement in [
        just_now(Said::InSecond(at(5)), ConsentSource::Keyword),
        just_now(Said::Now(Time::from_millis(5300)), ConsentSource::Api),
    ] {
        consents.apply(&consents.decide(statement, false, at(9)));
    }
    assert_eq!(consents.state(Purpose::Marketing), Some(ConsentState::Given));
}

#[test]
fn only_what_changes_what_holds_is_a_turn() {
    let mut consents = Consents::default();
    for (statement, is_turn) in [
        (statement(STOP, Said::At(at(5)), ConsentSource::Keyword), true),
        (statement(STOP, Said::At(at(6)), ConsentSource::Keyword), false),
        (statement(GIVE, Said::At(at(4)), ConsentSource::Import), false),
        (statement(GIVE, Said::At(at(7)), ConsentSource::Api), true),
    ] {
        let entry = consents.decide(statement.clone(), false, at(9));
        assert_eq!(entry.is_turn, is_turn, "{statement:?}");
        consents.apply(&entry);
    }
}

#[test]
fn what_somebody_else_says_waits_for_the_persons_own_yes() {
    use ConsentSource::{Api, Confirmation, Preference};
    let consents = Consents::default();
    for (source, double_opt_in, state) in [
        (Api, false, ConsentState::Given),
        (Api, true, ConsentState::Pending),
        (Preference, true, ConsentState::Given),
        (Confirmation, true, ConsentState::Given),
    ] {
        let entry = consents.decide(statement(GIVE, Said::At(at(1)), source), double_opt_in, at(9));
        assert_eq!(entry.state, state, "{source}");
    }
    let mut given = Consents::default();
    given.apply(&given.decide(statement(GIVE, Said::At(at(1)), Confirmation), true, at(9)));
    let again = given.decide(statement(GIVE, Said::At(at(2)), Api), true, at(9));
    assert_eq!(again.state, ConsentState::Given, "who has said yes is not asked again");
}

#[test]
fn start_gives_back_what_a_keyword_took() {
    let withdrawn = |source| {
        let mut consents = Consents::default();
        consents.apply(&consents.decide(statement(STOP, Said::InSecond(at(5)), source), false, at(9)));
        consents
    };
    for (source, start, back) in [
        (ConsentSource::Keyword, 6, 1),
        (ConsentSource::Keyword, 5, 0),
        (ConsentSource::Keyword, 4, 0),
        (ConsentSource::Preference, 6, 0),
        (ConsentSource::Error, 6, 0),
        (ConsentSource::Api, 6, 0),
    ] {
        assert_eq!(withdrawn(source).given_back(at(start)).len(), back, "{source} {start}");
    }
    assert!(Consents::default().given_back(at(6)).is_empty(), "a greeting is no consent");
}

#[test]
fn each_rule_takes_each_state() {
    use ConsentRule::{Required, UnlessWithdrawn};
    use ConsentState::{Given, Pending, Withdrawn};
    for (rule, state, is_allowed) in [
        (Required, None, false),
        (Required, Some(Pending), false),
        (Required, Some(Given), true),
        (Required, Some(Withdrawn), false),
        (UnlessWithdrawn, None, true),
        (UnlessWithdrawn, Some(Pending), true),
        (UnlessWithdrawn, Some(Given), true),
        (UnlessWithdrawn, Some(Withdrawn), false),
    ] {
        assert_eq!(rule.allows(state), is_allowed, "{rule} {state:?}");
    }
}

#[test]
fn answers_name_their_question() {
    let conversation = crate::ids::ConversationId::of(&ChannelId::of_number("1"), &ContactId::derive(&["ann"]));
    let question = MessageId::new(&conversation, at(1), [1; 10]);
    let settings = QuestionSettings::default();
    let own = QuestionSettings { yes_words: vec!["Klar!".to_owned()], ..QuestionSettings::default() };
    for (id, text, settings, read) in [
        (Some(answer_id(Answer::Yes, &question)), Some("Yes"), &settings, Some((Answer::Yes, Some(question.clone())))),
        (Some(answer_id(Answer::No, &question)), None, &settings, Some((Answer::No, Some(question.clone())))),
        (Some("consent-yes:msg_x".to_owned()), None, &settings, None),
        (None, Some("JA!"), &settings, Some((Answer::Yes, None))),
        (None, Some("हाँ"), &settings, Some((Answer::Yes, None))),
        (None, Some("No, thanks"), &settings, Some((Answer::No, None))),
        (None, Some("yes but only on Mondays"), &settings, None),
        (None, Some("klar"), &own, Some((Answer::Yes, None))),
        (None, Some("yes"), &own, None),
    ] {
        assert_eq!(read_answer(id.as_deref(), text, settings), read, "{id:?} {text:?}");
    }
}
