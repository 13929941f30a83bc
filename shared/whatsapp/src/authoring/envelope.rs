//! What stands around the components: name, language, category, format, time to live.
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::report::Report;
use crate::send::check::rule::none_of;
use crate::templates::{Category, ParameterFormat};

const NAME_MAX: usize = 512;
/// Each language is two rows of ours, which are written together.
const LANGUAGES_MAX: usize = 50;
const CATEGORIES: &[&str] = &["MARKETING", "UTILITY", "AUTHENTICATION"];
const FORMATS: &[&str] = &["named", "positional"];
/// Meta's longest, 30 days, where it is not said in seconds.
const LONGEST: i64 = -1;

pub(super) fn check_name(name: Option<&Value>, report: &mut Report) {
    match name {
        None => report.say("name", "is missing"),
        Some(Value::String(text)) => {
            if text.chars().count() > NAME_MAX {
                report.over("name", NAME_MAX, "characters");
            }
            let is_good = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            if text.is_empty() || !text.bytes().all(is_good) {
                report.say("name", "must be of lower-case letters a to z, digits and _ only");
            }
        }
        Some(_) => report.say("name", "must be a string"),
    }
}

/// One `language`, or for authentication several `languages`.
pub(super) fn check_languages(body: &Map<String, Value>, category: Option<&Category>, report: &mut Report) {
    match (body.get("language"), body.get("languages")) {
        (None, None) => report.say("language", "is missing"),
        (Some(_), Some(_)) => report.say("languages", "must not be given together with language"),
        (Some(code), None) => check_language("language", code, report),
        (None, Some(codes)) => {
            let codes = report.items("languages", codes);
            if codes.is_empty() {
                report.say("languages", "must have at least one language");
            }
            if codes.len() > LANGUAGES_MAX {
                report.over("languages", LANGUAGES_MAX, "languages at a time");
            }
            for (at, code) in codes.iter().enumerate() {
                let path = format!("languages[{at}]");
                check_language(&path, code, report);
                if codes.iter().take(at).any(|other| other == code) {
                    report.say(&path, "is given more than once");
                }
            }
            if category.is_some_and(|category| *category != Category::Authentication) {
                report.say("languages", "are for the category AUTHENTICATION; give one language");
            }
        }
    }
}

/// `en`, `en_US`, `fil`, `zh_CN`, `es_419`.
fn check_language(path: &str, code: &Value, report: &mut Report) {
    let Some(code) = code.as_str() else { return report.say(path, "must be a string") };
    let (language, region) = code.split_once('_').map_or((code, None), |(language, region)| (language, Some(region)));
    let is_language = matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_region = |region: &str| match region.len() {
        2 => region.bytes().all(|byte| byte.is_ascii_uppercase()),
        3 => region.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if !is_language || !region.is_none_or(is_region) {
        report.say(path, "must be a code of WhatsApp's, such as en, en_US or pt_BR");
    }
}

pub(super) fn check_category(category: Option<&Value>, report: &mut Report) -> Option<Category> {
    match category {
        None => report.say("category", "is missing"),
        Some(Value::String(word)) => {
            let category = Category::read(word);
            if category.is_known() {
                return Some(category);
            }
            report.say("category", none_of(CATEGORIES));
        }
        Some(_) => report.say("category", "must be a string"),
    }
    None
}

pub(super) fn check_format(format: Option<&Value>, report: &mut Report) -> Option<ParameterFormat> {
    match format?.as_str() {
        Some(word) if FORMATS.contains(&word) => return Some(ParameterFormat::read(word)),
        Some(_) => report.say("parameter_format", none_of(FORMATS)),
        None => report.say("parameter_format", "must be a string"),
    }
    None
}

/// In seconds, by category.
pub(super) fn check_ttl(ttl: Option<&Value>, category: Option<&Category>, report: &mut Report) {
    const PATH: &str = "message_send_ttl_seconds";
    let Some(ttl) = ttl else { return };
    let Some(seconds) = ttl.as_i64() else { return report.say(PATH, "must be a whole number of seconds") };
    let (range, takes_longest): (RangeInclusive<i64>, bool) = match category {
        Some(Category::Authentication) => (30..=900, true),
        Some(Category::Utility) => (30..=43_200, true),
        Some(Category::Marketing) => (43_200..=2_592_000, false),
        Some(Category::Unknown(_)) | None => return,
    };
    if range.contains(&seconds) || (takes_longest && seconds == LONGEST) {
        return;
    }
    let or = if takes_longest { ", or -1 for 30 days" } else { "" };
    let category = category.map(Category::word).unwrap_or_default();
    report.say(PATH, format!("must be from {} to {}{or} in the category {category}", range.start(), range.end()));
}
