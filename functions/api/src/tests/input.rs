//! Bad input: each line is a request and the problem that names what is wrong with it.
use super::*;

const CONVERSATION: &str = "/v1/conversations/cnv_00000000000000000000000000";

async fn check(cases: Vec<(Request, &str, u16, &str)>) {
    for (index, (request, kind, status, error)) in cases.into_iter().enumerate() {
        let line = format!("{index}: {} {}", request.method(), request.uri());
        let (found, found_status, errors) = problem(request).await;
        assert_eq!((found.as_str(), found_status), (kind, status), "{line}: {errors:?}");
        assert!(errors.join("; ").contains(error), "{line}: {errors:?} lacks {error:?}");
    }
}

fn channel(change: &[(&str, Value)]) -> Value {
    let mut body = json!({
        "phone_number_id": "1", "waba_id": "2", "display_phone_number": "+1 650", "nickname": "Shop", "add_as": "lead",
    });
    for (name, value) in change {
        body[*name] = value.clone();
    }
    body
}

#[tokio::test]
async fn members_are_named_with_what_is_allowed() {
    let channels = |change: &[(&str, Value)]| post("/v1/channels", &channel(change));
    let settings = |body: Value| request(Method::PATCH, "/v1/settings", Some(ADMIN), body.to_string());
    let bad = ("invalid-input", 400);
    check(
        [
            (channels(&[("colour", json!("red"))]), "colour: is not known, expected one of `phone_number_id`"),
            (channels(&[("nickname", json!(5))]), "nickname: invalid type: integer `5`, expected a string"),
            (channels(&[("nickname", json!(null))]), "nickname: invalid type: null, expected a string"),
            (channels(&[("nickname", json!("x".repeat(101)))]), "nickname: must have 1 to 100 characters"),
            (channels(&[("nickname", json!(" "))]), "nickname: must have 1 to 100 characters"),
            (channels(&[("add_as", json!("friend"))]), "add_as: must be one of: lead, contact"),
            (channels(&[("phone_number_id", json!("+1"))]), "phone_number_id: must be an id of Meta's"),
            (channels(&[("assign_to", json!({}))]), "assign_to: must have one of user_id, group_id and role"),
            (channels(&[("assign_to", json!({"user_id": "x"}))]), "assign_to.user_id: must be the id of a user: usr_"),
            (channels(&[("assign_to", json!({"team": "x"}))]), "assign_to.team: is not known"),
            (post("/v1/channels", &json!({})), "phone_number_id: is missing"),
            (post("/v1/channels", &json!([])), "body: must be an object"),
            (post("/v1/channels", &json!("x")), "body: invalid type: string"),
            (post("/v1/contacts", &json!({"kind": "lead", "phone": "12"})), "phone: must be a phone"),
            (post("/v1/contacts", &json!({"kind": "lead", "tags": ["a", "a"]})), "tags: must have at most 50 tags"),
            (post("/v1/contacts", &json!({"kind": "lead", "tags": [1]})), "tags[0]: invalid type"),
            (post("/v1/contacts", &json!({"kind": "lead", "fields": {"a": 1}})), "fields.a: invalid type"),
            (post("/v1/users", &json!({"name": "Ann", "role": "admin", "email": "x"})), "email: must be an e-mail"),
            (post("/v1/users", &json!({"name": "Ann", "role": "boss"})), "role: must be one of: admin, agent"),
            (post("/v1/credits/adjustments", &json!({"amount_micros": 1.5})), "amount_micros: invalid type: floating"),
            (post("/v1/credits/adjustments", &json!({"amount_micros": u64::MAX})), "amount_micros: invalid value"),
            (settings(json!({"colour": {}})), "colour: is not known, expected"),
            (settings(json!({"window": 5})), "window: invalid type: integer `5`, expected an object"),
            (settings(json!({"window": null})), "window: invalid type: null, expected an object"),
            (settings(json!({"window": {"margin": 5}})), "window.margin: is not known, expected one of"),
            (
                settings(json!({"window": {"safety_margin_seconds": 3601}})),
                "window.safety_margin_seconds: must be a whole number from 0 to 3600",
            ),
            (
                settings(json!({"window": {"closing_notice_minutes": 1440}})),
                "window.closing_notice_minutes: must be a whole number from 0 to 1439",
            ),
            (
                settings(json!({"window": {"entry_point_hours": 0}})),
                "window.entry_point_hours: must be a whole number from 1 to 336",
            ),
            (
                settings(json!({"limits": {"marketing_per_contact": {"messages": 2}}})),
                "limits.marketing_per_contact.hours: is missing",
            ),
            (
                settings(json!({"limits": {"business_initiated_per_contact": {"messages": 51, "hours": 24}}})),
                "limits.business_initiated_per_contact.messages: must be a whole number from 1 to 50",
            ),
            (
                settings(json!({"limits": {"held_at_most_hours": "24"}})),
                "limits.held_at_most_hours: must be a whole number from 1 to 720",
            ),
            (post(&format!("{CONVERSATION}/close"), &json!({"x": 1})), "x: is not known, there are no fields"),
            (post(&format!("{CONVERSATION}/assign"), &json!({})), "body: must have one of user_id, group_id and role"),
        ]
        .map(|(request, error)| (request, bad.0, bad.1, error))
        .into(),
    )
    .await;
}

