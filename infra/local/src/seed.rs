//! What a fresh local stack needs before the first message: the simulated number, connected as a channel through the API, and
//! credits.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::Caller;

/// How often, and how long after one another, it is asked whether the first credits are there.
const BOOKED_TRIES: usize = 600;
const BOOKED_EVERY: Duration = Duration::from_millis(50);

/// A connected number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: String,
    pub phone_number_id: String,
    pub waba_id: String,
}

/// The template that Meta gives every new account.
pub(crate) fn template(simulator: &simulator::Simulator) {
    if simulator.templates().is_empty() {
        let text = "Welcome and congratulations!! This message demonstrates your ability to send a template message.";
        simulator.put_template(simulator::Template::text("hello_world", "en_US", "UTILITY", text).into());
    }
}

/// Connects the number that the simulator has by default; finds the channel when an earlier run has done so.
pub(crate) async fn channel(caller: &Caller) -> anyhow::Result<Channel> {
    let simulated = simulator::Config::default();
    let wanted = json!({
        "phone_number_id": simulated.phone_number_id,
        "waba_id": simulated.waba_id,
        "display_phone_number": simulated.display_phone_number,
        "nickname": "Demo",
        "add_as": "lead",
    });
    let (status, answer) = caller.call(Method::POST, "/v1/channels", Some(&wanted)).await?;
    let found = match status {
        StatusCode::OK | StatusCode::CREATED => answer,
        StatusCode::CONFLICT => {
            let (status, list) = caller.call(Method::GET, "/v1/channels", None).await?;
            ensure!(status.is_success(), "cannot list the channels: {status} {list}");
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let ours = |item: &Value| item["phone_number_id"] == wanted["phone_number_id"];
            let found = items.into_iter().find(ours);
            found.with_context(|| format!("the number can neither be connected nor found: {answer}"))?
        }
        _ => bail!("cannot connect the simulated number as a channel: {status} {answer}"),
    };
    let id = found["id"].as_str().with_context(|| format!("a channel without an id: {found}"))?;
    Ok(Channel { id: id.to_owned(), phone_number_id: simulated.phone_number_id, waba_id: simulated.waba_id })
}

/// Where windows run faster, what the settings say of their last minutes runs as much faster; what somebody has set is left
/// as it is.
pub(crate) async fn settings(caller: &Caller, speed: u32) -> anyhow::Result<()> {
    if speed <= 1 {
        return Ok(());
    }
    let (status, settings) = caller.call(Method::GET, "/v1/settings", None).await?;
    ensure!(status.is_success(), "cannot read the settings: {status} {settings}");
    if !settings["changed_at"].is_null() {
        return Ok(());
    }
    let faster = |name: &str| settings["window"][name].as_u64().unwrap_or_default() / u64::from(speed);
    let window = json!({
        "safety_margin_seconds": faster("safety_margin_seconds"),
        // None would be: never.
        "closing_notice_minutes": faster("closing_notice_minutes").max(1),
        "entry_point_hours": faster("entry_point_hours").max(1),
    });
    let (status, answer) = caller.call(Method::PATCH, "/v1/settings", Some(&json!({"window": window}))).await?;
    ensure!(status.is_success(), "cannot change the settings: {status} {answer}");
    Ok(())
}

/// Something to spend, so that the first template goes out: nobody pays for what the simulator delivers.
pub(crate) async fn credits(caller: &Caller) -> anyhow::Result<()> {
    let (status, credits) = caller.call(Method::GET, "/v1/credits", None).await?;
    ensure!(status.is_success(), "cannot read the credits: {status} {credits}");
    if !credits["currency"].is_null() {
        return Ok(());
    }
    let start = json!({"amount_micros": 100_000_000, "currency": "USD", "reason": "Something to start with"});
    let (status, answer) = caller.call(Method::POST, "/v1/credits/adjustments", Some(&start)).await?;
    ensure!(status.is_success(), "cannot grant credits: {status} {answer}");
    let path = format!("/v1/credits/adjustments/{}", answer["id"].as_str().unwrap_or_default());
    // Booked a moment later: whoever is told that the stack is ready may spend it.
    for _ in 0..BOOKED_TRIES {
        let (_, granted) = caller.call(Method::GET, &path, None).await?;
        if granted["state"] == "booked" {
            return Ok(());
        }
        tokio::time::sleep(BOOKED_EVERY).await;
    }
    bail!("the credits that were granted are not booked: {answer}")
}
