//! Stripe: plain form requests of one pinned version, read leniently.
//!
//! Guarantees: each call that changes something carries the caller's key; each payment carries the order that it is for; a
//! declined card is an outcome, and everything else that is no success an error that says whether to try again.
use std::time::Duration;

use domain::Time;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Uri};
use net::{Http, Secrets, SendError, Token, escape};
use serde_json::Value;

use crate::decline::{Decline, Hardness};
use crate::error::{AmountRefusal, PayError, WebhookError};
use crate::event::{Dispute, PayEvent, Refund};
use crate::provider::{
    Buyer, ChargeOutcome, Checkout, CheckoutOrder, CheckoutState, Money, PaymentState, PaymentStatus, Provider,
    SavedCard, SavedCharge,
};
use object::Object;
use refusal::Refusal;

mod amounts;
mod declines;
mod events;
mod object;
mod refusal;
mod signature;
mod states;

/// The version that requests are written and answers read for. The webhook endpoint is to be made with the same one.
pub const VERSION: HeaderValue = HeaderValue::from_static("2026-09-30.endive");

/// A charge waits for a bank.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The most that a page of a list takes.
const PAGE_SIZE: &str = "100";

/// Stripe's API at one address, as one key sees it.
#[derive(Clone, Debug)]
pub struct Stripe {
    http: Http,
    base: String,
    key: Token,
}

type Form = form_urlencoded::Serializer<'static, String>;

fn form(pairs: &[(&str, &str)]) -> Form {
    let mut form = Form::new(String::new());
    form.extend_pairs(pairs);
    form
}

impl Stripe {
    pub fn new(http: Http, base: &str, key: Token) -> Stripe {
        Stripe { http, base: base.trim_end_matches('/').to_owned(), key }
    }

    /// Opens the connection that the first call will use.
    pub async fn warm(&self) {
        if let Ok(origin) = format!("{}/", self.base).parse::<Uri>() {
            self.http.warm(&origin).await;
        }
    }

    async fn get(&self, path: &str, mut query: Form) -> Result<Value, PayError> {
        let uri = format!("{}/v1/{path}?{}", self.base, query.finish());
        match self.call(Request::get(uri), String::new()).await? {
            Ok(value) => Ok(value),
            Err(refusal) => Err(unasked(refusal)),
        }
    }

