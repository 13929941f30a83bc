//! Templates from their creation on: what is refused at once, the review, and everything that befalls them later (P38).

use http::Method;
use serde_json::{Value, json};
use simulator::{Act, Config, Rejection, ReviewPlan, SettingsPatch, Simulator, TemplateWebhooks, Verdict};

use crate::support::{Answer, World, config};

const HOUR_MS: i64 = 60 * 60 * 1000;

fn visit() -> Value {
    json!({
        "name": "visit", "language": "en_US", "category": "utility",
        "components": [{"type": "body", "text": "Hi {{1}}, see you.", "example": {"body_text": [["Ana"]]}}],
    })
}

impl World {
    fn edge(&self, name: &str) -> String {
        format!("/v26.0/{}/{name}", self.simulator.config().waba_id)
    }

    async fn graph(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let token = self.simulator.config().access_token.clone();
        self.call(method, path, Some(&token), body).await.unwrap()
    }

    async fn create(&self, body: &Value) -> Answer {
        self.graph(Method::POST, &self.edge("message_templates"), Some(body)).await
    }

    async fn created(&self, body: &Value) -> String {
        let answer = self.create(body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    async fn edit(&self, id: &str, body: &Value) -> Answer {
        self.graph(Method::POST, &format!("/v26.0/{id}"), Some(body)).await
    }

    /// Waits until a template has a status.
    async fn is(&self, id: &str, status: &str) -> Value {
        for _ in 0..500 {
            let node = self.get(&format!("/v26.0/{id}?fields=status,category,rejected_reason,components")).await.json;
            if node["status"] == status {
                self.settled().await;
                return node;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{id} never became {status}: {:?}", self.simulator.templates());
    }

    fn events(&self) -> Vec<String> {
        let told = self.receiver.values("message_template_status_update");
        told.iter().filter_map(|value| value["event"].as_str().map(str::to_owned)).collect()
    }
}

#[tokio::test]
async fn a_template_is_pending_and_then_approved_unless_planned_otherwise() {
    let world = World::new().await;
    let answer = world.create(&visit()).await;
    assert_eq!((&answer.json["status"], &answer.json["category"]), (&json!("PENDING"), &json!("UTILITY")));
    let id = answer.json["id"].as_str().unwrap().to_owned();
    let node = world.is(&id, "APPROVED").await;
    assert_eq!(node["components"][0]["type"], "BODY");
    assert_eq!(world.events(), ["PENDING", "APPROVED"]);

    let rejection = Rejection { reason: "TAG_CONTENT_MISMATCH".into(), recommendation: Some("Say what it is.".into()) };
    world.simulator.add_review(Verdict::Reject(rejection));
    let mut other = visit();
    other["name"] = "other".into();
    let id = world.created(&other).await;
    assert_eq!(world.is(&id, "REJECTED").await["rejected_reason"], "TAG_CONTENT_MISMATCH");
    let told = world.receiver.values("message_template_status_update").pop().unwrap();
    assert_eq!(told["reason"], "TAG_CONTENT_MISMATCH");
    assert_eq!(told["rejection_info"]["recommendation"], "Say what it is.");
    assert_eq!(world.edit(&id, &json!({"components": visit()["components"]})).await.json, json!({"success": true}));
    assert_eq!(world.is(&id, "APPROVED").await["rejected_reason"], Value::Null);

    for (name, at_once, answered) in [("mis_filed", false, "UTILITY"), ("mis_filed_at_once", true, "MARKETING")] {
        world.simulator.add_review(Verdict::ApproveAs { category: "MARKETING".into(), at_once });
        let mut body = visit();
        body["name"] = name.into();
        let answer = world.create(&body).await;
        assert_eq!(answer.json["category"], answered);
        assert_eq!(world.is(answer.json["id"].as_str().unwrap(), "APPROVED").await["category"], "MARKETING");
    }

    world.simulator.set_default_review(ReviewPlan { after_ms: 0, verdict: Verdict::Wait });
    let mut body = visit();
    body["name"] = "waits".into();
    let id = world.created(&body).await;
    world.settled().await;
    world.simulator.play(&id, Act::Approve { category: None }).unwrap();
    world.is(&id, "APPROVED").await;
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_at_once() {
    let world = World::new().await;
    world.created(&visit()).await;
    let with = |name: &str, value: Value| {
        let mut body = visit();
        (body["name"], body[name]) = ("fresh".into(), value);
        body
    };
    let header = json!([
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::never"]}},
        {"type": "BODY", "text": "Hi"},
    ]);
    for (body, subcode, says) in [
        (visit(), 2_388_024, "already"),
        (with("category", "CHAT".into()), 0, "category"),
        (with("language", "English".into()), 0, "language"),
        (with("name", "Not Good".into()), 0, "name"),
        (with("components", json!([{"type": "FOOTER", "text": "Bye"}])), 2_388_072, "BODY"),
        (with("components", json!([{"type": "BODY", "text": "x".repeat(1_025)}])), 2_388_040, "1024"),
        (with("components", json!([{"type": "BODY", "text": "Hi {{1}}"}])), 2_388_299, "start or end"),
        (with("components", header), 2_494_102, "header_handle"),
    ] {
        let answer = world.create(&body).await;
        let error = &answer.json["error"];
        assert_eq!((answer.status, answer.code()), (400, 100), "{body}");
        assert_eq!(error["error_subcode"].as_i64().unwrap_or_default(), subcode, "{body} {}", answer.text);
        assert!(answer.text.contains(says), "{}", answer.text);
    }
    world.simulator.change_settings(SettingsPatch { template_limit: Some(1), ..SettingsPatch::default() });
    assert_eq!(world.create(&with("name", "second".into())).await.json["error"]["error_subcode"], 2_388_019);
}

#[tokio::test]
async fn deletion_takes_all_languages_or_one_and_keeps_the_name_blocked() {
    let world = World::new().await;
    let list = world.edge("message_templates");
    let mut ids = Vec::new();
    for language in ["en_US", "es", "fr"] {
        let mut body = visit();
        body["language"] = language.into();
        ids.push(world.created(&body).await);
    }
    let one = world.graph(Method::DELETE, &format!("{list}?hsm_id={}&name=visit", ids[0]), None).await;
    assert_eq!(one.json, json!({"success": true}));
    let mut german = visit();
    german["language"] = "de".into();
    ids.push(world.created(&german).await);
    assert_eq!(world.create(&visit()).await.json["error"]["error_subcode"], 2_388_023);
    let several = format!("{list}?hsm_ids=%5B%22{}%22%2C{}%5D", ids[1], ids[2]);
    assert_eq!(world.graph(Method::DELETE, &several, None).await.status, 200);
    assert_eq!(world.graph(Method::DELETE, &several, None).await.json["error"]["error_subcode"], 2_593_002);
    assert_eq!(world.graph(Method::DELETE, &format!("{list}?name=visit"), None).await.status, 200);
    assert!(world.simulator.templates().is_empty());
    german["language"] = "it".into();
    assert_eq!(world.create(&german).await.json["error"]["error_subcode"], 2_388_023);
    world.settled().await;
    assert_eq!(world.events().iter().filter(|event| *event == "DELETED").count(), 4);
}

#[tokio::test]
async fn edits_go_to_review_again_and_are_counted_where_approved() {
    let world = World::new().await;
    let id = world.created(&visit()).await;
    let text = |text: &str| json!({"components": [{"type": "BODY", "text": text}]});
    assert_eq!(world.edit(&id, &text("Too early")).await.json["error"]["error_subcode"], 2_388_003);
    world.is(&id, "APPROVED").await;
    assert_eq!(world.edit(&id, &json!({"category": "MARKETING"})).await.json["error"]["error_subcode"], 2_388_003);
    assert_eq!(world.edit(&id, &json!({})).await.code(), 100);
    assert_eq!(world.edit(&id, &text("Hello")).await.status, 200);
    assert_eq!(world.is(&id, "APPROVED").await["components"][0]["text"], "Hello");
    assert_eq!(world.receiver.values("message_template_components_update")[0]["message_template_element"], "Hello");
    assert!(world.edit(&id, &text("Again")).await.text.contains("1 time(s) in 1 day(s)"));
    world.simulator.play(&id, Act::Pause { for_ms: None, by_rate: false }).unwrap();
    assert_eq!(world.edit(&id, &text("Better")).await.status, 200);
    world.is(&id, "APPROVED").await;
}

#[tokio::test]
async fn a_pause_ends_by_itself_by_a_call_or_not_at_all() {
    let world = World::with(Config { speed: 360_000, ..config() }).await;
    let id = world.created(&visit()).await;
    world.is(&id, "APPROVED").await;
    let pause = |by_rate| world.simulator.play(&id, Act::Pause { for_ms: None, by_rate });
    pause(false).unwrap();
    assert!(pause(false).is_err(), "it is paused already");
    world.is(&id, "APPROVED").await;
    let told = world.receiver.values("message_template_status_update");
    let titles: Vec<&str> = told.iter().filter_map(|value| value["other_info"]["title"].as_str()).collect();
    assert_eq!(titles, ["FIRST_PAUSE", "UNPAUSE"]);
    world.simulator.play(&id, Act::Pause { for_ms: Some(HOUR_MS), by_rate: false }).unwrap();
    let path = format!("/v26.0/{id}/unpause");
    assert_eq!(world.graph(Method::POST, &path, None).await.json, json!({"success": true}));
    assert_eq!(world.graph(Method::POST, &path, None).await.json["success"], false);
    pause(true).unwrap();
    world.is(&id, "PAUSED").await;
    world.graph(Method::POST, &path, None).await;
    pause(false).unwrap();
    world.is(&id, "DISABLED").await;
    let told = world.receiver.values("message_template_status_update").pop().unwrap();
    assert!(told["disable_info"]["disable_date"].is_i64(), "{told}");
}

#[tokio::test]
async fn later_acts_are_told_in_both_forms() {
    let world = World::new().await;
    let id = world.created(&visit()).await;
    world.is(&id, "APPROVED").await;
    let play = |act| world.simulator.play(&id, act).unwrap();
    play(Act::Category { category: "MARKETING".into(), in_ms: Some(1_500) });
    let form = |form| {
        world.simulator.change_settings(SettingsPatch { template_webhooks: Some(form), ..SettingsPatch::default() })
    };
    world.settled().await;
    let impending = &world.receiver.values("template_category_update")[0];
    assert_eq!((&impending["new_category"], &impending["correct_category"]), (&json!("UTILITY"), &json!("MARKETING")));
    assert!(impending["category_update_timestamp"].is_i64());
    form(TemplateWebhooks::Documented);
    play(Act::Quality { score: "YELLOW".into() });
    world.settled().await;
    let quality = world.receiver.values("message_template_status_update").pop().unwrap();
    assert_eq!(
        (&quality["new_quality_score"], &quality["message_template_language"]),
        (&json!("YELLOW"), &json!("en-US"))
    );
    assert_eq!(quality["message_template_id"], id.as_str());
    for _ in 0..300 {
        if world.receiver.values("template_category_update").len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let done = &world.receiver.values("template_category_update")[1];
    assert_eq!((&done["previous_category"], &done["new_category"]), (&json!("UTILITY"), &json!("MARKETING")));

    form(TemplateWebhooks::Regular);
    for (act, status) in [
        (Act::Flag, "APPROVED"),
        (Act::Archive { for_ms: Some(HOUR_MS) }, "ARCHIVED"),
        (Act::Unarchive, "APPROVED"),
        (Act::Disable, "DISABLED"),
        (Act::Appeal, "APPROVED"),
        (Act::Lock, "LOCKED"),
        (Act::LimitExceeded, "LIMIT_EXCEEDED"),
        (Act::PendingDeletion, "PENDING_DELETION"),
    ] {
        play(act);
        world.is(&id, status).await;
    }
    play(Act::Archive { for_ms: Some(20) });
    for _ in 0..300 {
        if world.simulator.templates().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    world.settled().await;
    let last = [
        "FLAGGED",
        "ARCHIVED",
        "UNARCHIVED",
        "DISABLED",
        "IN_APPEAL",
        "REINSTATED",
        "LOCKED",
        "LIMIT_EXCEEDED",
        "PENDING_DELETION",
        "ARCHIVED",
        "DELETED",
    ];
    let events = world.events();
    assert_eq!(events[events.len() - last.len()..], last);
}

#[tokio::test]
async fn header_files_are_uploaded_in_pieces_by_a_session() {
    let world = World::new().await;
    let (config, handle) = (world.simulator.config().clone(), upload(&world).await);
    let components = json!([
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}},
        {"type": "BODY", "text": "Hi"},
    ]);
    let id = world
        .created(&json!({"name": "picture", "language": "en", "category": "MARKETING", "components": components}))
        .await;
    let node = world.is(&id, "APPROVED").await;
    assert!(node["components"][0]["example"]["header_handle"][0].as_str().unwrap().starts_with("https://"));
    assert_eq!(world.simulator.uploaded()[0].content.as_ref(), b"pixels");
    assert_eq!(world.get("/v26.0/app").await.json["id"], config.app_id.as_str());
    let path = format!("/v26.0/{}/uploads?file_length=6&file_type=text/plain&file_name=a", config.app_id);
    assert_eq!(world.graph(Method::POST, &path, None).await.code(), 100);
}

async fn upload(world: &World) -> String {
    let config = world.simulator.config();
    let path = format!("/v26.0/{}/uploads?file_length=6&file_type=image/png&file_name=a.png", config.app_id);
    let session = world.graph(Method::POST, &path, None).await.json["id"].as_str().unwrap().to_owned();
    let put = async |method: Method, word: &str, offset: &str, bytes: &'static [u8]| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}/v26.0/{session}", world.simulator.base_url()))
            .header("authorization", format!("{word} {}", config.access_token))
            .header("file_offset", offset);
        world.ask(request.body(bytes::Bytes::from_static(bytes)).unwrap()).await.unwrap()
    };
    assert_eq!(put(Method::POST, "Bearer", "0", b"pix").await.status, 401);
    assert_eq!(put(Method::POST, "OAuth", "0", b"pix").await.json["file_offset"], 3);
    assert_eq!(put(Method::POST, "OAuth", "0", b"els").await.status, 400);
    assert_eq!(put(Method::GET, "OAuth", "0", b"").await.json["file_offset"], 3);
    let done = put(Method::POST, "OAuth", "3", b"els").await;
    done.json["h"].as_str().unwrap_or_else(|| panic!("{}", done.text)).to_owned()
}

#[tokio::test]
async fn library_templates_and_bulk_upserts_are_approved_at_once() {
    let world = World::new().await;
    let library = world.get("/v26.0/message_template_library?topic=PAYMENTS&search=deposit&language=en_US").await;
    assert_eq!(library.json["data"].as_array().unwrap().len(), 0);
    let library = world.get("/v26.0/message_template_library?topic=PAYMENTS&search=balance").await;
    assert_eq!(library.json["data"][0]["name"], "balance_low_1");
    assert_eq!(world.get(&world.edge("message_template_library")).await.json["data"].as_array().unwrap().len(), 5);
    let mut body = json!({
        "name": "ours", "language": "en_US", "category": "UTILITY", "library_template_name": "parcel_on_its_way_1",
    });
    assert_eq!(world.create(&body).await.code(), 100, "its button needs an address");
    body["library_template_button_inputs"] =
        json!([{"type": "URL", "url": {"base_url": "https://shop.example/{{1}}", "url_suffix_example": "https://shop.example/1"}}]).to_string().into();
    assert_eq!(world.create(&body).await.json["status"], "APPROVED");

    let path = world.edge("upsert_message_templates");
    let mut code = json!({
        "name": "code", "languages": ["en_US", "es_ES", "fr"], "category": "AUTHENTICATION",
        "components": [
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "FOOTER", "code_expiration_minutes": 10},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
        ],
    });
    let first = world.graph(Method::POST, &path, Some(&code)).await.json;
    assert_eq!((&first["data"][1]["language"], &first["data"][1]["status"]), (&json!("es_ES"), &json!("APPROVED")));
    assert_eq!(first, world.graph(Method::POST, &path, Some(&code)).await.json, "the same templates again");
    let node = world.is(first["data"][0]["id"].as_str().unwrap(), "APPROVED").await;
    assert_eq!(node["components"][1]["text"], "This code expires in 10 minutes.");
    code["category"] = "UTILITY".into();
    assert_eq!(world.graph(Method::POST, &path, Some(&code)).await.code(), 100);

    let path = world.edge("message_template_previews");
    let query = "category=AUTHENTICATION&languages=es_ES&code_expiration_minutes=5&button_types=OTP";
    let preview = world.get(&format!("{path}?{query}")).await.json;
    assert_eq!(preview["data"][0]["footer"], "Este código caduca en 5 minutos.");
}

#[tokio::test]
async fn what_is_planned_for_a_template_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Config { data: Some(folder.path().to_owned()), ..config() };
    let simulator = Simulator::start(kept.clone()).await.unwrap();
    let template = simulator.put_template(simulator::Template::text("visit", "en_US", "UTILITY", "Hi").into());
    simulator.play(&template.id, Act::Pause { for_ms: Some(400), by_rate: false }).unwrap();
    simulator.shutdown().await.unwrap();
    let simulator = Simulator::start(kept).await.unwrap();
    assert_eq!(simulator.templates()[0].status, "PAUSED");
    for _ in 0..300 {
        if simulator.templates()[0].status == "APPROVED" {
            return simulator.shutdown().await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the pause never ended");
}

#[tokio::test]
async fn an_answer_can_be_given_word_for_word() {
    let world = World::new().await;
    let order =
        json!({"operation": "message_templates", "fault": {"kind": "answer", "body": {"data": [{"name": "x"}]}}});
    assert_eq!(world.control(Method::POST, "/faults", order).await.status, 204);
    let list = world.edge("message_templates");
    assert_eq!(world.get(&list).await.json, json!({"data": [{"name": "x"}]}));
    assert_eq!(world.get(&list).await.json, json!({"data": []}));
}
