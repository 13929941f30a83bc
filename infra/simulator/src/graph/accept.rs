//! Takes a well-formed send in: finds its recipient, applies the rules that need memory (windows, templates, opt-outs), and
//! decides whether the message is refused, will fail, or will arrive.

use std::sync::Arc;

use serde_json::{Value, json};

use super::errors::GraphError;
use super::send::{self, Door};
use super::{media, template_check, validate};
use crate::clock::{self, WINDOW_S};
use crate::core::Core;
use crate::ids::{self, Direction};
use crate::phone;
use crate::state::State;
use crate::state::customers::Customer;
use crate::state::pace::Exceeded;
use crate::state::sends::Outcome;
use crate::state::settings::WindowRefusal;
use crate::webhook::statuses::{self, Failure, Pricing, Sent};

/// A send that Meta answers with 200.
pub(crate) struct Accepted {
    pub(crate) answer: Value,
    pub(crate) outcome: Outcome,
    /// Deliveries to be tried before the answer leaves.
    pub(crate) before_answer: Vec<u64>,
}

/// Whom a send is for.
struct Recipient {
    input: String,
    by_bsuid: bool,
    wa_id: Option<String>,
    misdelivered: bool,
    customer: Option<Customer>,
}

impl Recipient {
    /// Meta knows it by the phone; of one who hides it the user id tells.
    fn country(&self) -> String {
        let bsuid = self.customer.as_ref().and_then(|one| one.bsuid.as_deref());
        let by_bsuid = || bsuid.and_then(|bsuid| bsuid.split_once('.')).map(|(country, _)| country);
        self.wa_id.as_deref().map(phone::country).or_else(by_bsuid).unwrap_or_default().to_owned()
    }
}

pub(crate) fn accept(core: &Arc<Core>, state: &mut State, body: &Value, door: Door) -> Result<Accepted, GraphError> {
    let kind = validate::message(body)?;
    if kind == "read" {
        return mark_read(state, body);
    }
    media::check(state, body, &kind)?;
    let recipient = recipient(core, state, body)?;
    let category = template_check::category(state, body, door, recipient.by_bsuid)?;
    keep_pace(state, &recipient)?;
    let mut failure = failure(core, state, body, &kind, category.as_deref(), &recipient);
    if failure.as_ref().is_some_and(|failure| failure.code == 131_047)
        && state.settings.window_refusal == WindowRefusal::Http
    {
        return Err(GraphError::of(131_047));
    }
    let label = recipient
        .customer
        .as_ref()
        .map_or_else(|| recipient.wa_id.clone().unwrap_or_default(), |one| one.label().to_owned());
    let wamid = ids::wamid(Direction::Outbound, &label);
    let accepted_s = clock::now_s();
    state.see(&wamid, accepted_s, &kind, false);
    let free_until = if failure.is_none() { free_window(core, state, &recipient) } else { None };
    let pricing = price(state, &kind, category.as_deref(), &recipient, free_until, failure.is_some());
    if failure.is_none() && pricing.kind == "regular" && !state.settings.payment_method {
        failure = Some(Failure { code: 131_042, details: None });
    }
    let sent = Sent {
        wamid: wamid.clone(),
        conversation_id: ids::conversation(),
        input: recipient.input.clone(),
        by_bsuid: recipient.by_bsuid,
        wa_id: recipient.wa_id.clone(),
        customer: recipient.customer.clone(),
        opaque: body.get("biz_opaque_callback_data").and_then(Value::as_str).map(str::to_owned),
        pricing,
        country: recipient.country(),
        free_until,
        accepted_s,
        is_reaction: kind == "reaction",
        failure: failure.clone(),
    };
    let before_answer = statuses::schedule(core, state, &sent);
    let user_id = recipient.by_bsuid.then_some(recipient.input.as_str());
    let status = category.is_some().then(|| json!(state.settings.template_status));
    let answer = send::answer(
        &recipient.input,
        recipient.wa_id.as_deref().filter(|_| !recipient.by_bsuid),
        user_id,
        &wamid,
        status.as_ref(),
    );
    let outcome = Outcome::Accepted {
        wamid,
        wa_id: recipient.wa_id,
        user_id: recipient.customer.and_then(|customer| customer.bsuid),
        misdelivered: recipient.misdelivered,
        fails_with: failure.map(|failure| failure.code),
    };
    Ok(Accepted { answer, outcome, before_answer })
}

/// The limits that are switched on.
fn keep_pace(state: &mut State, recipient: &Recipient) -> Result<(), GraphError> {
    let (mps, pair) = (state.settings.throughput_mps, state.settings.pair_limit);
    let to = recipient.wa_id.as_deref().unwrap_or(&recipient.input);
    let taken = state.pace.take(to, clock::now_ms(), (mps > 0).then_some(mps), pair);
    taken.map_err(|exceeded| {
        GraphError::of(match exceeded {
            Exceeded::Throughput => 130_429,
            Exceeded::Pair => 131_056,
        })
    })
}

fn mark_read(state: &State, body: &Value) -> Result<Accepted, GraphError> {
    let message_id = body.get("message_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !state.seen.get(&message_id).is_some_and(|seen| seen.inbound) {
        return Err(GraphError::invalid(format!(
            "No message '{message_id}' was received on this number in the last 30 days."
        )));
    }
    let outcome = Outcome::MarkedRead { message_id, typing: body.get("typing_indicator").is_some() };
    Ok(Accepted { answer: json!({"success": true}), outcome, before_answer: Vec::new() })
}

