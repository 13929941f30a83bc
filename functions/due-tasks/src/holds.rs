//! Credit that is held for messages of which Meta never says a word more, and credit that busy processes left behind.
use domain::wallet::{Expiry, Price, PriceState, expiry};
use runtime::clock;
use store::{Booked, Booking, Side, StoreError};

use crate::{DueTasks, PAGE, Report};

impl DueTasks {
    /// Ends the holds whose time is over, or puts them off where the message may still come to something.
    pub(crate) async fn holds(&self, report: &mut Report) -> Result<(), StoreError> {
        let now = clock::now();
        let mut expired = Vec::new();
        for found in self.store.messages_holding(Some(now), PAGE).await? {
            let Some(message) = self.store.message_get(&found.id).await? else { continue };
            match (expiry(&message, now), message.price.clone()) {
                (Expiry::Nothing, _) | (_, None) => {}
                (Expiry::Extend(until), Some(_)) => {
                    self.store.hold_extend(&message, until).await?;
                }
                (Expiry::Expire, Some(price)) => expired.push((message.id, price)),
            }
        }
        let Some((_, first)) = expired.first() else { return Ok(()) };
        let currency = first.quote.currency.clone();
        let free = |(message, price): &(_, Price)| Booking {
            line: None,
            freed: price.open(),
            sides: vec![Side::Price {
                message: Clone::clone(message),
                from: Some(PriceState::Held),
                to: Price { state: PriceState::Expired, ..price.clone() },
            }],
            counted: None,
        };
        let bookings: Vec<Booking> = expired.iter().map(free).collect();
        let booked = self.store.book(&currency, &bookings, now).await?;
        report.expired += booked.outcomes.iter().filter(|outcome| matches!(outcome, Booked::Now(_))).count();
        Ok(())
    }

    /// What is left in purses whose processes are gone can be spent by all again.
    pub(crate) async fn purses(&self) -> Result<(), StoreError> {
        self.store.purses_return(Some(clock::now())).await.map(drop)
    }
}
