//! Every code of the table, and what follows from it.
use super::table::TABLE;
use super::*;
use Class::{Account, Credentials, Permanent, Rate, Recipient, Service, Template};
use Reaction::{
    Brake, CloseWindow, Cooldown, InDoubt, NewToken, OtherEdge, Refuse, RetryLater, RetryPair, StopChannel,
    SuppressMarketing, TemplateStale, Unreachable,
};

#[test]
fn the_table_is_sorted_and_no_rows_overlap() {
    assert!(TABLE.iter().all(|row| row.first <= row.last && !row.meaning.is_empty()));
    assert!(TABLE.windows(2).all(|pair| pair[0].last < pair[1].first));
}

/// A row per code of Meta's table, and both ends of a range.
const EXPECTED: &[(i64, Class, Reaction)] = &[
    (0, Credentials, NewToken),
    (1, Service, InDoubt),
    (2, Service, RetryLater),
    (3, Credentials, NewToken),
    (4, Rate, RetryLater),
    (10, Credentials, NewToken),
    (17, Rate, RetryLater),
    (33, Permanent, Refuse),
    (100, Permanent, Refuse),
    (104, Credentials, NewToken),
    (190, Credentials, NewToken),
    (200, Credentials, NewToken),
    (299, Credentials, NewToken),
    (368, Account, StopChannel),
    (613, Rate, RetryLater),
    (803, Permanent, Refuse),
    (80_007, Rate, RetryLater),
    (130_403, Recipient, Refuse),
    (130_429, Rate, RetryLater),
    (130_472, Recipient, Cooldown),
    (130_497, Account, Refuse),
    (131_000, Service, InDoubt),
    (131_005, Credentials, NewToken),
    (131_008, Permanent, Refuse),
    (131_009, Permanent, Refuse),
    (131_014, Permanent, Refuse),
    (131_016, Service, RetryLater),
    (131_020, Permanent, Refuse),
    (131_021, Permanent, Refuse),
    (131_026, Recipient, Unreachable),
    (131_030, Permanent, Refuse),
    (131_031, Account, StopChannel),
    (131_035, Permanent, Refuse),
    (131_036, Permanent, Refuse),
    (131_037, Account, StopChannel),
    (131_041, Permanent, Refuse),
    (131_042, Account, StopChannel),
    (131_044, Account, Refuse),
    (131_045, Account, StopChannel),
    (131_047, Permanent, CloseWindow),
    (131_048, Account, Brake),
    (131_049, Recipient, Cooldown),
    (131_050, Recipient, SuppressMarketing),
    (131_051, Permanent, Refuse),
    (131_052, Permanent, Refuse),
    (131_053, Permanent, Refuse),
    (131_055, Permanent, OtherEdge),
    (131_056, Rate, RetryPair),
    (131_057, Service, RetryLater),
    (131_059, Permanent, Refuse),
    (131_060, Permanent, Refuse),
    (131_061, Template, OtherEdge),
    (131_062, Permanent, Refuse),
    (131_063, Permanent, OtherEdge),
    (131_064, Rate, RetryLater),
    (131_065, Permanent, Refuse),
    (131_070, Permanent, Refuse),
    (131_200, Permanent, Refuse),
    (131_299, Permanent, Refuse),
    (132_000, Permanent, Refuse),
    (132_001, Template, TemplateStale),
    (132_005, Permanent, Refuse),
    (132_007, Template, TemplateStale),
    (132_008, Template, TemplateStale),
    (132_012, Permanent, Refuse),
    (132_015, Template, TemplateStale),
    (132_016, Template, TemplateStale),
    (132_018, Permanent, Refuse),
    (132_068, Template, TemplateStale),
    (132_069, Rate, RetryLater),
    (133_000, Service, Refuse),
    (133_004, Service, RetryLater),
    (133_005, Permanent, Refuse),
    (133_006, Permanent, Refuse),
    (133_008, Permanent, Refuse),
    (133_009, Permanent, Refuse),
    (133_010, Account, StopChannel),
    (133_015, Service, Refuse),
    (133_016, Account, StopChannel),
    (134_011, Account, Refuse),
    (134_100, Permanent, OtherEdge),
    (134_101, Service, Refuse),
    (134_102, Template, OtherEdge),
    (135_000, Permanent, Refuse),
    (136_024, Permanent, Refuse),
    (136_025, Permanent, Refuse),
    (137_000, Recipient, Refuse),
    (138_000, Permanent, Refuse),
    (138_999, Permanent, Refuse),
    (139_000, Permanent, Refuse),
    (139_103, Permanent, Refuse),
    (147_001, Permanent, Refuse),
    (147_005, Permanent, Refuse),
    (1_752_041, Permanent, Refuse),
    (2_388_001, Template, Refuse),
    (2_388_299, Template, Refuse),
    (2_494_100, Service, RetryLater),
    (2_494_191, Permanent, Refuse),
    (2_593_107, Permanent, Refuse),
    (2_593_109, Permanent, Refuse),
];

