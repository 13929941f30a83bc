//! Typed reading, from parts as Meta writes them.
use domain::Time;
use serde_json::value::RawValue;

use super::*;

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

fn message(json: &str) -> Message {
    Message::read(raw(json)).unwrap()
}

/// The content of a message of `kind` whose member of that name is `payload`.
fn content(kind: &str, payload: &str) -> Content {
    message(&format!(r#"{{"id":"w","timestamp":"1","type":"{kind}","{kind}":{payload}}}"#)).content
}

fn own(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_message_is_read_with_everything_around_it() {
    let message = message(
        r#"{"from":"","from_user_id":"US.1","from_parent_user_id":"US.ENT.2","id":"wamid.1","timestamp":1700000000,
            "text":{"body":""},"group_id":"G","errors":[{"code":131060}],
            "context":{"id":"wamid.0","from":"49","forwarded":true,"referred_product":{"catalog_id":"C"}},
            "referral":{"source_type":"ad","source_id":"7","ctwa_clid":"X","video_url":"v","welcome_message":{"text":"Hi"}}}"#,
    );
    assert_eq!(message.from, Person { wa_id: None, user_id: own("US.1"), parent_user_id: own("US.ENT.2") });
    assert_eq!(message.at, Some(Time::from_seconds(1_700_000_000)));
    assert_eq!(message.kind, "text"); // inferred
    assert!(matches!(message.content, Content::Text { ref body } if body.is_empty()));
    assert_eq!(message.payload, serde_json::json!({"body": ""}));
    assert_eq!(message.group_id, own("G"));
    assert_eq!(message.errors[0].code, Some(131_060));
    let context = message.context.unwrap();
    assert_eq!((context.wamid, context.catalog_id, context.forwarded), (own("wamid.0"), own("C"), true));
    let referral = message.referral.unwrap();
    assert_eq!((referral.click_id, referral.media_url, referral.welcome_text), (own("X"), own("v"), own("Hi")));
}

#[test]
fn a_text_cut_in_the_middle_of_an_emoji_is_split_and_read() {
    let body = br#"{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":
        {"contacts":[{"profile":{"name":"\ud83d"},"wa_id":"1"}],"messages":[{"id":"w","type":"text","text":{"body":"a\ud83d"}}]}}]}]}"#;
    let atoms = split(body).unwrap();
    assert_eq!(atoms.len(), 1);
    let Content::Text { body } = Message::read(atoms[0].part).unwrap().content else { panic!() };
    assert_eq!(body, "a\u{fffd}");
    assert_eq!(Contact::read(atoms[0].contact.unwrap()).unwrap().name, own("\u{fffd}"));
}

#[test]
fn media_of_every_type_are_read() {
    let payload =
        r#"{"id":5,"mime_type":"m","sha256":"s","caption":"c","filename":"f","voice":true,"animated":true,"url":"u"}"#;
    for kind in ["image", "audio", "voice", "video", "document", "sticker"] {
        let content = content(kind, payload);
        let media = content.media().unwrap();
        assert_eq!(
            (media.id.as_deref(), media.filename.as_deref(), media.voice),
            (Some("5"), Some("f"), true),
            "{kind}"
        );
    }
}