/// Finds whom `to` or `recipient` means; where both are given, `to` counts.
fn recipient(core: &Core, state: &mut State, body: &Value) -> Result<Recipient, GraphError> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(group) = text("to").filter(|_| text("recipient_type") == Some("group")) {
        return Err(GraphError::invalid(format!("There is no group '{group}' on this number.")));
    }
    match (text("to"), text("recipient")) {
        (Some(to), _) => by_phone(core, state, to),
        (None, Some(bsuid)) => by_bsuid(state, bsuid),
        (None, None) => Err(GraphError::parameter("The parameter to is required.")),
    }
}

fn by_phone(core: &Core, state: &mut State, to: &str) -> Result<Recipient, GraphError> {
    let business = core.config.display_digits();
    let dialled =
        phone::dial(to, &business).ok_or_else(|| GraphError::invalid(format!("'{to}' is not a phone number.")))?;
    if phone::same_line(&dialled.digits, &business) {
        return Err(GraphError::of(131_021));
    }
    let known = state
        .customers
        .iter()
        .find(|one| one.wa_id.as_deref().is_some_and(|wa_id| phone::same_line(wa_id, &dialled.digits)));
    let customer = match known {
        Some(known) => Some(known.clone()),
        // Where the country was guessed there is no telling whose number it became; nobody answers there.
        None if dialled.guessed => None,
        None => {
            let stranger = Customer::implied(Some(&dialled.digits), None);
            state.customers.push(stranger.clone());
            Some(stranger)
        }
    };
    let wa_id = customer.as_ref().and_then(|one| one.wa_id.clone()).unwrap_or(dialled.digits);
    Ok(Recipient { input: to.to_owned(), by_bsuid: false, wa_id: Some(wa_id), misdelivered: dialled.guessed, customer })
}

fn by_bsuid(state: &State, bsuid: &str) -> Result<Recipient, GraphError> {
    let is_bsuid = bsuid.split_once('.').is_some_and(|(country, id)| {
        let id = id.strip_prefix("ENT.").unwrap_or(id);
        let letters = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        letters && (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if !is_bsuid {
        return Err(GraphError::invalid(format!("'{bsuid}' is not a business-scoped user id.")));
    }
    let customer =
        state.customers.iter().find(|one| [&one.bsuid, &one.parent_bsuid].into_iter().flatten().any(|id| id == bsuid));
    let wa_id = customer.and_then(|one| one.wa_id.clone());
    Ok(Recipient { input: bsuid.to_owned(), by_bsuid: true, wa_id, misdelivered: false, customer: customer.cloned() })
}

/// Why Meta will fail this message after accepting it.
fn failure(
    core: &Core,
    state: &State,
    body: &Value,
    kind: &str,
    category: Option<&str>,
    to: &Recipient,
) -> Option<Failure> {
    let failed = |code| Some(Failure { code, details: None });
    let Some(customer) = to.customer.as_ref().filter(|customer| customer.reachable) else {
        return failed(131_026);
    };
    let hash = body.get("recipient_identity_key_hash").and_then(Value::as_str);
    if customer.identity_hash.as_deref().is_some_and(|known| hash.is_some_and(|given| given != known)) {
        return failed(137_000);
    }
    if customer.marketing_stopped && category.is_some_and(|category| category.starts_with("MARKETING")) {
        return failed(131_050);
    }
    if category.is_none() && !customer.window_open() {
        return failed(131_047);
    }
    if kind == "reaction" {
        let target = body.pointer("/reaction/message_id").and_then(Value::as_str).and_then(|id| state.seen.get(id));
        let details = format!(
            "The message of the reaction is not on number {}, too old, or itself a reaction.",
            core.config.phone_number_id
        );
        return target
            .is_none_or(|seen| seen.kind == "reaction")
            .then_some(Failure { code: 131_009, details: Some(details) });
    }
    let link = body.get(kind).and_then(|object| object.get("link")).and_then(Value::as_str)?;
    let has_host = link.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some());
    if has_host { None } else { failed(131_053) }
}

/// The end of the free entry point window, which the first answer within 24 h of the click opens.
fn free_window(core: &Core, state: &mut State, to: &Recipient) -> Option<i64> {
    let now = clock::now_s();
    let length = i64::from(state.settings.free_entry_point_hours) * 3600 / i64::from(core.config.speed.max(1));
    let customer = state.customer_mut(to.customer.as_ref()?.label())?;
    if customer.entry_point_at.take().is_some_and(|clicked| now < clicked + WINDOW_S) {
        customer.free_until = Some(now + length);
    }
    customer.free_until.filter(|until| now < *until)
}

/// What the message costs since 1 October 2026.
fn price(
    state: &mut State,
    kind: &str,
    category: Option<&str>,
    to: &Recipient,
    free_until: Option<i64>,
    failed: bool,
) -> Pricing {
    let is_exempt = state.settings.exempt;
    let priced = |kind, category: &str| Pricing { kind, category: category.to_ascii_lowercase(), is_exempt };
    match (free_until, category) {
        (Some(_), _) => priced("free_entry_point", "referral_conversion"),
        (None, Some("AUTHENTICATION")) if state.settings.international_authentication.contains(&to.country()) => {
            priced("regular", "authentication-international")
        }
        (None, Some(category)) => priced("regular", category),
        (None, None) if kind == "reaction" || failed => priced("free_customer_service", "service"),
        (None, None) if state.service.next() <= state.settings.free_service_messages => {
            priced("free_customer_service", "service")
        }
        (None, None) => priced("regular", "service"),
    }
}