#[tokio::test]
async fn parameters_and_ids_are_named_with_what_is_allowed() {
    let bad = ("invalid-input", 400);
    check(
        [
            ("/v1/contacts?limit=0", "limit: must be a whole number from 1 to 100"),
            ("/v1/contacts?limit=101", "limit: must be a whole number from 1 to 100"),
            ("/v1/contacts?limit=ten", "limit: must be a whole number from 1 to 100"),
            ("/v1/contacts?limit=1&limit=2", "limit: is given more than once"),
            ("/v1/contacts?colour=red", "colour: is not known, expected one of `phone`"),
            ("/v1/contacts?cursor=x", "cursor: must be the next_cursor"),
            ("/v1/contacts?cursor=events.MDAx", "cursor: must be the next_cursor"),
            ("/v1/contacts?phone=x", "phone: must be a phone"),
            ("/v1/contacts?phone=%2B16505551234&bsuid=US.1", "bsuid: must not be given together with phone"),
            ("/v1/conversations?view=yours", "view: must be the id of a view or one of: all, all_unreplied"),
            ("/v1/conversations?unreplied_for=2y", "unreplied_for: must be so many hours, days"),
            ("/v1/conversations?assignee=nobody", "assignee: must be `me`, `none`, a role, or the id of"),
            ("/v1/conversations?unread=maybe", "unread: must be true or false"),
            ("/v1/conversations?channel_id=con_1", "channel_id: must be the id of a channel: chn_"),
            ("/v1/events?type=x", "type: must be one of: attachment.failed"),
            ("/v1/credits?limit=1", "limit: is not known, there are no fields"),
            ("/v1/health?x=1", "x: is not known"),
            ("/v1/channels/x", "id: must be the id of a channel: chn_ and 26 letters and digits"),
            ("/v1/messages/con_00000000000000000000000000", "id: must be the id of a message: msg_ and 52"),
            ("/v1/messages/%ff", "path: must be percent-encoded UTF-8"),
        ]
        .map(|(path, error)| (get(path), bad.0, bad.1, error))
        .into(),
    )
    .await;
}

fn message(change: &[(&str, Value)]) -> Request {
    let mut body = json!({
        "channel_id": "chn_00000000000000000000000000", "to": {"phone": "+16505551234"}, "type": "text",
        "text": {"body": "hi"},
    });
    for (name, value) in change {
        body[*name] = value.clone();
    }
    post("/v1/messages", &body)
}

