//! What was used of allowances and volumes: counts that settlement keeps, from which quotes are forecast. Meta's own counts
//! decide what is charged.
use std::collections::BTreeMap;
use std::time::Duration;

use domain::Time;
use domain::calendar::Month;
use domain::ids::{ChannelId, ConversationId};
use domain::pricing::{CONVERSATION, Category, Free, Market, Needs, PricingModel, Quote, Usage};

use crate::codec::Attributes;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key};
use crate::table::Store;
use crate::wallet::{RowSide, Side};

const ENTITY: &str = "usage";
/// The counts of a month are of use until it is over.
const KEPT: Duration = Duration::from_secs(62 * 24 * 3600);
/// The attribute for service messages that were free.
const SERVICE: &str = "service";

/// A name that an expression can hold, and no two texts share.
fn attribute(parts: &[&str]) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("_{other:02x}"),
    };
    let part = |part: &&str| part.bytes().map(letter).collect::<String>();
    format!("n__{}", parts.iter().map(part).collect::<Vec<_>>().join("__"))
}

fn number(item: Option<&Attributes>, name: &str) -> Option<i64> {
    item?.get(name)?.as_n().ok()?.parse().ok()
}

/// What settled messages add to the counts, gathered: a transaction may write each row once.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    added: BTreeMap<(String, String), BTreeMap<String, i64>>,
    began: BTreeMap<ConversationId, BTreeMap<String, Time>>,
    latest: Option<Time>,
}

impl Counts {
    /// A message was settled so. `at`: when Meta delivered it; `month`: that of the account's time zone.
    pub fn add(&mut self, quote: &Quote, channel: &ChannelId, conversation: &ConversationId, at: Time, month: Month) {
        self.latest = self.latest.max(Some(at));
        let mut count = |key: Key, name: String| {
            let counts = self.added.entry((key.pk, key.sk)).or_default().entry(name).or_default();
            *counts = counts.saturating_add(1);
        };
        match quote.free {
            Some(Free::CustomerService | Free::Allowance) if quote.category == Category::SERVICE => {
                count(keys::usage(channel, month), SERVICE.to_owned());
            }
            Some(_) => {}
            None => count(keys::volume(month), attribute(&[quote.market.as_str(), quote.category.as_str()])),
        }
        if quote.free.is_none() && quote.model == PricingModel::PerConversation {
            let began = self.began.entry(conversation.clone()).or_default();
            began.insert(attribute(&[quote.category.as_str()]), at);
        }
    }

    /// The updates of the counts, one for each row.
    pub fn sides(&self) -> Vec<Side> {
        let latest = self.latest.unwrap_or(Time::from_millis(0));
        let added = self.added.iter().map(|((pk, sk), counts)| {
            let key = Key { pk: pk.clone(), sk: sk.clone() };
            let names: Vec<String> = counts.keys().map(|name| format!("#{name} :{name}")).collect();
            let counts = counts.iter().map(|(name, count)| (name.clone(), n(count))).collect();
            side(key, &format!(" ADD {}", names.join(", ")), counts, latest.plus(KEPT))
        });
        let began = self.began.iter().map(|(conversation, began)| {
            let names: Vec<String> = began.keys().map(|name| format!(", #{name} = :{name}")).collect();
            let times = began.iter().map(|(name, at)| (name.clone(), n(at.millis()))).collect();
            side(keys::charged(conversation), &names.concat(), times, latest.plus(2 * CONVERSATION))
        });
        added.chain(began).collect()
    }
}

fn side(key: Key, change: &str, counts: Vec<(String, aws_sdk_dynamodb::types::AttributeValue)>, until: Time) -> Side {
    let mut values = values([(":entity", s(ENTITY)), (":v", n(1)), (":expires", n(until.seconds()))]);
    values.extend(counts.into_iter().map(|(name, value)| (format!(":{name}"), value)));
    Side::Row(RowSide {
        key,
        expression: format!("SET #entity = :entity, #v = :v, #expires_at = :expires{change}"),
        // Whatever is there: each count is one of its own.
        condition: "attribute_not_exists(#pk) OR #entity = :entity".to_owned(),
        values,
    })
}

impl Store {
    /// What a quote needs to know; nothing is read where it needs nothing.
    pub async fn usage(
        &self,
        needs: &Needs,
        channel: &ChannelId,
        conversation: &ConversationId,
        month: Month,
    ) -> Result<Usage, StoreError> {
        const OPERATION: &str = "usage";
        let keys = [
            needs.service.then(|| keys::usage(channel, month)),
            needs.volume.as_ref().map(|_| keys::volume(month)),
            (!needs.conversations.is_empty()).then(|| keys::charged(conversation)),
        ];
        let wanted: Vec<Key> = keys.iter().flatten().cloned().collect();
        if wanted.is_empty() {
            return Ok(Usage::default());
        }
        let rows = self.get_many(OPERATION, &wanted).await?;
        let [service, volume, charged] = keys.map(|key| {
            let key = key?;
            rows.iter().find(|row| {
                crate::codec::text(row, "pk") == Some(&key.pk) && crate::codec::text(row, "sk") == Some(&key.sk)
            })
        });
        let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        let charged_of = |(market, category): &(Market, Category)| {
            let name = attribute(&[market.as_str(), category.as_str()]);
            ((market.clone(), category.clone()), count(number(volume, &name)))
        };
        let began = |category: &Category| {
            let at = number(charged, &attribute(&[category.as_str()]))?;
            Some((category.clone(), Time::from_millis(at)))
        };
        Ok(Usage {
            service: count(number(service, SERVICE)),
            charged: needs.volume.iter().map(charged_of).collect(),
            conversations: needs.conversations.iter().filter_map(began).collect(),
        })
    }
}
