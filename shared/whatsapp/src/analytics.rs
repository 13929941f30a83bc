//! What Meta says that it charged, as its analytics tell it: sums by day, category, country and number.
//!
//! The figures are approximate. Every member may be missing; the cost is, where a partner is billed.
use domain::Time;
use domain::money::Micros;
use serde_json::Value;

use crate::loose::{self, Loose, ReadError};
use crate::open::open_enum;

/// Some of the messages of one time, all of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPoint {
    pub start: Option<Time>,
    pub end: Option<Time>,
    /// Two letters.
    pub country: Option<String>,
    /// The business's number.
    pub phone_number: Option<String>,
    pub kind: Option<ChargeKind>,
    /// `MARKETING`, `AUTHENTICATION_INTERNATIONAL` …
    pub category: Option<String>,
    /// Delivered messages.
    pub volume: Option<i64>,
    /// In the currency of the account.
    pub cost: Option<Micros>,
}

open_enum! {
    /// Whether the messages of a point were charged.
    pub enum ChargeKind {
        Regular = "REGULAR",
        FreeCustomerService = "FREE_CUSTOMER_SERVICE",
        FreeEntryPoint = "FREE_ENTRY_POINT",
    }
}

/// One page of an account's charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// The account's, in which the costs are.
    pub currency: Option<String>,
    pub points: Vec<DataPoint>,
    /// The cursor to ask for the next page with.
    pub next: Option<String>,
}

/// What to ask for as `fields`: the charges of each day from `from` until `until`, or what follows the cursor `after`.
pub(crate) fn fields(from: Time, until: Time, after: Option<&str>) -> String {
    let after = after.map(|cursor| format!(".after({cursor})")).unwrap_or_default();
    format!(
        "currency,pricing_analytics.start({}).end({}).granularity(DAILY)\
         .dimensions([\"PRICING_CATEGORY\",\"PRICING_TYPE\",\"COUNTRY\",\"PHONE\"]).metric_types([\"COST\",\"VOLUME\"]){after}",
        from.seconds(),
        until.seconds()
    )
}

impl Charges {
    pub(crate) fn read(body: &str) -> Result<Charges, ReadError> {
        // An account for which there is nothing to tell has no such member.
        let value = loose::object(body)?;
        let currency = value.text("currency");
        let Some(told) = value.object("pricing_analytics") else {
            return Ok(Charges { currency, points: Vec::new(), next: None });
        };
        let points = told.list("data").into_iter().flat_map(|data| data.list("data_points")).map(DataPoint::read);
        Ok(Charges { currency, points: points.collect(), next: told.object("paging").and_then(loose::next_cursor) })
    }
}

impl DataPoint {
    fn read(value: &Value) -> DataPoint {
        DataPoint {
            start: value.time("start"),
            end: value.time("end"),
            country: value.text("country"),
            phone_number: value.text("phone_number"),
            kind: value.text("pricing_type").map(|word| ChargeKind::read(&word)),
            category: value.text("pricing_category"),
            volume: value.number("volume"),
            cost: value.text("cost").and_then(|text| amount(&text)),
        }
    }
}

