//! How Stripe counts money: what it refuses to charge.

use super::errors::StripeError;

const WHOLE: &[&str] =
    &["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THREE_PLACES: &[&str] = &["bhd", "jod", "kwd", "omr", "tnd"];
/// Two places that have to be zeros.
const NO_FRACTIONS: &[&str] = &["isk", "ugx"];
/// The least charge of some; of others one is enough.
const MINIMUMS: &[(&str, i64)] =
    &[("usd", 50), ("eur", 50), ("gbp", 30), ("jpy", 50), ("inr", 50), ("brl", 50), ("mxn", 1000), ("huf", 17_500)];
const MOST: i64 = 99_999_999;

pub(crate) fn check(amount: i64, currency: &str, param: &str) -> Result<(), StripeError> {
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_code {
        return Err(StripeError::invalid("currency", format!("Invalid currency: {currency}.")));
    }
    let step = if THREE_PLACES.contains(&currency) {
        10
    } else if NO_FRACTIONS.contains(&currency) {
        100
    } else {
        1
    };
    let least = MINIMUMS.iter().find(|(code, _)| *code == currency).map_or(1, |(_, least)| *least);
    if amount < least {
        let shown = shown(least, currency);
        Err(StripeError::coded("amount_too_small", param, format!("Amount must be no less than {shown}")))
    } else if amount > MOST {
        let shown = shown(MOST, currency);
        Err(StripeError::coded("amount_too_large", param, format!("Amount must be no more than {shown}")))
    } else if amount % step != 0 {
        let message = format!("Amounts in {currency} must be a multiple of {step}");
        Err(StripeError::coded("parameter_invalid_integer", param, message))
    } else {
        Ok(())
    }
}

/// As a buyer reads it.
pub(crate) fn shown(amount: i64, currency: &str) -> String {
    let places = match currency {
        currency if WHOLE.contains(&currency) => 0,
        currency if THREE_PLACES.contains(&currency) => 3,
        _ => 2,
    };
    let digits = format!("{amount:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    let point = if places == 0 { "" } else { "." };
    format!("{whole}{point}{rest} {}", currency.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_taken_or_refused_as_stripe_does() {
        for (amount, currency, code) in [
            (5000, "usd", None),
            (49, "usd", Some("amount_too_small")),
            (0, "clp", Some("amount_too_small")),
            (100_000_000, "usd", Some("amount_too_large")),
            (5124, "kwd", Some("parameter_invalid_integer")),
            (5120, "kwd", None),
            (550, "isk", Some("parameter_invalid_integer")),
            (500, "isk", None),
        ] {
            let refused = check(amount, currency, "amount").err().and_then(|error| error.code);
            assert_eq!(refused.as_deref(), code, "{amount} {currency}");
        }
        assert!(check(5000, "USD", "amount").is_err());
    }

    #[test]
    fn an_amount_is_shown_with_the_places_of_its_currency() {
        for (amount, currency, text) in
            [(5000, "usd", "50.00 USD"), (5, "usd", "0.05 USD"), (500, "jpy", "500 JPY"), (5120, "kwd", "5.120 KWD")]
        {
            assert_eq!(shown(amount, currency), text);
        }
    }
}
