//! Table tests of request bodies, limits and replies.
use super::*;
use crate::errors::Reaction;

#[test]
fn a_body_names_the_recipient_by_phone_or_by_user_id() {
    let text = json!({"body": "hello"});
    let none = Value::Null;
    let message = |opaque, context| Outgoing { kind: "text", payload: &text, context, options: &none, opaque };
    assert_eq!(
        body(&Recipient::Phone("16505551234".into()), &message("msg_1", None), Edge::Messages),
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": "text",
            "text": {"body": "hello"}, "biz_opaque_callback_data": "msg_1",
        })
    );
    assert_eq!(
        body(&Recipient::Bsuid("US.1".into()), &message("msg_2", Some("wamid.q")), Edge::Messages),
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "recipient": "US.1", "type": "text",
            "text": {"body": "hello"}, "context": {"message_id": "wamid.q"}, "biz_opaque_callback_data": "msg_2",
        })
    );
    assert_eq!(body(&Recipient::Phone("+49151".into()), &message("m", None), Edge::Messages)["to"], "+49151");
}

#[test]
fn the_policy_of_marketing_goes_to_its_own_edge_alone() {
    let payload = json!({"name": "sale", "language": {"code": "en"}});
    let chosen = json!({"product_policy": "STRICT", "message_activity_sharing": false});
    for (options, edge, policy, sharing) in [
        (&Value::Null, Edge::Messages, Value::Null, Value::Null),
        (&Value::Null, Edge::Marketing, json!("CLOUD_API_FALLBACK"), Value::Null),
        (&chosen, Edge::Messages, Value::Null, json!(false)),
        (&chosen, Edge::Marketing, json!("STRICT"), json!(false)),
    ] {
        let message = Outgoing { kind: "template", payload: &payload, context: None, options, opaque: "m" };
        let body = body(&Recipient::Bsuid("US.1".into()), &message, edge);
        assert_eq!((&body["product_policy"], &body["message_activity_sharing"]), (&policy, &sharing), "{edge:?}");
        assert_eq!(body["template"], payload);
    }
}

#[test]
fn a_wrong_edge_is_told_from_other_refusals() {
    for (code, edge, is_it) in [
        (131_055, Edge::Marketing, true),
        (134_100, Edge::Marketing, true),
        (134_102, Edge::Marketing, true),
        (131_063, Edge::Messages, true),
        (131_063, Edge::Marketing, false),
        (134_100, Edge::Messages, false),
        (134_101, Edge::Marketing, false), // still syncing: later, by the same edge
        (131_050, Edge::Marketing, false),
    ] {
        let error = GraphError { code: Some(code), ..GraphError::default() };
        assert_eq!(is_for_the_other_edge(&error, edge), is_it, "{code} {edge:?}");
    }
}