/// Sums of Meta's come with the tail that binary fractions leave: the nearest micro-unit is meant.
fn amount(text: &str) -> Option<Micros> {
    const DECIMALS: usize = 6;
    let Some((whole, fraction)) = text.split_once('.').filter(|(_, fraction)| fraction.len() > DECIMALS) else {
        return Micros::parse(text).ok();
    };
    let (kept, tail) = fraction.split_at_checked(DECIMALS)?;
    let cut = Micros::parse(&format!("{whole}.{kept}")).ok()?;
    let step = match tail.as_bytes() {
        [b'5'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => 1,
        digits if digits.iter().all(u8::is_ascii_digit) => 0,
        _ => return None,
    };
    cut.checked_add(Micros::new(if text.starts_with('-') { -step } else { step }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_names_the_time_and_the_dimensions() {
        let (from, until) = (Time::from_seconds(1_793_491_200), Time::from_seconds(1_793_577_600));
        let asked = fields(from, until, None);
        assert_eq!(
            asked,
            "currency,pricing_analytics.start(1793491200).end(1793577600).granularity(DAILY)\
             .dimensions([\"PRICING_CATEGORY\",\"PRICING_TYPE\",\"COUNTRY\",\"PHONE\"]).metric_types([\"COST\",\"VOLUME\"])"
        );
        assert_eq!(fields(from, until, Some("QVFI")), format!("{asked}.after(QVFI)"));
    }

    #[test]
    fn charges_are_read_whatever_is_missing_or_written_otherwise() {
        let body = r#"{"pricing_analytics":{"data":[{"data_points":[
            {"start":1793491200,"end":1793577600,"country":"IN","phone_number":"15550123456","tier":"0:250000",
             "pricing_type":"REGULAR","pricing_category":"AUTHENTICATION_INTERNATIONAL","volume":3,"cost":0.0912},
            {"start":"1793491200","pricing_type":"free_customer_service","pricing_category":"SERVICE","volume":"12","cost":""},
            {"pricing_type":"BARTER","volume":1,"cost":0.30000000000000004,"later":{}}
          ]}],"paging":{"cursors":{"before":"A","after":"B"},"next":"https://graph/x?after=B"}},"currency":"USD","id":"1"}"#;
        let charges = Charges::read(body).unwrap();
        assert_eq!((charges.next.as_deref(), charges.currency.as_deref()), (Some("B"), Some("USD")));
        let [paid, free, odd] = charges.points.as_slice() else { panic!("{charges:?}") };
        assert_eq!(paid.start, Some(Time::from_seconds(1_793_491_200)));
        assert_eq!(paid.end, Some(Time::from_seconds(1_793_577_600)));
        assert_eq!((paid.country.as_deref(), paid.phone_number.as_deref()), (Some("IN"), Some("15550123456")));
        assert_eq!(paid.kind, Some(ChargeKind::Regular));
        assert_eq!(paid.category.as_deref(), Some("AUTHENTICATION_INTERNATIONAL"));
        assert_eq!((paid.volume, paid.cost), (Some(3), Some(Micros::new(91_200))));
        assert_eq!((free.kind.clone(), free.volume), (Some(ChargeKind::FreeCustomerService), Some(12)));
        assert_eq!((free.start, free.end, free.cost), (paid.start, None, None));
        assert_eq!(
            (odd.kind.clone(), odd.cost),
            (Some(ChargeKind::Unknown("BARTER".into())), Some(Micros::new(300_000)))
        );
    }

    #[test]
    fn an_account_of_which_nothing_is_told_has_no_charges() {
        for body in [r#"{"id":"1"}"#, r#"{"pricing_analytics":{"data":[]},"id":"1"}"#, r#"{"pricing_analytics":{}}"#] {
            assert_eq!(Charges::read(body).unwrap(), Charges { currency: None, points: vec![], next: None }, "{body}");
        }
        // The cursors of the last page lead nowhere.
        let last = r#"{"pricing_analytics":{"data":[],"paging":{"cursors":{"after":"B"}}}}"#;
        assert_eq!(Charges::read(last).unwrap().next, None);
        assert!(Charges::read("[]").is_err());
    }

    #[test]
    fn amounts_are_rounded_to_what_can_be_counted() {
        for (text, micros) in [
            ("12", Some(12_000_000)),
            ("0.0118", Some(11_800)),
            ("0.1234564999", Some(123_456)),
            ("0.1234565", Some(123_457)),
            ("-0.1234565", Some(-123_457)),
            ("0.9999999", Some(1_000_000)),
            ("1e-7", None),
            ("0.000000x", None),
            ("1.23456789e3", None),
            ("much", None),
        ] {
            assert_eq!(amount(text), micros.map(Micros::new), "{text}");
        }
    }
}