#[tokio::test]
async fn messages_are_checked_before_anything_is_read_or_written() {
    let both = json!({"phone": "+16505551234", "bsuid": "US.1"});
    check(vec![
        (message(&[("to", both)]), "invalid-input", 400, "to: must have exactly one of contact_id, phone and bsuid"),
        (message(&[("to", json!({"phone": 1}))]), "invalid-input", 400, "to.phone: invalid type"),
        (message(&[("to", json!([null, "+16505551234"]))]), "invalid-input", 400, "to: invalid type: sequence"),
        (message(&[("to", json!({"name": "x"}))]), "invalid-input", 400, "to.name: is not known"),
        (message(&[("send_at", json!("x"))]), "invalid-input", 400, "send_at: must be a time of RFC 3339"),
        (message(&[("sent_at", json!("x"))]), "invalid-input", 400, "sent_at: is not known, expected one of"),
        (message(&[("valid_until", json!("soon"))]), "invalid-input", 400, "valid_until: must be a time of RFC 3339"),
        (message(&[("type", json!("telegram"))]), "invalid-message", 422, "type: is none of: text, image"),
        (message(&[("context", json!({}))]), "invalid-input", 400, "context.message_id: is missing"),
        (message(&[("text", json!({}))]), "invalid-message", 422, "text.body: is missing"),
        (message(&[("text", json!("hi"))]), "invalid-message", 422, "text: must be an object"),
        (message(&[("text", json!({"body": "x".repeat(4097)}))]), "too-long", 422, "text.body: must not be longer"),
    ])
    .await;
    let response = answer(message(&[("text", json!({"body": "x".repeat(4097)}))])).await;
    insta::assert_json_snapshot!(body(response).await);
}

#[tokio::test]
async fn bodies_are_json_of_a_sensible_size() {
    let admin = Some(ADMIN);
    let raw = |body: &str| request(Method::POST, "/v1/groups", admin, body.to_owned());
    let mut text = raw("{}");
    text.headers_mut().insert(CONTENT_TYPE, "text/plain".parse().unwrap());
    let mut charset = raw("{");
    charset.headers_mut().insert(CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
    check(vec![
        (raw("{\"name\": }"), "malformed-json", 400, ""),
        (raw("{\"name\": \"x\"} x"), "malformed-json", 400, ""),
        (raw(&"[".repeat(10_000)), "invalid-input", 400, "body: must be an object"),
        (raw(&format!("{{\"name\": {}", "[".repeat(10_000))), "invalid-input", 400, "name: invalid"),
        (raw("\u{feff}{}"), "malformed-json", 400, ""),
        (raw(r#"{"name": "\ud800"}"#), "malformed-json", 400, ""),
        (raw(r#"{"name": "a", "name": "b"}"#), "invalid-input", 400, "name: is given more than once"),
        (raw(&format!("{{\"name\": \"{}\"}}", "x".repeat(300_000))), "body-too-large", 413, ""),
        (raw(""), "invalid-input", 400, "name: is missing"),
        (charset, "malformed-json", 400, ""),
        (text, "unsupported-media-type", 415, ""),
    ])
    .await;
    let response = answer(raw("{\n  \"name\": }")).await;
    insta::assert_json_snapshot!(body(response).await);
}

#[tokio::test]
async fn an_idempotency_key_is_one_visible_word() {
    for key in ["", "a b", "\u{e9}", &"x".repeat(256)] {
        let mut request = post("/v1/groups", &json!({"name": "Sales"}));
        let value = lambda_http::http::HeaderValue::from_bytes(key.as_bytes()).unwrap();
        request.headers_mut().insert("idempotency-key", value);
        let (kind, status, errors) = problem(request).await;
        assert_eq!((kind.as_str(), status), ("invalid-input", 400));
        assert!(errors[0].starts_with("Idempotency-Key: must be one header of 1 to 255"), "{errors:?}");
    }
}
