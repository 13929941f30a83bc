//! Bodies of every shape, and the atoms that come out.
use super::*;

/// One line per atom: kind, account, number, field, user, contact, part.
fn lines(body: &str) -> Vec<String> {
    let line = |atom: &Atom| {
        let number = atom.phone_number_id.as_deref().unwrap_or("-");
        let user = atom.user.as_deref().unwrap_or("-");
        let contact = atom.contact.map_or("-", RawValue::get);
        format!("{} {} {number} {} {user} {contact} {}", atom.kind.word(), atom.waba_id, atom.field, atom.part)
    };
    split(body.as_bytes()).unwrap().iter().map(line).collect()
}

/// A body with one change of `messages` whose value has these members.
fn messages(members: &str) -> String {
    let value = format!(r#"{{"metadata":{{"phone_number_id":"P"}},{members}}}"#);
    format!(r#"{{"object":"{OBJECT}","entry":[{{"id":"W","changes":[{{"field":"messages","value":{value}}}]}}]}}"#)
}

#[test]
fn every_part_of_every_entry_becomes_an_atom() {
    // P3: three entries of two changes with two messages and two statuses each; P4: side by side in one value.
    let value = r#"{"metadata":{"phone_number_id":"P"},"messages":[{"id":"m1"},{"id":"m2"}],"statuses":[{"id":"s1"},{"id":"s2"}]}"#;
    let change = format!(r#"{{"field":"messages","value":{value}}}"#);
    let entry = |id: u32| format!(r#"{{"id":"{id}","changes":[{change},{change}]}}"#);
    let body = format!(r#"{{"object":"{OBJECT}","entry":[{},{},{}]}}"#, entry(1), entry(2), entry(3));
    let atoms = split(body.as_bytes()).unwrap();
    assert_eq!(atoms.len(), 24);
    assert_eq!(atoms.iter().filter(|atom| atom.kind == Kind::Message).count(), 12);
    assert_eq!(atoms.iter().filter(|atom| atom.waba_id == "3").count(), 8);
}

#[test]
fn a_person_is_found_by_phone_or_by_user_id() {
    let contacts = r#""contacts":[{"wa_id":"1","user_id":"A"},{"user_id":"B","wa_id":""},{"wa_id":"3"}]"#;
    for (part, user, contact) in [
        (r#"{"from":"1"}"#, "1", r#"{"wa_id":"1","user_id":"A"}"#),
        (r#"{"from_user_id":"A"}"#, "1", r#"{"wa_id":"1","user_id":"A"}"#), // the phone is known by the contact
        (r#"{"from":"","from_user_id":"B"}"#, "B", r#"{"user_id":"B","wa_id":""}"#), // P32
        (r#"{"from":3}"#, "3", r#"{"wa_id":"3"}"#),
        (r#"{"from":"9"}"#, "9", "-"),
        ("{}", "-", "-"),
    ] {
        let body = messages(&format!(r#"{contacts},"messages":[{part}]"#));
        assert_eq!(lines(&body), [format!("message W P messages {user} {contact} {part}")]);
    }
}

#[test]
fn a_lone_contact_belongs_to_a_lone_part_and_to_parts_without_names() {
    let contact = r#"{"wa_id":"1"}"#;
    let body = messages(&format!(
        r#""contacts":[{contact}],"messages":[{{"from":"2"}}],"statuses":[{{"id":"s"}},{{"recipient_id":"3"}}]"#
    ));
    assert_eq!(
        lines(&body),
        [
            format!(r#"message W P messages 2 {contact} {{"from":"2"}}"#),
            format!(r#"status W P messages 1 {contact} {{"id":"s"}}"#),
            r#"status W P messages 3 - {"recipient_id":"3"}"#.to_owned(),
        ]
    );
}

/// The atoms of a change of `field` with this value.
fn atoms_are(cases: &[(&str, &str, &[&str])]) {
    for (field, value, atoms) in cases {
        let change = format!(r#"{{"field":"{field}","value":{value}}}"#);
        let body = format!(r#"{{"object":"{OBJECT}","entry":[{{"id":"W","changes":[{change}]}}]}}"#);
        assert_eq!(lines(&body), *atoms, "{field} {value}");
    }
}

/// P41: of either direction, and each in the thread of its customer.
#[test]
fn messages_of_the_phone_and_of_its_history_are_parts_of_their_own() {
    atoms_are(&[
        (
            "history",
            r#"{"history":[{"metadata":{"phase":1},"threads":[
                {"id":"1","messages":[{"from":"9"},{"from":"1"}]},{"id":"2","context":{"wa_id":"2"},"messages":[{"from":"2"}]},
                {"context":{"user_id":"A"},"messages":{"0":{"from_user_id":"A"}}},{"id":"3"},7]},{"errors":[{"code":1}]}]}"#,
            &[
                r#"history W - history.metadata - - {"phase":1}"#,
                r#"history W - history 1 - {"from":"9"}"#,
                r#"history W - history 1 - {"from":"1"}"#,
                r#"history W - history 2 {"wa_id":"2"} {"from":"2"}"#,
                r#"history W - history A {"user_id":"A"} {"from_user_id":"A"}"#,
                r#"history W - history.threads - - {"id":"3"}"#,
                "history W - history.threads - - 7",
                r#"history W - history - - {"errors":[{"code":1}]}"#,
            ],
        ),
        ("history", r#"{"history":[{"threads":[]}]}"#, &[]),
        (
            "smb_message_echoes",
            r#"{"metadata":{"display_phone_number":"+9"},"message_echoes":[{"from":"1","to":"9"},{"from":"9","to":"2"}]}"#,
            &[
                r#"echo W - smb_message_echoes 1 - {"from":"1","to":"9"}"#,
                r#"echo W - smb_message_echoes 2 - {"from":"9","to":"2"}"#,
            ],
        ),
        ("history", r#"{"messages":[{"from":"9","to":"1"}]}"#, &[r#"history W - history 1 - {"from":"9","to":"1"}"#]),
        ("history", r#"{"messages":[{"from":"1"}]}"#, &[r#"history W - history 1 - {"from":"1"}"#]), // P41
        (
            "smb_message_echoes",
            r#"{"message_echoes":[{"from":"9","to":"1"}]}"#,
            &[r#"echo W - smb_message_echoes 1 - {"from":"9","to":"1"}"#],
        ),
    ]);
}

#[test]
fn the_field_and_the_list_say_what_a_part_is() {
    atoms_are(&[
        (
            "standby",
            r#"{"standby":{"messages":[{"from":"1"}],"statuses":[{"recipient_id":"2"}]}}"#,
            &[r#"standby W - standby 1 - {"from":"1"}"#, r#"standby W - standby 2 - {"recipient_id":"2"}"#],
        ),
        (
            "standby",
            r#"{"standby":{"message_echoes":[{"message":{"to":"1"}}]}}"#,
            &[r#"standby W - standby 1 - {"message":{"to":"1"}}"#],
        ),
        ("standby", "{}", &["standby W - standby - - {}"]),
        (
            "calls",
            r#"{"calls":[{"from":"9","to":"1","direction":"BUSINESS_INITIATED"}],"statuses":[{"recipient_id":"1"}]}"#,
            &[
                r#"call W - calls 1 - {"from":"9","to":"1","direction":"BUSINESS_INITIATED"}"#,
                r#"call W - calls 1 - {"recipient_id":"1"}"#,
            ],
        ),
        (
            "smb_app_state_sync",
            r#"{"state_sync":[{"contact":{"phone_number":"1"}}]}"#,
            &[r#"contact_sync W - smb_app_state_sync 1 - {"contact":{"phone_number":"1"}}"#],
        ),
        (
            "user_preferences",
            r#"{"user_preferences":[{"user_id":"A"}]}"#,
            &[r#"user_preference W - user_preferences A - {"user_id":"A"}"#],
        ),
        ("group_status_update", r#"{"groups":[{"type":"x"}]}"#, &[r#"group W - group_status_update - - {"type":"x"}"#]),
        (
            "messages",
            r#"{"errors":[{"code":1}],"user_actions":[{}]}"#,
            &[r#"value_error W - messages - - {"code":1}"#, "user_action W - messages - - {}"],
        ),
        (
            "account_update",
            r#"{"event":"X","errors":[]}"#,
            &[r#"account W - account_update - - {"event":"X","errors":[]}"#],
        ),
        ("template_category_update", "{}", &["template W - template_category_update - - {}"]),
        ("brand_new", r#"{"messages":[{}]}"#, &[r#"unknown W - brand_new - - {"messages":[{}]}"#]),
        ("messages", r#"{"statuses":[]}"#, &[]),
    ]);
}

#[test]
fn an_unknown_list_beside_a_known_one_is_kept() {
    let body = messages(r#""messages":[{"id":"m"}],"user_id_update":[{"x":1}],"later":null,"statuses":7"#);
    assert_eq!(
        lines(&body),
        [
            r#"message W P messages - - {"id":"m"}"#,
            r#"unknown W P messages.user_id_update - - [{"x":1}]"#,
            "unknown W P messages - - 7",
        ]
    );
    assert_eq!(
        lines(&messages(r#""new":[1]"#)),
        [r#"unknown W P messages - - {"metadata":{"phone_number_id":"P"},"new":[1]}"#,]
    );
}

#[test]
fn a_part_of_an_odd_shape_harms_no_neighbour() {
    let good = r#"{"field":"messages","value":{"messages":[7,{"id":"m"},"x"]}}"#;
    let body = format!(
        r#"{{"object":"{OBJECT}","entry":[5,{{"id":1,"time":"T","changes":[{good},"odd",{{"field":"calls"}},{{"field":"messages","value":3}}]}},{{"messaging":[]}}]}}"#
    );
    assert_eq!(
        lines(&body),
        [
            "unknown  -  - - 5",
            "unknown 1 - messages - - 7",
            r#"message 1 - messages - - {"id":"m"}"#,
            r#"unknown 1 - messages - - "x""#,
            r#"unknown 1 -  - - "odd""#,
            r#"unknown 1 -  - - {"field":"calls"}"#,
            "unknown 1 - messages - - 3",
            r#"unknown  -  - - {"messaging":[]}"#,
        ]
    );
}

#[test]
fn lists_may_be_maps_and_a_single_item_may_stand_for_its_list() {
    let body = format!(
        r#"{{"object":"{OBJECT}","entry":{{"0":{{"id":"W","changes":{{"0":{{"field":"messages","value":
        {{"contacts":{{"0":{{"wa_id":"1"}}}},"messages":{{"0":{{"from":"1"}},"1":{{"from":"2"}}}},"statuses":{{"id":"s"}}}}}}}}}}}}}}"#
    );
    assert_eq!(
        lines(&body),
        [
            r#"message W - messages 1 {"wa_id":"1"} {"from":"1"}"#,
            r#"message W - messages 2 - {"from":"2"}"#,
            r#"status W - messages 1 {"wa_id":"1"} {"id":"s"}"#,
        ]
    );
}

#[test]
fn what_is_not_ours_is_kept_whole_and_what_is_no_json_is_an_error() {
    for body in [
        r#"{"object":"page","entry":[{"id":"1"}]}"#,
        r#"{"hello":1}"#,
        "[]",
        "5",
        r#"{"object":"whatsapp_business_account"}"#,
    ] {
        assert_eq!(lines(body), [format!("foreign  -  - - {body}")]);
    }
    // A body without `object` but with entries is taken for ours.
    assert_eq!(
        lines(r#"{"entry":[{"id":"W","changes":[{"value":{"event":"X"}}]}]}"#),
        [r#"unknown W -  - - {"event":"X"}"#,]
    );
    assert!(matches!(split(b"<html>"), Err(NotAWebhook::Json(_))));
    assert!(matches!(split(b""), Err(NotAWebhook::Json(_))));
    assert!(matches!(split(b"{\"object\":\"\xff\"}"), Err(NotAWebhook::Encoding(_))));
    assert!(lines(&format!(r#"{{"object":"{OBJECT}","entry":[]}}"#)).is_empty());
}

#[test]
fn the_time_of_the_entry_and_the_order_of_the_atoms_are_told() {
    let body = format!(
        r#"{{"object":"{OBJECT}","entry":[{{"id":"W","time":1700000000,"changes":[{{"field":"security","value":{{}}}}]}}]}}"#
    );
    let atoms = split(body.as_bytes()).unwrap();
    assert_eq!(atoms[0].entry_time, Some(Time::from_seconds(1_700_000_000)));
    assert_eq!(atoms[0].order(), ["W", ""]);
    let body = messages(r#""messages":[{"from":"1"}]"#);
    assert_eq!(split(body.as_bytes()).unwrap()[0].order(), ["P", "1"]);
}

#[test]
fn deep_nesting_is_kept_and_not_followed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = messages(&format!(r#""messages":[{{"id":"m","x":{deep}}},{{"id":"n"}}]"#));
    assert_eq!(split(body.as_bytes()).unwrap().len(), 2);
}
