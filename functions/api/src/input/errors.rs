//! What serde says about input, in the words of a problem.
use serde_json::error::Category;

use crate::problem::Problem;

pub(super) fn json(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    match error.classify() {
        Category::Data => field(path, reason),
        Category::Syntax | Category::Eof | Category::Io => {
            Problem::MalformedJson { line: error.line(), column: error.column(), reason: reason.to_owned() }
        }
    }
}

/// `path` is where serde was; for a missing or unknown member that is the object around it, or the member.
pub(super) fn field(path: &str, reason: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    for (start, message) in [
        ("unknown field `", "is not known"),
        ("missing field `", "is missing"),
        ("duplicate field `", "is given more than once"),
    ] {
        if let Some((name, rest)) = reason.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            return Problem::field(member(path, name), format!("{message}{rest}"));
        }
    }
    Problem::field(if path.is_empty() { "body" } else { path }, reason)
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else if path == name || path.ends_with(&format!(".{name}")) {
        path.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
