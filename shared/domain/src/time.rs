//! A point in time, in milliseconds since 1970 (UTC). Meta's own times are whole seconds.
use std::fmt;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    pub const fn from_millis(millis: i64) -> Time {
        Time(millis)
    }

    /// Saturates, so that an absurd timestamp from outside stays a time and not an error.
    pub fn from_seconds(seconds: i64) -> Time {
        Time(seconds.saturating_mul(1000))
    }

    pub fn millis(self) -> i64 {
        self.0
    }

    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn minus(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Rounded down to a multiple of `step`.
    #[must_use]
    pub fn floor(self, step: Duration) -> Time {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX).max(1);
        Time(self.0.saturating_sub(self.0.rem_euclid(step)))
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Time> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Time(at.as_millisecond()))
    }

    /// A text that sorts as the times do; negative times sort as zero.
    pub fn sortable(self) -> String {
        format!("{:015}", self.0.max(0))
    }
}

/// RFC 3339 in UTC; a time outside the calendar's range shows as its nearest end.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        write!(f, "{}", jiff::Timestamp::from_millisecond(self.0).unwrap_or(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_show_as_rfc_3339_and_read_back() {
        let at = Time::from_seconds(1_795_321_800);
        assert_eq!(at.to_string(), "2026-11-22T04:30:00Z");
        assert_eq!(Time::parse(&at.to_string()), Some(at));
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn absurd_times_neither_panic_nor_wrap() {
        assert_eq!(Time::from_seconds(i64::MAX).plus(Duration::MAX), Time::from_millis(i64::MAX));
        assert!(!Time::from_millis(i64::MIN).to_string().is_empty());
        assert_eq!(Time::from_millis(-5).sortable(), Time::from_millis(0).sortable());
    }

    #[test]
    fn floor_rounds_towards_the_past() {
        assert_eq!(Time::from_millis(61_999).floor(Duration::from_secs(60)), Time::from_millis(60_000));
    }
}