    async fn post(&self, path: &str, key: &str, mut form: Form) -> Result<Result<Value, Refusal>, PayError> {
        let request = Request::post(format!("{}/v1/{path}", self.base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("idempotency-key", key);
        self.call(request, form.finish()).await
    }

    async fn call(&self, request: http::request::Builder, body: String) -> Result<Result<Value, Refusal>, PayError> {
        let request = request.header(AUTHORIZATION, self.key.header()).header("stripe-version", VERSION);
        // Only an address or a key that is none can fail here, and then nothing was sent.
        let not_sent = |error: http::Error| SendError::NotSent { host: self.base.clone(), source: error.into() };
        let request = request.body(body.into()).map_err(|error| PayError::Send(not_sent(error)))?;
        let answer = self.http.send(request, CALL_TIMEOUT).await.map_err(PayError::Send)?;
        if !answer.status().is_success() {
            return Ok(Err(refusal::read(&answer)));
        }
        let status = answer.status().as_u16();
        serde_json::from_slice(answer.body()).map(Ok).map_err(|_| PayError::Unreadable { status })
    }
}

/// Of a call that charges no card.
fn unasked(refusal: Refusal) -> PayError {
    match refusal {
        Refusal::Error(error) => error,
        Refusal::Declined { decline, .. } => {
            PayError::Refused { code: decline.code, message: decline.message.unwrap_or_default(), param: None }
        }
    }
}

fn whole<T>(found: Option<T>) -> Result<T, PayError> {
    found.ok_or(PayError::Unreadable { status: 200 })
}

fn checkout_form(order: &CheckoutOrder<'_>) -> Result<Form, AmountRefusal> {
    let amount = amounts::to_minor(order.amount)?.to_string();
    let currency = order.amount.currency.code().to_ascii_lowercase();
    let expires_at = order.expires_at.seconds().to_string();
    let mut form = form(&[
        ("mode", "payment"),
        ("allowed_payment_method_types[0]", "card"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", &currency),
        ("line_items[0][price_data][unit_amount]", &amount),
        ("line_items[0][price_data][product_data][name]", order.title),
        // In another currency than the wallet's it would be another amount.
        ("adaptive_pricing[enabled]", "false"),
        ("client_reference_id", order.order),
        // The one is not copied to the other.
        ("metadata[order]", order.order),
        ("payment_intent_data[metadata][order]", order.order),
        ("payment_intent_data[metadata][purpose]", "topup"),
        ("payment_intent_data[description]", order.title),
        ("success_url", order.success_url),
        ("cancel_url", order.cancel_url),
        ("expires_at", &expires_at),
    ]);
    match order.buyer {
        Buyer::Known(customer) => form.append_pair("customer", customer),
        Buyer::New { email } => {
            form.append_pair("customer_creation", "always");
            form.extend_pairs(email.map(|email| ("customer_email", email)))
        }
    };
    if order.keeps_card {
        form.append_pair("payment_intent_data[setup_future_usage]", "off_session");
    }
    Ok(form)
}

fn charge_form(charge: &SavedCharge<'_>) -> Result<Form, AmountRefusal> {
    let amount = amounts::to_minor(charge.amount)?.to_string();
    let currency = charge.amount.currency.code().to_ascii_lowercase();
    Ok(form(&[
        ("amount", &amount),
        ("currency", &currency),
        ("customer", charge.customer),
        ("payment_method", charge.method),
        ("payment_method_types[0]", "card"),
        ("off_session", "true"),
        ("confirm", "true"),
        // Nobody is there to act: what asks for it is declined.
        ("error_on_requires_action", "true"),
        ("description", charge.title),
        ("metadata[order]", charge.order),
        ("metadata[purpose]", "recharge"),
    ]))
}

fn outcome(state: PaymentState) -> ChargeOutcome {
    let payment = state.id;
    let refused = |hardness, code: &str| Decline { hardness, code: code.to_owned(), message: None };
    match state.status {
        PaymentStatus::Succeeded => ChargeOutcome::Succeeded { payment },
        // Whatever it is, the payment is there, and what becomes of it is told later.
        PaymentStatus::Pending | PaymentStatus::Unknown(_) => ChargeOutcome::Pending { payment },
        PaymentStatus::ActionNeeded => {
            let decline = refused(Hardness::ActionNeeded, "authentication_required");
            ChargeOutcome::Declined { payment: Some(payment), decline }
        }
        PaymentStatus::Unpaid | PaymentStatus::Cancelled => {
            let decline = state.decline.unwrap_or_else(|| refused(Hardness::Soft, "not_charged"));
            ChargeOutcome::Declined { payment: Some(payment), decline }
        }
    }
}

/// A card or a customer that is no longer there is as good as a card that will never pay.
fn gone(error: PayError) -> Result<ChargeOutcome, PayError> {
    let is_about_card =
        |param: &Option<String>| param.as_deref().is_some_and(|param| ["payment_method", "customer"].contains(&param));
    if let PayError::Refused { code, message, param } = error {
        if is_about_card(&param) {
            let decline = Decline { hardness: Hardness::Hard, code, message: Some(message) };
            return Ok(ChargeOutcome::Declined { payment: None, decline });
        }
        return Err(PayError::Refused { code, message, param });
    }
    Err(error)
}

impl Provider for Stripe {
    const NAME: &'static str = "stripe";

    fn check(amount: &Money) -> Result<(), AmountRefusal> {
        amounts::to_minor(amount).map(|_| ())
    }

    async fn create_checkout(&self, order: &CheckoutOrder<'_>) -> Result<Checkout, PayError> {
        let answer = self.post("checkout/sessions", order.key, checkout_form(order)?).await?;
        let session = answer.map_err(unasked)?;
        whole(states::checkout(&Object(&session)))
    }

    async fn charge_saved(&self, charge: &SavedCharge<'_>) -> Result<ChargeOutcome, PayError> {
        match self.post("payment_intents", charge.key, charge_form(charge)?).await? {
            Ok(intent) => whole(states::payment(&Object(&intent))).map(outcome),
            Err(Refusal::Declined { payment, decline }) => Ok(ChargeOutcome::Declined { payment, decline }),
            Err(Refusal::Error(error)) => gone(error),
        }
    }

    async fn checkout(&self, id: &str) -> Result<CheckoutState, PayError> {
        let session = self.get(&format!("checkout/sessions/{}", escape(id)), form(&[])).await?;
        whole(states::checkout_state(&Object(&session)))
    }

    async fn payment(&self, id: &str) -> Result<PaymentState, PayError> {
        let intent = self.get(&format!("payment_intents/{}", escape(id)), form(&[])).await?;
        whole(states::payment(&Object(&intent)))
    }

    async fn payment_for(&self, order: &str, customer: &str, since: Time) -> Result<Option<PaymentState>, PayError> {
        let since = since.seconds().to_string();
        let mut after: Option<String> = None;
        loop {
            let mut query = form(&[("customer", customer), ("created[gte]", &since), ("limit", PAGE_SIZE)]);
            query.extend_pairs(after.iter().map(|id| ("starting_after", id)));
            let page = self.get("payment_intents", query).await?;
            let intents = whole(page.get("data").and_then(Value::as_array))?;
            if let Some(found) = intents.iter().find(|intent| Object(intent).order().as_deref() == Some(order)) {
                return whole(states::payment(&Object(found))).map(Some);
            }
            let last = intents.last().filter(|_| page.get("has_more") == Some(&Value::Bool(true)));
            let Some(last) = last else { return Ok(None) };
            after = Some(whole(Object(last).text("id"))?);
        }
    }

    async fn saved_card(&self, payment: &str) -> Result<Option<SavedCard>, PayError> {
        let path = format!("payment_intents/{}", escape(payment));
        let intent = self.get(&path, form(&[("expand[0]", "payment_method")])).await?;
        let card = Object(&intent).object("payment_method").and_then(|method| states::card(&method));
        let is_kept = Object(&intent).word("setup_future_usage") == "off_session";
        Ok(card.filter(|card| is_kept && card.customer.is_some()))
    }

    async fn refund(&self, id: &str) -> Result<Refund, PayError> {
        let refund = self.get(&format!("refunds/{}", escape(id)), form(&[])).await?;
        whole(states::refund(&Object(&refund)))
    }

    async fn dispute(&self, id: &str) -> Result<Dispute, PayError> {
        let dispute = self.get(&format!("disputes/{}", escape(id)), form(&[])).await?;
        whole(states::dispute(&Object(&dispute)))
    }

    fn parse_webhook<'h>(
        secrets: &Secrets,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Time,
    ) -> Result<Vec<PayEvent>, WebhookError> {
        signature::verify(secrets, header("stripe-signature").ok_or(WebhookError::Unsigned)?, body, now)?;
        let event: Value = serde_json::from_slice(body).map_err(WebhookError::Unreadable)?;
        Ok(vec![events::read(&event)])
    }
}

#[cfg(test)]
mod tests;
