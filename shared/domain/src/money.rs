//! Amounts of money as integer micro-units of a currency, and as the minor units that banks count in. No floats; overflow
//! is an error, not a wrap; a conversion is exact or none.
use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    pub fn checked_neg(self) -> Option<Micros> {
        self.0.checked_neg().map(Micros)
    }

    /// `None` if the sum is larger than can be counted.
    pub fn sum(amounts: impl IntoIterator<Item = Micros>) -> Option<Micros> {
        amounts.into_iter().try_fold(Micros::ZERO, Micros::checked_add)
    }

    /// From minor units of a currency that has `exponent` of them after the point.
    pub fn from_minor(minor: i64, exponent: u32) -> Option<Micros> {
        minor.checked_mul(micros_per_minor(exponent)?).map(Micros)
    }

    /// In minor units, if it comes out even.
    pub fn to_minor(self, exponent: u32) -> Option<i64> {
        let step = micros_per_minor(exponent)?;
        (self.0.checked_rem(step)? == 0).then(|| self.0.checked_div(step)).flatten()
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

/// None where a minor unit is less than a micro.
fn micros_per_minor(exponent: u32) -> Option<i64> {
    10_i64.checked_pow(MICROS_EXPONENT.checked_sub(exponent)?)
}

/// A micro has this many places after the point.
const MICROS_EXPONENT: u32 = 6;

/// ISO 4217: the currencies by how many places their minor unit has after the point.
const EXPONENTS: [(u32, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW \
         CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
         INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN \
         NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
         SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(String);

impl Currency {
    pub fn parse(code: &str) -> Option<Currency> {
        let good = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        good.then(|| Currency(code.to_owned()))
    }

    pub fn dollar() -> Currency {
        Currency("USD".to_owned())
    }

    pub fn code(&self) -> &str {
        &self.0
    }

    /// How many places the minor unit has after the point. None for a code that ISO 4217 does not list.
    pub fn exponent(&self) -> Option<u32> {
        let lists = |codes: &str| codes.split(' ').any(|code| code == self.0);
        EXPONENTS.iter().find(|(_, codes)| lists(codes)).map(|(exponent, _)| *exponent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_currency_has_the_exponent_of_iso_4217() {
        for (code, exponent) in [
            ("USD", Some(2)),
            ("EUR", Some(2)),
            ("INR", Some(2)),
            ("MGA", Some(2)),
            ("CLP", Some(0)),
            ("JPY", Some(0)),
            ("ISK", Some(0)),
            ("KWD", Some(3)),
            ("IQD", Some(3)),
            ("CLF", Some(4)),
            ("XAU", None),
            ("ABC", None),
        ] {
            assert_eq!(Currency::parse(code).unwrap().exponent(), exponent, "{code}");
        }
        let codes: Vec<&str> = EXPONENTS.iter().flat_map(|(_, codes)| codes.split_whitespace()).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| Currency::parse(code).unwrap().exponent().is_some()));
    }

    #[test]
    fn minor_units_and_micros_are_the_same_money_or_none() {
        for (minor, exponent, micros) in [
            (5000, 2, Some(50_000_000)),
            (500, 0, Some(500_000_000)),
            (1230, 3, Some(1_230_000)),
            (1, 4, Some(100)),
            (-250, 2, Some(-2_500_000)),
            (7, 6, Some(7)),
            (7, 7, None),
            (i64::MAX, 2, None),
            (i64::MIN, 0, None),
        ] {
            let found = Micros::from_minor(minor, exponent);
            assert_eq!(found.map(Micros::get), micros, "{minor} with {exponent}");
            assert!(found.is_none_or(|micros| micros.to_minor(exponent) == Some(minor)));
        }
        for (micros, exponent) in [(1, 2), (9_999, 2), (50_000_001, 2), (999_999, 0), (-1, 3), (5, 7)] {
            assert_eq!(Micros::new(micros).to_minor(exponent), None, "{micros} with {exponent}");
        }
    }

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
