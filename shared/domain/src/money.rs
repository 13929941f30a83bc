//! Amounts of money as integer micro-units of a currency. No floats; overflow is an error, not a wrap.

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
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
