//! Runs the readers through real payloads, where `WHATSAPP_CORPUS` names a folder of them.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::errors::{Class, GraphError, Reaction};
use crate::send::{self, Reply};
use crate::templates::{Page, WireTemplate};
use crate::webhook::{Change, Contact, Content, Kind, Message, Status, split};

/// The files of one folder of the corpus whose names start so; `None`, with a note, if there is no corpus.
pub(crate) fn files(folder: &str, start: &str) -> Option<Vec<(String, String)>> {
    #[expect(clippy::disallowed_methods, reason = "the corpus is an option of the test run, not of the product")]
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: {folder} is skipped");
        return None;
    };
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let paths = fs::read_dir(corpus.join(folder)).unwrap().map(|file| file.unwrap().path());
    let named = paths.map(|path| (name(&path), path)).filter(|(name, _)| name.starts_with(start));
    let files: Vec<_> = named.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect();
    assert!(!files.is_empty(), "{folder} has no file {start}*");
    Some(files)
}

#[test]
fn every_webhook_of_the_corpus_is_split_and_read() {
    let Some(files) = files("webhooks", "") else { return };
    for (name, text) in files {
        let atoms = split(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!atoms.is_empty() || text.contains("\"statuses\": []"), "{name}");
        for atom in &atoms {
            if let Some(contact) = atom.contact {
                assert!(Contact::read(contact).unwrap_or_default().person.is_known(), "{name}");
            }
            match atom.kind {
                Kind::Message | Kind::Echo => check_message(&name, &Message::read(atom.part).unwrap()),
                Kind::Status => {
                    let status = Status::read(atom.part).unwrap();
                    assert!(status.word.is_known(), "{name}: {status:?}");
                }
                Kind::Template => {
                    assert!(matches!(Change::read(&atom.field, atom.part), Change::Template(_)), "{name}");
                }
                Kind::UserPreference => {
                    assert!(matches!(Change::read(&atom.field, atom.part), Change::Preference(_)), "{name}");
                }
                Kind::Account | Kind::Unknown => {
                    check_change(&name, &atom.field, &Change::read(&atom.field, atom.part))
                }
                Kind::Foreign => assert_eq!(name, "edge_object_not_whatsapp.json"),
                Kind::History
                | Kind::ContactSync
                | Kind::Call
                | Kind::Group
                | Kind::UserAction
                | Kind::AutomaticEvent
                | Kind::ValueError
                | Kind::Standby
                | Kind::Handover
                | Kind::Flow => {}
            }
        }
    }
}

fn check_message(name: &str, message: &Message) {
    assert!(!matches!(message.content, Content::Unknown(_)), "{name}: {message:?}");
    if matches!(message.content, Content::Unsupported { .. }) {
        assert!(name.contains("unsupported"), "{name}: {message:?}");
    }
    let is_by_type = message.kind != "unsupported" && message.kind != "interactive" && !message.payload.is_null();
    assert!(is_by_type || name.contains("unsupported") || name.contains("interactive"), "{name}");
}

/// Changes that nothing follows from yet may stay unknown.
fn check_change(name: &str, field: &str, change: &Change) {
    let later = ["account_settings_update", "partner_solutions", "payment_configuration_update", "unknown_field_xyz"];
    let is_known = !matches!(change, Change::Unknown);
    assert!(is_known || later.contains(&field) || field.contains('.'), "{name}: {field}");
    if name.starts_with("account_update_") {
        assert!(matches!(change, Change::AccountUpdate(_)), "{name}");
    }
}

#[test]
fn every_error_of_the_corpus_is_read_and_classed() {
    let Some(files) = files("errors", "") else { return };
    for (name, text) in files {
        let Some(error) = GraphError::read(text.as_bytes()) else {
            assert_eq!(name, "error_html_502.json");
            continue;
        };
        // These three samples have HTTP statuses for codes.
        let class = if name.starts_with("spec_40") { None } else { Some(error.class().unwrap()) };
        let expected = match error.code.unwrap() {
            2 => (Some(Class::Service), Reaction::RetryLater),
            4 | 17 | 613 | 80_007 | 130_429 => (Some(Class::Rate), Reaction::RetryLater),
            10 | 104 | 190 | 200 | 131_005 => (Some(Class::Credentials), Reaction::NewToken),
            131_047 => (Some(Class::Permanent), Reaction::CloseWindow),
            134_011 => (Some(Class::Account), Reaction::Refuse),
            100 if error.subcode == Some(2_388_077) => (Some(Class::Template), Reaction::Refuse),
            _ if class.is_none() => (None, Reaction::Refuse),
            _ => (Some(Class::Permanent), Reaction::Refuse),
        };
        assert_eq!((class, error.reaction()), expected, "{name}");
        assert!(error.title.is_some() && error.details.is_some(), "{name}");
    }
}

#[test]
fn every_template_of_the_corpus_is_read() {
    let Some(lists) = files("templates", "list_") else { return };
    for (name, text) in lists {
        let page = Page::read(&text).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(page.templates.len(), value["data"].as_array().unwrap().len(), "{name}");
        assert_eq!(page.next.is_some(), value["paging"]["next"].is_string(), "{name}");
        for template in &page.templates {
            assert!(
                template.name.is_some() && template.status.as_ref().is_some_and(|status| status.is_known()),
                "{name}"
            );
            assert!(!template.language.as_deref().unwrap_or_default().contains('-'), "{name}");
        }
    }
    for (name, text) in files("templates", "node_").unwrap() {
        let template = WireTemplate::read(&text).unwrap();
        assert!(template.id.is_some(), "{name}");
        let braces = text.contains("{{");
        assert_eq!(!template.body_parameters.is_empty() || !template.header_parameters.is_empty(), braces, "{name}");
    }
}

/// Samples that WhatsApp itself would refuse: shortened for print, or with a placeholder for a word. What is wrong in each.
const NOT_A_MESSAGE: &[(&str, &str)] = &[
    ("interactive_none.json", "interactive.type"),
    ("interactive_carousel__2.json", "interactive.action.cards"),
    ("spec_messages_send_multi_product_message.json", "interactive.header.type"),
];

#[test]
fn every_send_of_the_corpus_passes_the_check_and_every_response_is_read() {
    let Some(files) = files("send", "") else { return };
    for (name, text) in files {
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Some(kind) = value["type"].as_str() {
            let checked = send::check(kind, &value[kind]);
            let unfinished = NOT_A_MESSAGE.iter().find(|(sample, _)| *sample == name).map(|(_, field)| *field);
            let wrong: Vec<String> =
                checked.err().unwrap_or_default().into_iter().map(|violation| violation.field).collect();
            assert_eq!(wrong, unfinished.into_iter().collect::<Vec<_>>(), "{name}");
        }
        if name.starts_with("response_") {
            assert!(matches!(send::read_reply(200, text.as_bytes()), Reply::Accepted(_)), "{name}");
        }
    }
}
