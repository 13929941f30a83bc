//! `GET /{version}/{waba_id}/message_templates`: filters, chosen fields, and paging by cursors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::errors::GraphError;
use super::super::nodes::select;
use super::super::{Call, admit};
use crate::core::Core;
use crate::state::templates::Template;

/// What a list shows when no fields are asked for.
pub(crate) const DEFAULT_FIELDS: &[&str] =
    &["name", "parameter_format", "components", "language", "status", "category", "sub_category", "id"];

const DEFAULT_LIMIT: usize = 25;

pub(super) fn list(core: &Core, call: &Call) -> Result<Value, GraphError> {
    admit(core, call)?;
    if call.node != core.config.waba_id {
        return Err(GraphError::unsupported(&call.method, &call.node));
    }
    let limit = match call.parameter("limit") {
        None => DEFAULT_LIMIT,
        Some(limit) => limit.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| {
            GraphError::parameter(format!("Param limit must be a positive number - got \"{limit}\"."))
        })?,
    };
    let fields = call.parameter("fields");
    let items: Vec<Value> = core.read(|state| {
        let fitting = state.templates.iter().filter(|template| fits(call, template));
        fitting.map(|template| select(&json!(template), fields, DEFAULT_FIELDS)).collect()
    });
    let (start, end) = match (call.parameter("after"), call.parameter("before")) {
        (Some(after), _) => {
            let start = position(after)?.saturating_add(1);
            (start, start.saturating_add(limit))
        }
        (None, Some(before)) => {
            let end = position(before)?;
            (end.saturating_sub(limit), end)
        }
        (None, None) => (0, limit),
    };
    let page = items.get(start.min(items.len())..end.min(items.len())).unwrap_or_default();
    let mut answer = json!({"data": page});
    let last = start + page.len().saturating_sub(1);
    if let (false, Some(answer)) = (page.is_empty(), answer.as_object_mut()) {
        let mut paging = json!({"cursors": {"before": cursor(start), "after": cursor(last)}});
        if let (true, Some(paging)) = (last + 1 < items.len(), paging.as_object_mut()) {
            paging.insert("next".into(), next_page(call, limit, &cursor(last)).into());
        }
        answer.insert("paging".into(), paging);
    }
    Ok(answer)
}

/// Whether a template passes the filters of the query. Meta compares enum values whatever their case.
fn fits(call: &Call, template: &Template) -> bool {
    let filters = [
        ("name", &template.name),
        ("language", &template.language),
        ("status", &template.status),
        ("category", &template.category),
    ];
    filters.iter().all(|(name, value)| call.parameter(name).is_none_or(|wanted| value.eq_ignore_ascii_case(wanted)))
}

fn next_page(call: &Call, limit: usize, after: &str) -> String {
    let kept =
        call.query.iter().filter(|(name, _)| !matches!(name.as_str(), "after" | "before" | "limit" | "access_token"));
    let kept: String = kept.map(|(name, value)| format!("{name}={}&", value.replace(',', "%2C"))).collect();
    format!("https://graph.facebook.com{}?{kept}limit={limit}&after={after}", call.path)
}

/// A cursor in the form of Meta's own: the place in base64, with `ZD` for the padding.
pub(crate) fn cursor(place: usize) -> String {
    STANDARD.encode(place.to_string()).replace('=', "ZD")
}

fn position(cursor: &str) -> Result<usize, GraphError> {
    let decoded = STANDARD.decode(cursor.replace("ZD", "=")).ok();
    let place = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| text.parse().ok());
    place.ok_or_else(|| GraphError::detailed(131_059, format!("'{cursor}' is not a cursor of this list.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_like_metas_and_come_back() {
        assert_eq!(cursor(0), "MAZDZD");
        assert_eq!(cursor(24), "MjQZD");
        for place in [0, 7, 24, 999, 10_000] {
            assert_eq!(position(&cursor(place)), Ok(place));
        }
        assert_eq!(position("nonsense!").map_err(|error| error.code), Err(131_059));
    }
}