#[test]
fn a_receipt_is_taken_or_not() {
    assert_eq!(
        signal("wamid.A", false),
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A"})
    );
    assert_eq!(signal("wamid.A", true)["typing_indicator"], json!({"type": "text"}));
    assert_eq!(read_signal_reply(200, br#"{"success":true}"#), None);
    assert_eq!(read_signal_reply(502, b"<html>"), Some(Reply::Unreadable { status: 502 }));
    let refused = read_signal_reply(400, br#"{"error":{"code":131009,"message":"no"}}"#);
    assert!(matches!(refused, Some(Reply::Refused(_))), "{refused:?}");
}

/// The fields that `check` complains about.
fn fields(kind: &str, payload: &Value) -> Vec<String> {
    check(kind, payload).err().unwrap_or_default().into_iter().map(|violation| violation.field).collect()
}

#[test]
fn a_text_has_a_body_within_the_limit() {
    for (payload, wrong) in [
        (json!({"body": "hi"}), vec![]),
        (json!({"body": "hi", "preview_url": true}), vec![]),
        (json!({"body": "é".repeat(4096)}), vec![]),
        (json!({"body": "é".repeat(4097)}), vec!["text.body"]),
        (json!({"body": " \n"}), vec!["text.body"]),
        (json!({}), vec!["text.body"]),
        (json!({"body": 5}), vec!["text.body"]),
        (json!({"body": "hi", "preview_url": "yes", "colour": 1}), vec!["text.preview_url", "text.colour"]),
        (json!("hi"), vec!["text"]),
    ] {
        assert_eq!(fields("text", &payload), wrong, "{payload}");
    }
    let violations = check("text", &json!({"body": "x".repeat(4097)})).unwrap_err();
    assert_eq!(violations[0].limit, Some(4096));
}

#[test]
fn an_unknown_type_is_told_the_known_ones() {
    let violations = check("telegram", &json!({})).unwrap_err();
    assert_eq!(violations[0].field, "type");
    assert!(violations[0].message.contains("text, image"), "{violations:?}");
}

#[test]
fn a_template_names_itself_and_its_language() {
    let language = json!({"code": "en_US", "policy": "deterministic"});
    for (payload, wrong) in [
        (json!({"name": "n", "language": language}), vec![]),
        (json!({"name": "n", "language": language, "components": []}), vec![]),
        (json!({"language": {}}), vec!["template.name", "template.language.code"]),
        (json!({"name": "n", "language": "en"}), vec!["template.language"]),
        (json!({"name": "n", "language": {"code": "en", "policy": "x"}}), vec!["template.language.policy"]),
        (json!({"name": "n", "language": language, "components": {}}), vec!["template.components"]),
    ] {
        assert_eq!(fields("template", &payload), wrong, "{payload}");
    }
}

#[test]
fn components_and_parameters_have_known_shapes() {
    let at = "template.components[0]";
    for (component, wrong) in [
        (json!({"type": "body", "parameters": [{"type": "text", "text": "Ann", "parameter_name": "first"}]}), vec![]),
        (json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}), vec![]),
        (
            json!({"type": "button", "sub_type": "URL", "index": 0, "parameters": [{"type": "text", "text": "x"}]}),
            vec![],
        ),
        (json!({"type": "button", "sub_type": "quick_reply", "index": "1"}), vec![]),
        (json!({"type": "button", "sub_type": "voice_call"}), vec![]),
        (json!({"type": "carousel", "cards": [{"card_index": 0, "components": [{"type": "body"}]}]}), vec![]),
        (json!({"type": "banner"}), vec!["type"]),
        (json!("body"), vec![""]),
        (json!({"type": "body", "surprise": 1}), vec!["surprise"]),
        (json!({"type": "body", "parameters": "Ann"}), vec!["parameters"]),
        (json!({"type": "body", "parameters": ["Ann"]}), vec!["parameters[0]"]),
        (json!({"type": "body", "parameters": [{"type": "text", "text": "x", "payment_link_preview": true}]}), vec![]),
        (json!({"type": "body", "parameters": [{"type": "word"}]}), vec!["parameters[0].type"]),
        // Whether a missing value has a fallback is known with the template.
        (json!({"type": "body", "parameters": [{"type": "text"}]}), vec![]),
        (json!({"type": "body", "parameters": [{"type": "text", "text": "", "fallback": "you"}]}), vec![]),
        (json!({"type": "body", "parameters": [{"type": "text", "fallback": ""}]}), vec!["parameters[0].fallback"]),
        (json!({"type": "body", "parameters": [{"type": "text", "fallback": "a\tb"}]}), vec!["parameters[0].fallback"]),
        (
            json!({"type": "body", "parameters": [{"type": "currency", "currency": {"code": "EUR"}}]}),
            vec!["parameters[0].currency.fallback_value", "parameters[0].currency.amount_1000"],
        ),
        (
            json!({"type": "body", "parameters": [{"type": "date_time", "date_time": {}}]}),
            vec!["parameters[0].date_time.fallback_value"],
        ),
        (
            json!({"type": "header", "parameters": [{"type": "location", "location": {"latitude": 91}}]}),
            vec!["parameters[0].location.latitude", "parameters[0].location.longitude"],
        ),
        (
            json!({"type": "header", "parameters": [{"type": "product", "product": {}}]}),
            vec!["parameters[0].product.product_retailer_id"],
        ),
        (
            json!({"type": "button", "sub_type": "copy_code", "index": 0, "parameters": [{"type": "coupon_code", "coupon_code": "x".repeat(21)}]}),
            vec!["parameters[0].coupon_code"],
        ),
        (
            json!({"type": "limited_time_offer", "parameters": [{"type": "limited_time_offer", "limited_time_offer": {}}]}),
            vec!["parameters[0].limited_time_offer.expiration_time_ms"],
        ),
        (json!({"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]}), vec!["parameters[0].text"]), // P36
        (json!({"type": "body", "parameters": [{"type": "text", "text": "a     b"}]}), vec!["parameters[0].text"]),
        (json!({"type": "header", "parameters": [{"type": "video", "video": {}}]}), vec!["parameters[0].video"]),
        (json!({"type": "button", "sub_type": "sing", "index": 0}), vec!["sub_type"]),
        (json!({"type": "button", "sub_type": "url"}), vec!["index"]),
        (json!({"type": "button", "sub_type": "url", "index": 10}), vec!["index"]),
        (json!({"type": "carousel"}), vec!["cards"]),
        (json!({"type": "carousel", "cards": [0]}), vec!["cards[0]"]),
        (
            json!({"type": "carousel", "cards": [{"components": [{"type": "carousel"}]}]}),
            vec!["cards[0].card_index", "cards[0].components[0].type"],
        ),
    ] {
        let payload = json!({"name": "n", "language": {"code": "en"}, "components": [component]});
        let wrong = wrong.into_iter().map(|field| format!("{at}.{field}").trim_end_matches('.').to_owned());
        assert_eq!(fields("template", &payload), wrong.collect::<Vec<_>>(), "{payload}");
    }
}

#[test]
fn a_reply_is_accepted_refused_or_unreadable() {
    let accepted = |wa_id: Option<&str>, user_id: Option<&str>, status: Option<&str>| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (wa_id, user_id, message_status) = (own(wa_id), own(user_id), own(status));
        Reply::Accepted(Accepted { wamid: "wamid.1".into(), wa_id, user_id, message_status })
    };
    for (status, body, reply, reaction) in [
        (
            200,
            r#"{"contacts":[{"input":"+1","wa_id":"1"}],"messages":[{"id":"wamid.1"}]}"#,
            accepted(Some("1"), None, None),
            None,
        ),
        (
            200,
            r#"{"contacts":[{"input":"US.1","user_id":"US.1"}],"messages":[{"id":"wamid.1","message_status":"accepted"}]}"#,
            accepted(None, Some("US.1"), Some("accepted")),
            None,
        ),
        (200, r#"{"messages":[{"id":"wamid.1"}]}"#, accepted(None, None, None), None),
        (200, "{}", Reply::Unreadable { status: 200 }, Some(Reaction::InDoubt)),
        (200, "<html>", Reply::Unreadable { status: 200 }, Some(Reaction::InDoubt)),
        (502, "Bad Gateway", Reply::Unreadable { status: 502 }, Some(Reaction::InDoubt)),
        (408, "", Reply::Unreadable { status: 408 }, Some(Reaction::InDoubt)),
        (429, "", Reply::Unreadable { status: 429 }, Some(Reaction::RetryLater)),
        (413, "too large", Reply::Unreadable { status: 413 }, Some(Reaction::Refuse)),
    ] {
        let read = read_reply(status, body.as_bytes());
        assert_eq!((read.reaction(), read), (reaction, reply), "{status} {body}");
    }
    let refused = read_reply(400, br#"{"error":{"code":131026,"message":"(#131026) Message undeliverable"}}"#);
    assert_eq!(refused.reaction(), Some(Reaction::Unreachable));
}
