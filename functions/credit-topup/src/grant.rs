//! Credit for money that came.
//!
//! Guarantee: one payment grants once, whoever tells of it and however often; it grants what was paid, also where that is not
//! what was asked for, and also where the top-up was taken for failed or over. What the ledger cannot take is told to somebody.
use domain::ids::TopUpId;
use domain::money::Micros;
use domain::wallet::{Card, News, Payer, TopUp, TopUpMethod, Trouble};
use payments::{Money, Provider};
use runtime::clock;
use store::{Booked, Booking, Side};

use crate::error::CreditError;
use crate::teller::fact;
use crate::{CreditDesk, TRIES_MAX};

impl CreditDesk {
    pub(crate) async fn paid(&self, id: &TopUpId, payment: &str, paid: &Money) -> Result<(), CreditError> {
        // The account may serve others, whose orders look like ours.
        let Some(top_up) = self.store.top_up_get(id).await? else { return Ok(()) };
        self.book_payment(&top_up, payment, paid).await?;
        if top_up.keeps_card { self.keep_card(&top_up, payment).await } else { Ok(()) }
    }

    async fn book_payment(&self, top_up: &TopUp, payment: &str, paid: &Money) -> Result<(), CreditError> {
        let fact = fact(payment);
        let problem = top_up.mismatch(paid.amount, &paid.currency);
        for _ in 0..TRIES_MAX {
            let now = clock::now();
            let mut sides =
                vec![Side::Once(fact.clone()), Side::granted(&top_up.id, payment, paid.amount, problem.as_ref())];
            if top_up.method == TopUpMethod::Recharge
                && let Some(recharge) = self.store.recharge_get().await?
            {
                sides.push(Side::recharged(&recharge.succeeded(&top_up.id, paid.amount, now)));
            }
            let line = Some(top_up.line(paid.amount, payment));
            let booked = self
                .store
                .book(&paid.currency, &[Booking { line, freed: Micros::ZERO, counted: None, sides }], now)
                .await?;
            let problem = match booked.outcomes.first() {
                Some(Booked::Now(_)) => return Ok(()),
                // Booked before, or auto-recharge was changed meanwhile.
                Some(Booked::Before) if self.store.is_booked(&fact).await? => return Ok(()),
                Some(Booked::Before) | None => continue,
                Some(Booked::OtherCurrency(wallet)) => Trouble {
                    code: "other-currency".to_owned(),
                    message: format!(
                        "{} {} were paid and the wallet is kept in {}: give the payment back.",
                        paid.amount,
                        paid.currency.code(),
                        wallet.code()
                    ),
                },
                Some(Booked::Overflow) => Trouble {
                    code: "overflow".to_owned(),
                    message: "The balance would be larger than a wallet can hold: give the payment back.".to_owned(),
                },
            };
            tracing::error!(top_up.id = top_up.id.as_str(), code = problem.code, "a payment came and cannot be booked");
            return self.learn(&top_up.id, &News::Stuck { payment: payment.to_owned(), problem }, None).await;
        }
        Err(CreditError::Raced)
    }

    /// The card that a buyer left to be charged again, unless they left another one since.
    async fn keep_card(&self, top_up: &TopUp, payment: &str) -> Result<(), CreditError> {
        let Some(card) = self.teller.ask(async |provider| provider.saved_card(payment).await).await? else {
            return Ok(());
        };
        let payer = Payer {
            customer: card.customer,
            card: Some(Card {
                method: card.method,
                brand: card.brand,
                last4: card.last4,
                exp_month: card.exp_month,
                exp_year: card.exp_year,
            }),
            agreed_at: top_up.requested_at,
            agreed_with: top_up.id.clone(),
            success_url: top_up.success_url.clone(),
            cancel_url: top_up.cancel_url.clone(),
        };
        self.store.payer_keep(&payer).await?;
        Ok(())
    }
}
