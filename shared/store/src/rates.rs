//! Cards of rates that were loaded. What is known of a card is one row, its rates are another that is never changed: loading
//! others in its place is the next revision. So whoever holds the rates of a revision need not read them again.
use domain::Time;
use domain::calendar::Date;
use domain::money::Currency;
use domain::pricing::{Card, CardId, Loaded, PricingModel};
use serde::{Deserialize, Serialize};

mod content;
mod reader;
mod usage;

pub use reader::{Priced, RatesReader, Subject};
pub use usage::Counts;

use content::ContentRow;

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Order, Range, Store};

#[derive(Serialize, Deserialize)]
struct LoadedRow {
    id: String,
    currency: String,
    model: String,
    valid_from: String,
    source: String,
    loaded_at: i64,
    loaded_by: String,
    revision: i64,
}

impl Row for LoadedRow {
    const ENTITY: &'static str = "rate-card";
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Loaded, StoreError> {
    let row: LoadedRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a card of rates with {what} unreadable"));
    Ok(Loaded {
        id: CardId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        currency: Currency::parse(&row.currency).ok_or_else(|| odd("its currency"))?,
        model: PricingModel::parse(&row.model).ok_or_else(|| odd("its model"))?,
        valid_from: Date::parse(&row.valid_from).ok_or_else(|| odd("its day"))?,
        source: row.source,
        at: Time::from_millis(row.loaded_at),
        by: row.loaded_by,
        revision: row.revision,
    })
}

impl Store {
    /// All that were loaded, by their ids.
    pub async fn rate_cards(&self) -> Result<Vec<Loaded>, StoreError> {
        const OPERATION: &str = "rate_cards";
        let range = || Range { index: None, pk: keys::RATE_CARDS, range: None, order: Order::Ascending, limit: 100 };
        self.query_all(OPERATION, range).await?.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// The card with its rates.
    pub async fn rate_card(&self, loaded: &Loaded) -> Result<Card, StoreError> {
        const OPERATION: &str = "rate_card";
        let row: Option<ContentRow> =
            self.get_row(OPERATION, &keys::rate_card_content(&loaded.id, loaded.revision)).await?;
        row.ok_or_else(|| StoreError::row(OPERATION, "a card without its rates"))?.read(OPERATION, loaded)
    }

    /// Writes a card as the next of its revisions, the first being 1; `false` if others wrote that meanwhile.
    pub async fn rate_card_put(&self, card: &Card, loaded: &Loaded) -> Result<bool, StoreError> {
        const OPERATION: &str = "rate_card_put";
        let row = LoadedRow {
            id: loaded.id.to_string(),
            currency: loaded.currency.code().to_owned(),
            model: loaded.model.to_string(),
            valid_from: loaded.valid_from.to_string(),
            source: loaded.source.clone(),
            loaded_at: loaded.at.millis(),
            loaded_by: loaded.by.clone(),
            revision: loaded.revision,
        };
        let content = keys::rate_card_content(&loaded.id, loaded.revision);
        let before = loaded.revision.saturating_sub(1);
        let condition = "(attribute_not_exists(#pk) AND :before = :none) OR #revision = :before";
        let outcome = self
            .transaction(OPERATION)
            .put_where(
                encode(OPERATION, &keys::rate_card(&loaded.id), None, &row)?,
                condition,
                values([(":before", n(before)), (":none", n(0))]),
            )
            .put_new(encode(OPERATION, &content, None, &ContentRow::of(OPERATION, card)?)?)
            .commit()
            .await?;
        Ok(outcome.is_ok())
    }
}
