//! How long ago: `36h`, `2d`, `3w`, `1m`.
use std::fmt;
use std::time::Duration;

use super::Moment;
use crate::Time;

const HOUR: u32 = 3600;
const YEARS_MAX: u32 = 10;

/// A month has 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
}

impl Unit {
    fn parse(letter: &str) -> Option<Unit> {
        match letter {
            "h" => Some(Unit::Hours),
            "d" => Some(Unit::Days),
            "w" => Some(Unit::Weeks),
            "m" => Some(Unit::Months),
            _ => None,
        }
    }

    fn letter(self) -> char {
        match self {
            Unit::Hours => 'h',
            Unit::Days => 'd',
            Unit::Weeks => 'w',
            Unit::Months => 'm',
        }
    }

    fn seconds(self) -> u32 {
        match self {
            Unit::Hours => HOUR,
            Unit::Days => 24 * HOUR,
            Unit::Weeks => 7 * 24 * HOUR,
            Unit::Months => 30 * 24 * HOUR,
        }
    }
}

/// So many hours, days, weeks or months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    count: u32,
    unit: Unit,
}

impl Span {
    pub const PATTERN: &'static str = "^[1-9][0-9]{0,4}[hdwm]$";

    /// Reads `2d`; up to ten years.
    pub fn parse(text: &str) -> Option<Span> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = Unit::parse(unit)?;
        let is_plain =
            digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let count: u32 = digits.parse().ok().filter(|_| is_plain)?;
        let seconds = count.checked_mul(unit.seconds())?;
        (seconds <= YEARS_MAX.checked_mul(366 * 24 * HOUR)?).then_some(Span { count, unit })
    }

    fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.count).saturating_mul(u64::from(self.unit.seconds())))
    }

    pub fn before(self, now: Time) -> Time {
        now.minus(self.length())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

/// The last so many hours or days, or the day that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    Today,
    Last(Span),
}

impl Within {
    pub const PATTERN: &'static str = "^(today|[1-9][0-9]{0,4}[hdwm])$";
    const TODAY: &'static str = "today";

    pub fn parse(text: &str) -> Option<Within> {
        if text == Within::TODAY { Some(Within::Today) } else { Span::parse(text).map(Within::Last) }
    }

    pub fn begins(self, at: &Moment) -> Time {
        match self {
            Within::Today => at.today,
            Within::Last(span) => span.before(at.now),
        }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Within::Today => f.write_str(Within::TODAY),
            Within::Last(span) => span.fmt(f),
        }
    }
}