#[test]
fn contents_without_media_are_read() {
    let Content::Location(place) = content("location", r#"{"latitude":-10.9394,"longitude":"12.5","name":"Café"}"#)
    else {
        panic!()
    };
    assert_eq!((place.latitude, place.longitude, place.name), (own("-10.9394"), own("12.5"), own("Café")));
    let Content::Contacts(cards) = content(
        "contacts",
        r#"[{"name":{"formatted_name":"Ann"},"phones":[{"phone":"+1","wa_id":"1"}],"origin":"contact_request"}]"#,
    ) else {
        panic!()
    };
    assert_eq!(
        (cards[0].name.clone(), cards[0].phones[0].wa_id.clone(), cards[0].is_requested),
        (own("Ann"), own("1"), true)
    );
    let Content::Order(order) =
        content("order", r#"{"catalog_id":"C","text":"","product_items":[{"quantity":"2","item_price":30.5}]}"#)
    else {
        panic!()
    };
    assert_eq!((order.text, order.items[0].quantity, order.items[0].price.clone()), (None, Some(2), own("30.5")));
    let Content::Button { payload, text } = content("button", r#"{"payload":"P","text":"T"}"#) else { panic!() };
    assert_eq!((payload, text), (own("P"), own("T")));
}

#[test]
fn a_reaction_without_an_emoji_was_taken_back() {
    for (payload, left) in [
        (r#"{"message_id":"w0","emoji":"👍"}"#, own("👍")),
        (r#"{"message_id":"w0","emoji":""}"#, None),
        (r#"{"message_id":"w0"}"#, None),
    ] {
        let Content::Reaction { message_id, emoji } = content("reaction", payload) else { panic!() };
        assert_eq!((message_id.as_str(), emoji), ("w0", left));
    }
}

#[test]
fn interactive_answers_are_read() {
    let reply = |kind: &str, payload: &str| {
        let Content::Interactive(reply) = content("interactive", &format!(r#"{{"type":"{kind}","{kind}":{payload}}}"#))
        else {
            panic!()
        };
        reply
    };
    let (id, title) = (own("i"), own("t"));
    assert_eq!(
        reply("button_reply", r#"{"id":"i","title":"t"}"#),
        Interactive::ButtonReply { id: id.clone(), title: title.clone() }
    );
    assert_eq!(
        reply("list_reply", r#"{"id":"i","title":"t","description":"d"}"#),
        Interactive::ListReply { id, title, description: own("d") }
    );
    for (response_json, response) in [
        (r#""{\"a\":1}""#, FlowResponse::Json(serde_json::json!({"a": 1}))),
        (r#""not JSON""#, FlowResponse::Text("not JSON".into())),
        (r#"{"a":1}"#, FlowResponse::Json(serde_json::json!({"a": 1}))),
    ] {
        let flow = reply("nfm_reply", &format!(r#"{{"name":"flow","response_json":{response_json}}}"#));
        assert_eq!(flow, Interactive::FlowReply(FlowReply { name: own("flow"), body: None, response }));
    }
    let permission = CallPermission {
        response: PermissionResponse::Accept,
        is_permanent: false,
        expires_at: Some(Time::from_seconds(9)),
        source: None,
    };
    let answer = r#"{"response":"accept","expiration_timestamp":9}"#;
    assert_eq!(reply("call_permission_reply", answer), Interactive::CallPermission(permission));
    assert!(matches!(reply("payment_method", "{}"), Interactive::PaymentMethod(_)));
    assert_eq!(reply("later", "{}"), Interactive::Unknown("later".into()));
}

#[test]
fn what_cannot_be_shown_is_unsupported_and_what_is_new_is_unknown() {
    let unsupported = |json: &str| {
        let Content::Unsupported { kind, codes } = message(json).content else { panic!("{json}") };
        (kind, codes)
    };
    // P6: an ad chat's first message in coexistence.
    assert_eq!(unsupported(r#"{"id":"w","type":"unsupported","errors":[{"code":131060}]}"#), (None, vec![131_060]));
    assert_eq!(unsupported(r#"{"id":"w","type":"unsupported","unsupported":{"type":"edit"}}"#), (own("edit"), vec![]));
    for kind in ["text", "interactive", "reaction", "edit", "image", "contacts"] {
        assert_eq!(unsupported(&format!(r#"{{"id":"w","type":"{kind}"}}"#)).0, own(kind));
    }
    assert_eq!(unsupported(r#"{"id":"w","type":"text","text":[]}"#).0, own("text"));
    for (json, kind) in [(r#"{"id":"w","type":"hologram","hologram":{}}"#, "hologram"), (r#"{"id":"w"}"#, "")] {
        assert!(matches!(message(json).content, Content::Unknown(ref word) if word == kind)); // P5
    }
    assert!(matches!(message(r#"{"id":"w","type":"media_placeholder"}"#).content, Content::MediaPlaceholder));
    assert!(Message::read(raw(r#"{"type":"text"}"#)).is_err());
    assert!(Message::read(raw("7")).is_err());
}

#[test]
fn edits_and_revokes_point_at_the_message_they_change() {
    let edit = r#"{"original_message_id":"w0","message":{"type":"image","image":{"caption":"new"}}}"#;
    let Content::Edit { message_id, content: Some(inner) } = content("edit", edit) else { panic!() };
    assert_eq!((message_id.as_str(), inner.media().and_then(|media| media.caption.clone())), ("w0", own("new")));
    let nested = r#"{"original_message_id":"w0","message":{"type":"edit","edit":{"original_message_id":"w1"}}}"#;
    assert!(matches!(content("edit", nested), Content::Edit { content: None, .. }));
    assert!(
        matches!(content("revoke", r#"{"original_message_id":"w0"}"#), Content::Revoke { message_id } if message_id == "w0")
    );
}

#[test]
fn a_new_number_or_user_id_is_told_with_the_old_one() {
    // P33
    let system = |from: &str, system: &str| {
        let json = format!(r#"{{"id":"w","type":"system",{from}"system":{system}}}"#);
        let Content::System(system) = message(&json).content else { panic!() };
        system
    };
    let number = system(
        r#""from":"4915100000001","#,
        r#"{"type":"user_changed_number","wa_id":"4915100000002","user_id":"DE.2"}"#,
    );
    assert_eq!(number.kind, SystemKind::NumberChanged);
    assert_eq!(
        (number.previous.wa_id, number.current.wa_id, number.current.user_id),
        (own("4915100000001"), own("4915100000002"), own("DE.2"))
    );

    let legacy = system("", r#"{"type":"customer_changed_number","customer":"1","new_wa_id":"2"}"#);
    assert_eq!((legacy.previous.wa_id, legacy.current.wa_id), (own("1"), own("2")));

    let typed = system(
        "",
        r#"{"type":"user_changed_user_id","previous_user_id":"US.A1","user_id":"US.B2","body":"x from US.C3 to US.D4"}"#,
    );
    assert_eq!((typed.previous.user_id, typed.current.user_id), (own("US.A1"), own("US.B2")));

    let body = r#"{"type":"user_changed_user_id","body":"User JR.Ewing changed from US.A1 to US.ENT.B2."}"#;
    let parsed = system("", body);
    assert_eq!((parsed.previous.user_id, parsed.current.user_id), (own("US.A1"), own("US.ENT.B2")));

    let digits =
        system("", r#"{"type":"user_changed_number","body":"Ann 77 changed from 15550002222 to 15550003333"}"#);
    assert_eq!((digits.previous.wa_id, digits.current.wa_id), (own("15550002222"), own("15550003333")));

    let identity = system(r#""from":"1","#, r#"{"type":"user_identity_changed","body":"security code"}"#);
    assert_eq!((identity.kind, identity.current.is_known()), (SystemKind::IdentityChanged, false));
}

#[test]
fn a_status_is_read_for_a_person_and_for_a_participant() {
    let status = Status::read(raw(
        r#"{"id":"w","status":"read","timestamp":"5","recipient_id":"1","recipient_user_id":"US.1","biz_opaque_callback_data":"msg_1",
            "pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"authentication-international"},
            "conversation":{"id":"c","expiration_timestamp":"9","origin":{"type":"service"}}}"#,
    ));
    let status = status.unwrap();
    assert_eq!((status.word, status.at, status.opaque), (StatusWord::Read, Some(Time::from_seconds(5)), own("msg_1")));
    assert_eq!((status.recipient.wa_id, status.group_id), (own("1"), None));
    let pricing = status.pricing.unwrap();
    assert_eq!(pricing.kind, Some(PricingType::Regular));
    assert_eq!(pricing.category, Some(PricingCategory::AuthenticationInternational));
    assert_eq!(status.conversation.unwrap().expires_at, Some(Time::from_seconds(9)));

    let group = Status::read(raw(
        r#"{"id":"w","status":"warning","recipient_type":"group","recipient_id":"G","participant_recipient_id":"1",
            "conversation":{"pricing":{"billable":"IS","category":"group_marketing"}},"errors":[{"code":"131026"}]}"#,
    ));
    let group = group.unwrap();
    assert_eq!(
        (group.word, group.group_id, group.recipient.wa_id),
        (StatusWord::Unknown("warning".into()), own("G"), own("1"))
    );
    let pricing = group.pricing.unwrap();
    assert_eq!((pricing.billable, pricing.category), (None, Some(PricingCategory::GroupMarketing)));
    assert_eq!((group.at, group.errors[0].code), (None, Some(131_026)));
    assert!(Status::read(raw(r#"{"status":"sent"}"#)).is_err());
    assert!(Status::read(raw(r#"{"id":"w"}"#)).is_err());
}

#[test]
fn a_contact_may_have_no_phone_and_a_username_with_an_at() {
    let contact =
        Contact::read(raw(r#"{"wa_id":"","user_id":"US.1","profile":{"name":"Ann","username":"@ann"}}"#)).unwrap();
    assert_eq!((contact.person.wa_id, contact.person.user_id), (None, own("US.1")));
    assert_eq!((contact.name, contact.username), (own("Ann"), own("ann")));
    assert_eq!(Contact::read(raw(r#"{"wa_id":"1"}"#)).unwrap().name, None);
}

#[test]
fn kinds_are_read_back_from_their_words() {
    for kind in [Kind::Message, Kind::Status, Kind::Echo, Kind::ValueError, Kind::Foreign, Kind::Unknown] {
        assert_eq!(Kind::read(kind.word()), kind);
    }
    assert_eq!(Kind::read("later"), Kind::Unknown);
}