#[test]
fn every_code_has_its_class_and_its_reaction_in_an_answer_and_by_webhook() {
    for (code, class, reaction) in EXPECTED {
        let answer = format!(r#"{{"error":{{"message":"no","code":{code}}}}}"#);
        let answer = GraphError::read(answer.as_bytes()).unwrap();
        let webhook = serde_json::json!({"errors": [{"code": code, "title": "no"}]});
        let webhook = GraphError::read_list(&webhook).pop().unwrap();
        for error in [&answer, &webhook] {
            assert_eq!((error.class(), error.reaction()), (Some(*class), *reaction), "{code}");
        }
        assert_eq!(answer.effect(), webhook.effect(), "{code}");
        assert!(meaning(*code, None).is_some() && !reaction.help().is_empty());
    }
}

#[test]
fn every_row_of_the_table_is_expected_and_every_reaction_is_in_use() {
    for row in TABLE {
        for code in [row.first, row.last] {
            assert!(
                EXPECTED.iter().any(|(expected, ..)| *expected == code),
                "{code} has no row among the expected ones"
            );
        }
    }
    for reaction in Reaction::ALL {
        assert!(EXPECTED.iter().any(|(_, _, expected)| expected == reaction), "{reaction}");
    }
}

/// P25, P26, P27, P28, P40: what changes beside the message.
#[test]
fn an_error_changes_what_it_is_about() {
    use Effect::*;
    for (code, effect) in [
        (131_050, Some(StopMarketing)),
        (131_049, Some(PauseMarketing)),
        (130_472, Some(PauseMarketing)),
        (131_026, Some(Unreachable)),
        (131_048, Some(Brake)),
        (368, Some(Stop(BlockReason::Policy))),
        (131_031, Some(Stop(BlockReason::Policy))),
        (131_042, Some(Stop(BlockReason::Payment))),
        (133_010, Some(Stop(BlockReason::Registration))),
        (131_037, Some(Stop(BlockReason::DisplayName))),
        (132_001, Some(StaleTemplates)),
        (130_429, None),
        (131_056, None),
        (190, None),
        (131_009, None),
        (131_055, None),
    ] {
        let error = GraphError { code: Some(code), ..GraphError::default() };
        assert_eq!(error.effect(), effect, "{code}");
    }
}

#[test]
fn a_code_that_is_not_known_is_refused_unless_meta_calls_it_transient() {
    for code in [-1, 5, 300, 400, 130_430, 9_999_999, i64::MAX] {
        assert_eq!(class(code, None), None, "{code}");
        assert_eq!(reaction(code, None, false), Reaction::Refuse, "{code}");
        assert_eq!(reaction(code, None, true), Reaction::InDoubt, "{code}");
    }
    // What the table knows, no hint changes.
    assert_eq!(reaction(131_000, None, true), Reaction::InDoubt);
    assert_eq!(reaction(131_026, None, true), Reaction::Unreachable);
    assert_eq!(reaction(133_015, None, true), Reaction::InDoubt);
}

#[test]
fn the_subcode_refines_an_invalid_parameter_and_nothing_else() {
    assert_eq!(class(100, Some(2_388_040)), Some(Class::Template));
    assert_eq!(class(100, Some(33)), Some(Class::Permanent));
    assert_eq!(class(100, Some(7)), Some(Class::Permanent));
    assert_eq!(reaction(131_047, Some(2_388_001), false), Reaction::CloseWindow);
}

#[test]
fn errors_are_read_in_every_form() {
    let answer = GraphError::read(
        br#"{"error":{"message":"(#130429) Rate limit hit","code":"130429","error_subcode":2494055,"is_transient":true,
            "error_data":{"details":"too many"},"fbtrace_id":"T"}}"#,
    );
    let expected = GraphError {
        code: Some(130_429),
        subcode: Some(2_494_055),
        title: Some("(#130429) Rate limit hit".into()),
        details: Some("too many".into()),
        is_transient: true,
        trace_id: Some("T".into()),
        ..GraphError::default()
    };
    assert_eq!(answer, Some(expected));
    for none in ["", "Bad Gateway", "{}", r#"{"error":"x"}"#, "[]", "\u{fffd}"] {
        assert_eq!(GraphError::read(none.as_bytes()), None, "{none}");
    }
    let old =
        GraphError::read_list(&serde_json::json!({"errors": [{"code": 131051, "details": "D", "title": "T"}, 5]}));
    assert_eq!(old.len(), 1);
    assert_eq!(
        (old[0].code, old[0].details.as_deref(), old[0].title.as_deref()),
        (Some(131_051), Some("D"), Some("T"))
    );
}

#[test]
fn the_closed_window_is_also_known_by_its_text() {
    let error = GraphError { code: Some(470), title: Some("Re-engagement message".into()), ..GraphError::default() };
    assert_eq!(error.reaction(), Reaction::CloseWindow); // P24
    assert_eq!(GraphError::default().reaction(), Reaction::Refuse);
}
