//! Amounts of money as integer micro-units of a currency. No floats; overflow is an error, not a wrap.
use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micros(i64);

impl Micros {
    pub const ZERO: Micros = Micros(0);

    pub const fn new(micros: i64) -> Micros {
        Micros(micros)
    }

    pub fn get(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Micros) -> Option<Micros> {
        self.0.checked_add(other.0).map(Micros)
    }

    pub fn checked_sub(self, other: Micros) -> Option<Micros> {
        self.0.checked_sub(other.0).map(Micros)
    }

    /// Reads a decimal number exactly, as `0.0118`: a sign, digits, and what there is behind a point. What a micro-unit cannot
    /// hold is refused, never rounded.
    pub fn parse(text: &str) -> Result<Micros, NoAmount> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) {
            return Err(NoAmount::NotDecimal);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(NoAmount::TooFine);
        }
        let micros = format!("{whole}{fraction:0<DECIMALS$}").parse::<i64>().map_err(|_| NoAmount::TooLarge)?;
        Ok(Micros(if is_negative { micros.saturating_neg() } else { micros }))
    }
}

/// A micro-unit is the sixth decimal.
const DECIMALS: usize = 6;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAmount {
    NotDecimal,
    /// It has more than six decimals.
    TooFine,
    TooLarge,
}

impl NoAmount {
    pub fn explain(self) -> &'static str {
        match self {
            NoAmount::NotDecimal => "is no decimal number such as 0.0118 (digits and one point, no exponent)",
            NoAmount::TooFine => "has more than six decimals",
            NoAmount::TooLarge => "is too large",
        }
    }
}

/// The decimal number, without zeros at its end: `0.0118`.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = format!("{:07}", self.0.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(DECIMALS));
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency(String);

impl Currency {
    pub fn parse(code: &str) -> Option<Currency> {
        let good = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        good.then(|| Currency(code.to_owned()))
    }

    pub fn code(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        for (text, micros) in [
            ("0.0118", Ok(11_800)),
            ("0.000001", Ok(1)),
            ("1", Ok(1_000_000)),
            ("12.5", Ok(12_500_000)),
            ("-0.3", Ok(-300_000)),
            ("0.00850000", Ok(8_500)),
            ("9223372036854.775807", Ok(i64::MAX)),
            ("9223372036854.775808", Err(NoAmount::TooLarge)),
            ("0.0000001", Err(NoAmount::TooFine)),
            ("1e-3", Err(NoAmount::NotDecimal)),
            ("0,0118", Err(NoAmount::NotDecimal)),
            (".5", Err(NoAmount::NotDecimal)),
            ("5.", Err(NoAmount::NotDecimal)),
            ("+5", Err(NoAmount::NotDecimal)),
            ("--5", Err(NoAmount::NotDecimal)),
            ("n/a", Err(NoAmount::NotDecimal)),
            ("", Err(NoAmount::NotDecimal)),
        ] {
            assert_eq!(Micros::parse(text), micros.map(Micros::new), "{text}");
        }
        for (micros, text) in
            [(11_800, "0.0118"), (1_000_000, "1"), (-300_000, "-0.3"), (0, "0"), (i64::MIN, "-9223372036854.775808")]
        {
            assert_eq!(Micros::new(micros).to_string(), text);
        }
    }
}
