//! A conversation's source as it stands on the row.
use domain::Time;
use domain::conversation::Referral;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    click_id: Option<String>,
    at: i64,
}

pub(super) fn read(json: &str) -> Option<Referral> {
    let Stored { kind, id, url, headline, click_id, at } = serde_json::from_str(json).ok()?;
    Some(Referral { kind, id, url, headline, click_id, at: Time::from_millis(at) })
}

pub(super) fn write(referral: &Referral) -> String {
    let Referral { kind, id, url, headline, click_id, at } = referral.clone();
    serde_json::json!(Stored { kind, id, url, headline, click_id, at: at.millis() }).to_string()
}
