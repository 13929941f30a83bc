//! Who pays, as the provider knows them: one row of the wallet.
//!
//! Guarantee: what is heard late never brings back a card that is gone; only a later consent does.
use domain::Time;
use domain::ids::TopUpId;
use domain::wallet::{Card, Payer};
use serde::{Deserialize, Serialize};

use crate::codec::{Row, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Put, Store, Updated};

#[derive(Serialize, Deserialize)]
struct PayerRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp_month: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp_year: Option<u16>,
    agreed_at: i64,
    agreed_with: String,
    success_url: String,
    cancel_url: String,
}

impl Row for PayerRow {
    const ENTITY: &'static str = "payer";
}

impl Store {
    pub async fn payer_get(&self) -> Result<Option<Payer>, StoreError> {
        const OPERATION: &str = "payer_get";
        let Some(row) = self.get_row::<PayerRow>(OPERATION, &keys::payer()).await? else { return Ok(None) };
        let card = || {
            Some(Card {
                method: row.method?,
                brand: row.brand?,
                last4: row.last4?,
                exp_month: row.exp_month?,
                exp_year: row.exp_year?,
            })
        };
        Ok(Some(Payer {
            agreed_with: TopUpId::parse(&row.agreed_with).ok_or_else(|| StoreError::row(OPERATION, "a top-up's id"))?,
            customer: row.customer,
            card: card(),
            agreed_at: Time::from_millis(row.agreed_at),
            success_url: row.success_url,
            cancel_url: row.cancel_url,
        }))
    }

    /// Keeps a card with its owner's consent, unless there is a later one.
    pub async fn payer_keep(&self, payer: &Payer) -> Result<bool, StoreError> {
        const OPERATION: &str = "payer_keep";
        let card = payer.card.as_ref();
        let row = PayerRow {
            customer: payer.customer.clone(),
            method: card.map(|card| card.method.clone()),
            brand: card.map(|card| card.brand.clone()),
            last4: card.map(|card| card.last4.clone()),
            exp_month: card.map(|card| card.exp_month),
            exp_year: card.map(|card| card.exp_year),
            agreed_at: payer.agreed_at.millis(),
            agreed_with: payer.agreed_with.to_string(),
            success_url: payer.success_url.clone(),
            cancel_url: payer.cancel_url.clone(),
        };
        let item = encode(OPERATION, &keys::payer(), None, &row)?;
        let later = values([(":agreed_at", n(payer.agreed_at.millis()))]);
        let put = self.put_over(OPERATION, item, "#agreed_at < :agreed_at", later).await?;
        Ok(matches!(put, Put::Written))
    }

    /// The bank issued the card anew.
    pub async fn payer_renew(&self, card: &Card) -> Result<bool, StoreError> {
        let values = values([
            (":method", s(&card.method)),
            (":brand", s(&card.brand)),
            (":last4", s(&card.last4)),
            (":exp_month", n(card.exp_month)),
            (":exp_year", n(card.exp_year)),
        ]);
        let expression = "SET #brand = :brand, #last4 = :last4, #exp_month = :exp_month, #exp_year = :exp_year";
        let updated = self.update("payer_renew", &keys::payer(), expression, "#method = :method", values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// The card was taken off its customer; `false` if it is not ours.
    pub async fn payer_forget_card(&self, method: &str) -> Result<bool, StoreError> {
        let values = values([(":method", s(method))]);
        let expression = "REMOVE #method, #brand, #last4, #exp_month, #exp_year";
        let condition = "#method = :method";
        let updated = self.update("payer_forget_card", &keys::payer(), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// The provider knows the customer no more; `false` if it is not ours.
    pub async fn payer_forget(&self, customer: &str) -> Result<bool, StoreError> {
        let values = values([(":customer", s(customer))]);
        let expression = "REMOVE #customer, #method, #brand, #last4, #exp_month, #exp_year";
        let condition = "#customer = :customer";
        let updated = self.update("payer_forget", &keys::payer(), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
