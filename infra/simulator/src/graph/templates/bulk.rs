//! Authentication templates, whose words are Meta's own: `upsert_message_templates` for several languages at once and
//! `message_template_previews`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Call;
use super::super::errors::GraphError;
use super::{body, create, of_account, rules};
use crate::core::Core;
use crate::review;
use crate::state::reviews::Act;
use crate::state::templates::Template;

/// Meta's words of one language; `%` is the number of minutes.
struct Words {
    language: &'static str,
    body: &'static str,
    warning: &'static str,
    footer: &'static str,
    copy: &'static str,
    autofill: &'static str,
}

const WORDS: [Words; 3] = [
    Words {
        language: "en",
        body: "*{{1}}* is your verification code.",
        warning: "For your security, do not share this code.",
        footer: "This code expires in % minutes.",
        copy: "Copy code",
        autofill: "Autofill",
    },
    Words {
        language: "es",
        body: "Tu código de verificación es *{{1}}*.",
        warning: "Por tu seguridad, no lo compartas.",
        footer: "Este código caduca en % minutos.",
        copy: "Copiar código",
        autofill: "Autocompletar",
    },
    Words {
        language: "fr",
        body: "Votre code de vérification est *{{1}}*.",
        warning: "Pour votre sécurité, ne le partagez pas.",
        footer: "Ce code expire dans % minutes.",
        copy: "Copier le code",
        autofill: "Remplir automatiquement",
    },
];

fn words(language: &str) -> &'static Words {
    let base = language.split('_').next().unwrap_or_default();
    let [english, ..] = &WORDS;
    WORDS.iter().find(|words| words.language == base).unwrap_or(english)
}

impl Words {
    fn body(&self, with_warning: bool) -> String {
        if with_warning { format!("{} {}", self.body, self.warning) } else { self.body.to_owned() }
    }

    fn footer(&self, minutes: i64) -> String {
        self.footer.replace('%', &minutes.to_string())
    }
}

/// The components of an authentication template with the words that Meta gives them in a language.
pub(super) fn worded(components: &[Value], language: &str) -> Vec<Value> {
    let words = words(language);
    let mut components = components.to_vec();
    for component in &mut components {
        let kind = component.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let warns = component.get("add_security_recommendation").and_then(Value::as_bool).unwrap_or_default();
        let minutes = component.get("code_expiration_minutes").and_then(Value::as_i64);
        let Some(members) = component.as_object_mut() else { continue };
        let has_text = members.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        match (kind.as_str(), minutes) {
            ("BODY", _) if !has_text => {
                members.insert("text".into(), words.body(warns).into());
                members.insert("example".into(), json!({"body_text": [["123456"]]}));
            }
            ("FOOTER", Some(minutes)) if !has_text => {
                members.insert("text".into(), words.footer(minutes).into());
            }
            ("BUTTONS", _) => {
                let buttons = members.get_mut("buttons").and_then(Value::as_array_mut);
                for button in buttons.into_iter().flatten().filter_map(Value::as_object_mut) {
                    button.entry("text").or_insert_with(|| words.copy.into());
                }
            }
            _ => {}
        }
    }
    components
}

/// `POST /{version}/{waba_id}/upsert_message_templates`: each language is created or replaced, and approved at once.
pub(super) fn upsert(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    of_account(core, call)?;
    let body = body(call)?;
    let name = rules::name(&body)?;
    let category = rules::category(&rules::text(&body, "category")?)?;
    if category != "AUTHENTICATION" {
        return Err(GraphError::parameter("Only authentication templates can be upserted."));
    }
    let languages: Vec<String> = body
        .get("languages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(rules::language)
        .collect::<Result<_, _>>()?;
    if languages.is_empty() {
        return Err(GraphError::parameter("The parameter languages is required."));
    }
    core.write(|state| {
        let given =
            body.get("components").ok_or_else(|| GraphError::parameter("The parameter components is required."))?;
        let components = rules::components(state, given, &category)?;
        for language in languages.iter().filter(|language| state.template(&name, language).is_none()) {
            create::admit_name(state, &name, language)?;
        }
        let mut answers = Vec::new();
        for language in &languages {
            let template = Template {
                components: worded(&components, language),
                status: "PENDING".into(),
                message_send_ttl_seconds: body.get("message_send_ttl_seconds").and_then(Value::as_i64),
                ..Template::text(&name, language, &category, "")
            };
            let id = state.put_template(template).1.id;
            review::play(core, state, &id, Act::Approve { category: None }).map_err(GraphError::parameter)?;
            answers.push(json!({"id": id, "status": "APPROVED", "language": language}));
        }
        Ok(json!({"data": answers}))
    })
}

/// `GET /{version}/{waba_id}/message_template_previews`
pub(super) fn previews(core: &Core, call: &Call) -> Result<Value, GraphError> {
    of_account(core, call)?;
    let category = rules::category(call.parameter("category").unwrap_or_default())?;
    if category != "AUTHENTICATION" {
        return Err(GraphError::parameter("Param category must be AUTHENTICATION."));
    }
    let button = call.parameter("button_types").unwrap_or("OTP").to_ascii_uppercase();
    if button != "OTP" {
        return Err(GraphError::parameter("Param button_types must be OTP."));
    }
    let warns = call.parameter("add_security_recommendation") == Some("true");
    let minutes: Option<i64> = call.parameter("code_expiration_minutes").and_then(|minutes| minutes.parse().ok());
    if minutes.is_some_and(|minutes| !(1..=90).contains(&minutes)) {
        return Err(GraphError::parameter("Param code_expiration_minutes must be from 1 to 90."));
    }
    let languages = match call.parameter("languages").or_else(|| call.parameter("language")) {
        Some(languages) => {
            languages.split(',').map(|one| rules::language(one.trim())).collect::<Result<Vec<_>, _>>()?
        }
        None => vec!["en_US".to_owned(), "es_ES".to_owned(), "fr".to_owned()],
    };
    let preview = |language: &String| {
        let words = words(language);
        let mut preview = json!({
            "body": words.body(warns), "language": language,
            "buttons": [{"autofill_text": words.autofill, "text": words.copy}],
        });
        if let (Some(minutes), Some(preview)) = (minutes, preview.as_object_mut()) {
            preview.insert("footer".into(), words.footer(minutes).into());
        }
        preview
    };
    Ok(json!({"data": languages.iter().map(preview).collect::<Vec<_>>()}))
}
