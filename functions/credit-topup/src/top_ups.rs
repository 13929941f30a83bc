//! Top-ups, seen on to their end: the link is made, the card is charged, and who keeps silent is asked.
//!
//! Guarantees: what is asked of the provider twice has the same key and the same content, both kept before the first call; so
//! a lost answer is fetched by asking again. Nothing is granted by an order's own answer but what it says was paid.
use domain::Retry;
use domain::Time;
use domain::ids::TopUpId;
use domain::wallet::{Errand, NOT_CONFIGURED, News, OffReason, Setback, TopUp, TopUpMethod, TopUpState, Trouble};
use payments::{
    Buyer, ChargeOutcome, CheckoutOrder, CheckoutStatus, Decline, Hardness, Money, PayError, PaymentState,
    PaymentStatus, Provider, SavedCharge,
};
use runtime::{chain, clock};

use crate::error::CreditError;
use crate::{CreditDesk, TRIES_MAX};

/// What is bought, as buyers and banks read it.
const TITLE: &str = "Message credit";
/// Deliveries of a task after which a provider that does not answer is left to the watchdog.
const DELIVERIES_MAX: u32 = 3;

/// What an errand brought.
enum Found {
    Nothing,
    News(News, Option<Setback>),
    Paid { payment: String, money: Money },
}

pub(crate) fn trouble(decline: &Decline) -> Trouble {
    let message = decline.message.clone().unwrap_or_else(|| "The card was declined.".to_owned());
    Trouble { code: decline.code.clone(), message }
}

pub(crate) fn setback(decline: &Decline) -> Setback {
    match decline.hardness {
        Hardness::Soft => Setback::Soft,
        Hardness::Hard => Setback::Off(OffReason::Declined),
        Hardness::ActionNeeded => Setback::Off(OffReason::AuthenticationRequired),
    }
}

fn failed(payment: Option<String>, decline: &Decline) -> Found {
    Found::News(News::Failed { payment, problem: trouble(decline), is_over: true }, Some(setback(decline)))
}

fn unpaid() -> Decline {
    Decline { hardness: Hardness::Soft, code: "not_paid".to_owned(), message: Some("Nothing was paid.".to_owned()) }
}

impl CreditDesk {
    pub(crate) async fn see_on(&self, id: &TopUpId, deliveries: u32) -> Result<(), CreditError> {
        let top_up = self.store.top_up_get(id).await?.ok_or(CreditError::Gone)?;
        let Some(errand) = top_up.errand(clock::now()) else { return Ok(()) };
        let found = match self.run(&top_up, errand).await {
            Ok(found) => found,
            Err(error) => self.refused(&top_up, error, deliveries)?,
        };
        match found {
            Found::Nothing => Ok(()),
            Found::News(news, setback) => self.learn(id, &news, setback).await,
            Found::Paid { payment, money } => self.paid(id, &payment, &money).await,
        }
    }

    /// What never becomes better ends the top-up; what does not pass soon is asked again by the watchdog.
    fn refused(&self, top_up: &TopUp, error: CreditError, deliveries: u32) -> Result<Found, CreditError> {
        let is_about_provider = matches!(error, CreditError::Pay(_) | CreditError::Secret(_) | CreditError::NoKey);
        if !is_about_provider {
            return Err(error);
        }
        let refused = |code: &str, message: String| {
            let trouble = Trouble { code: code.to_owned(), message };
            Found::News(News::Refused(trouble), Some(Setback::Off(OffReason::Refused)))
        };
        if top_up.state == TopUpState::Requested {
            if error.is_set_up_missing() {
                return Ok(refused(NOT_CONFIGURED, "No key of a payment provider is set up.".to_owned()));
            }
            if let CreditError::Pay(source) = &error
                && source.retry() == Retry::Never
                && !source.is_about_credentials()
            {
                let code = if let PayError::Refused { code, .. } = source { code } else { "refused" };
                return Ok(refused(code, source.to_string()));
            }
        }
        // Nothing is parked for what somebody may put right meanwhile.
        if error.retry() == Retry::Never || deliveries >= DELIVERIES_MAX {
            tracing::error!(top_up.id = top_up.id.as_str(), error = chain(&error), "a top-up waits for the watchdog");
            return Ok(Found::Nothing);
        }
        Err(error)
    }

    async fn run(&self, top_up: &TopUp, errand: Errand) -> Result<Found, CreditError> {
        match errand {
            Errand::Link(expires_at) => self.link(top_up, expires_at).await,
            Errand::Charge => self.charge(top_up).await,
            Errand::Find { is_late } => self.find_payment(top_up, is_late).await,
            Errand::AskLink => self.ask_link(top_up).await,
            Errand::AskPayment => {
                let Some(payment) = &top_up.payment else { return Ok(Found::Nothing) };
                let state = self.teller.ask(async |provider| provider.payment(payment).await).await?;
                Ok(read_payment(state))
            }
            Errand::Expire => Ok(Found::News(News::Expired, None)),
        }
    }

