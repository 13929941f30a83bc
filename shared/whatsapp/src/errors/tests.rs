//! Every code of the table, and what follows from it.
use super::table::TABLE;
use super::*;

#[test]
fn the_table_is_sorted_and_no_rows_overlap() {
    assert!(TABLE.iter().all(|row| row.first <= row.last && !row.meaning.is_empty()));
    assert!(TABLE.windows(2).all(|pair| pair[0].last < pair[1].first));
}

#[test]
fn every_code_has_its_class_and_its_reaction() {
    use Reaction::*;
    let codes = |class, reaction, codes: &[i64]| {
        for code in codes {
            assert_eq!(class_of(*code), Some(class), "{code}");
            assert_eq!(reaction_of(*code), reaction, "{code}");
            assert!(meaning(*code, None).is_some());
        }
    };
    codes(Class::Rate, RetryLater, &[4, 17, 613, 80007, 130429, 131056, 131064, 132069]);
    codes(Class::Service, RetryLater, &[2, 131016, 131057, 133004, 2494100]);
    codes(Class::Service, InDoubt, &[1, 131000]);
    codes(Class::Service, Refuse, &[133000, 133015, 134101]);
    codes(Class::Permanent, CloseWindow, &[131047]);
    codes(
        Class::Permanent,
        Refuse,
        &[
            33, 100, 803, 131008, 131009, 131014, 131020, 131021, 131030, 131035, 131036, 131041, 131051, 131052,
            131053, 131055, 131059, 131060, 131062, 131063, 131065, 131070, 131200, 131299, 132000, 132005, 132012,
            132018, 133005, 133006, 133008, 133009, 134100, 135000, 136024, 136025, 138006, 138012, 139000, 139100,
            139103, 147001, 147005, 1752041, 2494191, 2593107, 2593108, 2593109,
        ],
    );
    codes(Class::Template, Refuse, &[131061, 132001, 132007, 132008, 132015, 132016, 132068, 134102, 2388001, 2388299]);
    codes(
        Class::Account,
        Refuse,
        &[368, 130497, 131031, 131037, 131042, 131044, 131045, 131048, 133010, 133016, 134011],
    );
    codes(Class::Recipient, Refuse, &[130403, 130472, 131026, 131049, 131050, 137000]);
    codes(Class::Credentials, Refuse, &[0, 3, 10, 104, 190, 200, 299, 131005]);
}

fn class_of(code: i64) -> Option<Class> {
    class(code, None)
}

fn reaction_of(code: i64) -> Reaction {
    reaction(code, None, false)
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
    assert_eq!(reaction(131_026, None, true), Reaction::Refuse);
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
