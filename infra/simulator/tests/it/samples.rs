//! What the template edges answer, beside Meta's own samples of it in the folder that `WHATSAPP_CORPUS` names.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use crate::support::World;

/// The samples whose names begin so.
fn samples(beginning: &str) -> Vec<Value> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(std::path::PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its templates are skipped");
        return Vec::new();
    };
    let files = std::fs::read_dir(corpus.join("templates")).unwrap().map(|file| file.unwrap().path());
    let meant = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(beginning));
    meant.map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn members(value: &Value) -> BTreeSet<&String> {
    value.as_object().unwrap().keys().collect()
}

async fn post(world: &World, edge: &str, body: &Value) -> Value {
    let (path, token) =
        (format!("/v26.0/{}/{edge}", world.simulator.config().waba_id), world.simulator.config().access_token.clone());
    let answer = world.call(Method::POST, &path, Some(&token), Some(body)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

#[tokio::test]
async fn previews_are_worded_as_metas() {
    let world = World::new().await;
    for sample in [samples("auth_preview_1"), samples("preview_1")].concat() {
        let query = "category=AUTHENTICATION&language=en_US,es_ES&add_security_recommendation=true\
                     &code_expiration_minutes=10&button_types=OTP";
        let path = format!("/v26.0/{}/message_template_previews?{query}", world.simulator.config().waba_id);
        assert_eq!(world.get(&path).await.json, sample);
    }
}

#[tokio::test]
async fn bulk_upserts_and_creations_are_answered_in_metas_form() {
    let world = World::new().await;
    let answers = samples("upsert_bulk_3");
    let asked = [samples("upsert_bulk_1"), samples("upsert_bulk_2")].concat();
    for body in asked {
        let (answer, sample) = (post(&world, "upsert_message_templates", &body).await, &answers[0]);
        for (told, sample) in answer["data"].as_array().unwrap().iter().zip(sample["data"].as_array().unwrap()) {
            assert_eq!(members(told), members(sample));
            assert_eq!((&told["language"], &told["status"]), (&sample["language"], &sample["status"]));
        }
    }
    let answers = [samples("create_response_pending"), samples("spec_res_post")].concat();
    for (place, body) in samples("create_utility_body").into_iter().enumerate() {
        let mut body = body;
        body["name"] = format!("sample_{place}").into();
        let answer = post(&world, "message_templates", &body).await;
        for sample in &answers {
            assert_eq!((members(&answer), &answer["status"]), (members(sample), &sample["status"]));
        }
    }
}