    async fn link(&self, top_up: &TopUp, expires_at: Time) -> Result<Found, CreditError> {
        let amount = Money { amount: top_up.amount, currency: top_up.currency.clone() };
        let buyer = top_up.payee.customer.as_deref().map_or(Buyer::New { email: None }, Buyer::Known);
        let order = CheckoutOrder {
            key: top_up.id.as_str(),
            order: top_up.id.as_str(),
            amount: &amount,
            title: TITLE,
            buyer,
            keeps_card: top_up.keeps_card,
            success_url: &top_up.success_url,
            cancel_url: &top_up.cancel_url,
            expires_at,
        };
        let made = self.teller.ask(async |provider| provider.create_checkout(&order).await).await?;
        Ok(Found::News(News::Linked { checkout: made.id, url: made.url }, None))
    }

    async fn charge(&self, top_up: &TopUp) -> Result<Found, CreditError> {
        let amount = Money { amount: top_up.amount, currency: top_up.currency.clone() };
        let (Some(customer), Some(method)) = (&top_up.payee.customer, &top_up.payee.method) else {
            let problem = Trouble { code: "no_card".to_owned(), message: "There is no saved card.".to_owned() };
            return Ok(Found::News(News::Refused(problem), Some(Setback::Off(OffReason::NoCard))));
        };
        let id = top_up.id.as_str();
        let charge = SavedCharge { key: id, order: id, amount: &amount, customer, method, title: TITLE };
        Ok(match self.teller.ask(async |provider| provider.charge_saved(&charge).await).await? {
            ChargeOutcome::Succeeded { payment } => Found::Paid { payment, money: amount },
            ChargeOutcome::Pending { payment } => Found::News(News::Pending { payment: Some(payment) }, None),
            ChargeOutcome::Declined { payment, decline } => failed(payment, &decline),
        })
    }

    /// For a charge whose key the provider may have forgotten: to ask again could be to charge again.
    async fn find_payment(&self, top_up: &TopUp, is_late: bool) -> Result<Found, CreditError> {
        let Some(customer) = &top_up.payee.customer else { return Ok(Found::Nothing) };
        let since = top_up.requested_at;
        let find =
            async |provider: &crate::teller::Pay| provider.payment_for(top_up.id.as_str(), customer, since).await;
        Ok(match self.teller.ask(find).await? {
            Some(state) => read_payment(state),
            None if is_late => failed(None, &unpaid()),
            None => Found::Nothing,
        })
    }

    async fn ask_link(&self, top_up: &TopUp) -> Result<Found, CreditError> {
        let Some(checkout) = &top_up.checkout else { return Ok(Found::Nothing) };
        let link = self.teller.ask(async |provider| provider.checkout(checkout).await).await?;
        Ok(match (link.status, link.payment) {
            (CheckoutStatus::Expired, _) => Found::News(News::Expired, None),
            (CheckoutStatus::Complete, Some(payment)) => {
                let state = self.teller.ask(async |provider| provider.payment(&payment).await).await?;
                read_payment(state)
            }
            (CheckoutStatus::Open | CheckoutStatus::Complete | CheckoutStatus::Unknown(_), _) => Found::Nothing,
        })
    }

    /// Keeps what became known of a top-up, with what follows for auto-recharge if it was its purchase that ended.
    pub(crate) async fn learn(&self, id: &TopUpId, news: &News, setback: Option<Setback>) -> Result<(), CreditError> {
        for _ in 0..TRIES_MAX {
            let Some(top_up) = self.store.top_up_get(id).await? else { return Ok(()) };
            let Some(next) = top_up.learn(news) else { return Ok(()) };
            let ends = next.state.is_over() && !top_up.state.is_over() && next.state != TopUpState::Stuck;
            let is_kept = match setback {
                Some(setback) if ends && next.method == TopUpMethod::Recharge => self.give_up(&next, setback).await?,
                Some(_) | None => self.store.top_up_update(&next).await?,
            };
            if is_kept {
                return Ok(());
            }
        }
        Err(CreditError::Raced)
    }
}

fn read_payment(state: PaymentState) -> Found {
    match state.status {
        PaymentStatus::Succeeded => Found::Paid { payment: state.id, money: state.amount },
        PaymentStatus::Unpaid | PaymentStatus::Cancelled | PaymentStatus::ActionNeeded => {
            failed(Some(state.id), &state.decline.unwrap_or_else(unpaid))
        }
        PaymentStatus::Pending | PaymentStatus::Unknown(_) => {
            Found::News(News::Pending { payment: Some(state.id) }, None)
        }
    }
}
