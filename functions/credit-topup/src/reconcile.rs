//! Once a day: our charges of the day before, held against what Meta says that it charged each account.
//!
//! Guarantees: one account's trouble is not another's; a day that is done again leaves what doing it once leaves, and a
//! report that says something stays.
use std::collections::{BTreeMap, BTreeSet};

use domain::Time;
use domain::calendar::Date;
use domain::channel::{Channel, Charging};
use domain::money::Currency;
use domain::pricing::{Card, Category, Country, Market, PricingModel, in_force};
use domain::wallet::{Charges, Entry, Reconciliation, Told, reconcile};
use runtime::{chain, clock};
use whatsapp::analytics::{ChargeKind, DataPoint};
use whatsapp::client::{Client, Token};

use crate::CreditDesk;
use crate::error::CreditError;

/// A day of an account has fewer pages.
const PAGES_MAX: usize = 100;

/// A day in the account's time zone.
struct Day {
    date: Date,
    from: Time,
    until: Time,
}

/// What Meta says, and the currency in which it does.
struct Said {
    currency: Option<String>,
    points: Vec<DataPoint>,
}

impl CreditDesk {
    /// Reconciles the day before `fired_at`; how many accounts were asked about. What Meta did not answer is an error in the end, so that
    /// the run is repeated.
    pub(crate) async fn reconcile(&self, fired_at: Time) -> Result<usize, CreditError> {
        let now = clock::now();
        let Some(day) = self.day_before(fired_at).await? else { return Ok(0) };
        let channels = self.store.channels_all().await?;
        let mut accounts: BTreeMap<&str, Vec<&Channel>> = BTreeMap::new();
        for channel in channels.iter().filter(|channel| channel.pricing_model == Charging::PerMessage) {
            accounts.entry(&channel.waba_id).or_default().push(channel);
        }
        if accounts.is_empty() {
            return Ok(0);
        }
        let currency = self.store.wallet_get().await?.map(|wallet| wallet.currency);
        let mut charges = self.charges(&day, &channels).await?;
        let cards = self.rates.cards(now).await?;
        let card = currency.as_ref().and_then(|currency| {
            in_force(cards.iter().map(AsRef::as_ref), currency, PricingModel::PerMessage, day.date).ok()
        });
        let mut failed = None;
        for (waba_id, channels) in &accounts {
            let ours = charges.remove(*waba_id).unwrap_or_default();
            let (compared, problem) = match self.said(waba_id, &day).await {
                Ok(said) => (reconcile(&ours, &said.told(channels, currency.as_ref(), card))?, None),
                Err(error) => {
                    tracing::warn!(waba.id = waba_id, error = chain(&error), "Meta does not say what it charged");
                    let problem = Some(chain(&error));
                    failed = Some(error);
                    (Vec::new(), problem)
                }
            };
            let (waba_id, currency) = ((*waba_id).to_owned(), currency.clone());
            let report = Reconciliation { waba_id, day: day.date, currency, compared, problem, made_at: now };
            self.store.reconciliation_put(&report).await?;
        }
        failed.map_or(Ok(accounts.len()), Err)
    }

    async fn day_before(&self, at: Time) -> Result<Option<Day>, CreditError> {
        let zone = self.settings.get(clock::now()).await?.billing.zone();
        let today = zone.date(at);
        let day = today.before().and_then(|date| Some((date, zone.begins(date)?, zone.begins(today)?)));
        Ok(day.map(|(date, from, until)| Day { date, from, until }))
    }

    /// What the ledger charged on that day, by account.
    async fn charges(&self, day: &Day, channels: &[Channel]) -> Result<BTreeMap<String, Charges>, CreditError> {
        let mut charges: BTreeMap<String, Charges> = BTreeMap::new();
        let each = |entry: &Entry| -> Result<(), CreditError> {
            let about = entry.line.about.as_ref();
            let channel = about.and_then(|about| channels.iter().find(|channel| channel.id == about.channel));
            match channel {
                Some(channel) => Ok(charges.entry(channel.waba_id.clone()).or_default().add(entry)?),
                None => Ok(()),
            }
        };
        self.store.entries_each(day.from, day.until, usize::MAX, each).await?;
        Ok(charges)
    }

    async fn said(&self, waba_id: &str, day: &Day) -> Result<Said, CreditError> {
        let token = Token::new(self.token.get().await?.trim()).ok_or(CreditError::Token)?;
        let (http, url, version) = &self.graph;
        let client = Client::new(http.clone(), url, version, token);
        let (mut said, mut after) = (Said { currency: None, points: Vec::new() }, None);
        for _ in 0..PAGES_MAX {
            let page = client.charges(waba_id, day.from, day.until, after.as_deref()).await?;
            said.currency = page.currency.or(said.currency);
            said.points.extend(page.points);
            after = page.next;
            if after.is_none() {
                return Ok(said);
            }
        }
        Err(CreditError::Endless { pages: PAGES_MAX })
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

impl Said {
    /// What was charged for the numbers that the wallet pays for, in the markets of our card.
    fn told(self, channels: &[&Channel], currency: Option<&Currency>, card: Option<&Card>) -> Vec<Told> {
        let numbers: BTreeSet<String> = channels.iter().map(|channel| digits(&channel.display_phone_number)).collect();
        let is_ours = |point: &DataPoint| {
            let is_charged = point.kind.as_ref().is_none_or(|kind| *kind == ChargeKind::Regular);
            is_charged && point.phone_number.as_deref().is_none_or(|number| numbers.contains(&digits(number)))
        };
        let is_comparable = currency.is_some_and(|currency| self.currency.as_deref() == Some(currency.code()));
        let told = |point: DataPoint| {
            let named = point.country.as_deref().unwrap_or_default();
            let market = match card {
                Some(card) => card.market(Country::parse(named)),
                None if named.is_empty() => Market::UNKNOWN,
                None => Market::new(named),
            };
            let category = point.category.as_deref().map_or(Category::UNKNOWN, Category::read);
            let cost = point.cost.filter(|_| is_comparable);
            Told { market, category, messages: point.volume.unwrap_or_default(), cost }
        };
        self.points.into_iter().filter(is_ours).map(told).collect()
    }
}
