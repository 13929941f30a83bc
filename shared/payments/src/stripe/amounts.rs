//! Amounts as Stripe counts them: ISO 4217's minor units, but for some currencies. Whether it charges a currency at all is
//! left for Stripe to say.
use domain::money::{Currency, Micros};

use crate::error::AmountRefusal;
use crate::provider::Money;

/// Currencies that Stripe counts with other exponents than ISO 4217 does: a whole one where ISO has cents that nobody uses, and
/// cents where ISO has dropped them.
const EXPONENTS: [(&str, u32); 3] = [("MGA", 0), ("ISK", 2), ("UGX", 2)];

/// Where Stripe charges in larger steps than one of its minor units: no fractions of a króna or a shilling, and two places of
/// the three that a dinar has.
const STEPS: [(&str, i64); 7] =
    [("ISK", 100), ("UGX", 100), ("BHD", 10), ("JOD", 10), ("KWD", 10), ("OMR", 10), ("TND", 10)];

/// The least charge in minor units, where Stripe states one. Elsewhere it is what half a US dollar is worth on the day, which
/// Stripe alone knows.
const MINIMUMS: [(&str, i64); 24] = [
    ("AED", 200),
    ("AUD", 50),
    ("BGN", 100),
    ("BRL", 50),
    ("CAD", 50),
    ("CHF", 50),
    ("CZK", 1500),
    ("DKK", 250),
    ("EUR", 50),
    ("GBP", 30),
    ("HKD", 400),
    ("HUF", 17_500),
    ("INR", 50),
    ("JPY", 50),
    ("MXN", 1000),
    ("MYR", 200),
    ("NOK", 300),
    ("NZD", 50),
    ("PLN", 200),
    ("RON", 200),
    ("SEK", 300),
    ("SGD", 50),
    ("THB", 1000),
    ("USD", 50),
];

/// Eight digits in every currency; some may have more, which no top-up needs.
const MINOR_MAX: i64 = 99_999_999;

/// The amount as Stripe takes it.
pub(crate) fn to_minor(money: &Money) -> Result<i64, AmountRefusal> {
    let exponent = exponent(&money.currency).ok_or(AmountRefusal::UnknownCurrency)?;
    if money.amount <= Micros::ZERO {
        return Err(AmountRefusal::NotPositive);
    }
    let micros = |minor| Micros::from_minor(minor, exponent).unwrap_or_default();
    let step = of(&STEPS, &money.currency).unwrap_or(1);
    let minor = money.amount.to_minor(exponent).filter(|minor| minor % step == 0);
    let minor = minor.ok_or_else(|| AmountRefusal::Uneven { step: micros(step) })?;
    let minimum = of(&MINIMUMS, &money.currency).unwrap_or(step);
    if minor < minimum {
        Err(AmountRefusal::TooSmall { minimum: micros(minimum) })
    } else if minor > MINOR_MAX {
        Err(AmountRefusal::TooLarge { maximum: micros(MINOR_MAX - MINOR_MAX % step) })
    } else {
        Ok(minor)
    }
}

/// What Stripe says, in its own small letters. None where we do not know how it counts.
pub(crate) fn from_minor(minor: i64, currency: &str) -> Option<Money> {
    let currency = Currency::parse(&currency.to_ascii_uppercase())?;
    Some(Money { amount: Micros::from_minor(minor, exponent(&currency)?)?, currency })
}

fn exponent(currency: &Currency) -> Option<u32> {
    of(&EXPONENTS, currency).or_else(|| currency.exponent())
}

fn of<T: Copy>(table: &[(&str, T)], currency: &Currency) -> Option<T> {
    table.iter().find(|(code, _)| *code == currency.code()).map(|(_, found)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(micros: i64, code: &str) -> Money {
        Money { amount: Micros::new(micros), currency: Currency::parse(code).unwrap() }
    }

    #[test]
    fn an_amount_becomes_what_stripe_counts_or_is_refused() {
        let uneven = |step| Err(AmountRefusal::Uneven { step: Micros::new(step) });
        let too_small = |minimum| Err(AmountRefusal::TooSmall { minimum: Micros::new(minimum) });
        for (micros, code, minor) in [
            (50_000_000, "USD", Ok(5000)),
            (500_000, "USD", Ok(50)),
            (490_000, "USD", too_small(500_000)),
            (10_005_000, "USD", uneven(10_000)),
            (0, "USD", Err(AmountRefusal::NotPositive)),
            (-50_000_000, "USD", Err(AmountRefusal::NotPositive)),
            (999_999_990_000, "USD", Ok(99_999_999)),
            (1_000_000_000_000, "USD", Err(AmountRefusal::TooLarge { maximum: Micros::new(999_999_990_000) })),
            (300_000, "GBP", Ok(30)),
            (290_000, "GBP", too_small(300_000)),
            // Stripe's whole units.
            (500_000_000, "JPY", Ok(500)),
            (49_000_000, "JPY", too_small(50_000_000)),
            (500_500_000, "JPY", uneven(1_000_000)),
            (700_000_000, "CLP", Ok(700)),
            (700_000_000, "MGA", Ok(700)),
            (700_200_000, "MGA", uneven(1_000_000)),
            // Two places for Stripe, and nothing in them.
            (5_000_000, "ISK", Ok(500)),
            (5_500_000, "ISK", uneven(1_000_000)),
            (2_000_000_000, "UGX", Ok(200_000)),
            (2_000_500_000, "UGX", uneven(1_000_000)),
            // Three places, of which the last is nothing.
            (5_120_000, "KWD", Ok(5120)),
            (5_124_000, "KWD", uneven(10_000)),
            (5_124_500, "KWD", uneven(10_000)),
            (1_000_000, "OMR", Ok(1000)),
            (99_999_999_000, "BHD", uneven(10_000)),
            (100_000_000_000, "BHD", Err(AmountRefusal::TooLarge { maximum: Micros::new(99_999_990_000) })),
            // Charged with cents, whatever payouts do.
            (175_000_000, "HUF", Ok(17_500)),
            (174_990_000, "HUF", too_small(175_000_000)),
            (100_010_000, "TWD", Ok(10_001)),
            (5_000_000, "XAU", Err(AmountRefusal::UnknownCurrency)),
        ] {
            assert_eq!(to_minor(&money(micros, code)), minor, "{micros} {code}");
            if let Ok(minor) = minor {
                assert_eq!(from_minor(minor, &code.to_ascii_lowercase()), Some(money(micros, code)), "{micros} {code}");
            }
        }
    }

    #[test]
    fn every_exception_is_about_a_currency() {
        let codes = EXPONENTS.iter().map(|(code, _)| *code).chain(STEPS.iter().map(|(code, _)| *code));
        for code in codes.chain(MINIMUMS.iter().map(|(code, _)| *code)) {
            assert!(exponent(&Currency::parse(code).unwrap()).is_some(), "{code}");
        }
    }

    #[test]
    fn what_cannot_be_read_as_money_is_none() {
        for (minor, currency) in [(5, "us"), (5, "xxx"), (5, ""), (i64::MAX, "usd")] {
            assert_eq!(from_minor(minor, currency), None, "{minor} {currency}");
        }
    }
}
