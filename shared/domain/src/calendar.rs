//! Days and months as people in a time zone count them: prices change at their midnight, allowances begin with their month.
use std::fmt;

use crate::Time;
use crate::notification::{Minute, Weekday};

/// A day of the calendar, wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Reads `2026-10-01`.
    pub fn parse(text: &str) -> Option<Date> {
        let date = Date(text.parse().ok()?);
        (date.to_string() == text).then_some(date)
    }

    /// The day before, if the calendar has one.
    pub fn before(self) -> Option<Date> {
        self.0.yesterday().ok().map(Date)
    }

    /// The day after, if the calendar has one.
    pub fn after(self) -> Option<Date> {
        self.0.tomorrow().ok().map(Date)
    }

    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            jiff::civil::Weekday::Monday => Weekday::Monday,
            jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => Weekday::Thursday,
            jiff::civil::Weekday::Friday => Weekday::Friday,
            jiff::civil::Weekday::Saturday => Weekday::Saturday,
            jiff::civil::Weekday::Sunday => Weekday::Sunday,
        }
    }

    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A month of a year; shows as `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A time zone by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: jiff::tz::TimeZone,
}

impl Zone {
    pub fn parse(name: &str) -> Option<Zone> {
        let rules = jiff::tz::TimeZone::get(name).ok()?;
        // The name in the spelling of the database, whatever was written.
        let name = rules.iana_name()?.to_owned();
        Some(Zone { name, rules })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day that it is there at this time.
    pub fn date(&self, at: Time) -> Date {
        let end = if at < Time::from_millis(0) { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Date(self.rules.to_datetime(jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(end)).date())
    }

    /// When a day begins there.
    pub fn begins(&self, day: Date) -> Option<Time> {
        let midnight = day.0.to_zoned(self.rules.clone()).ok()?;
        Some(Time::from_millis(midnight.timestamp().as_millisecond()))
    }

    /// When the clocks there show this minute of the day: of two the earlier one, and where it is skipped, just after.
    pub fn moment(&self, day: Date, minute: Minute) -> Option<Time> {
        let (hour, minute) = (i8::try_from(minute.hour()).ok()?, i8::try_from(minute.minute()).ok()?);
        let shown = day.0.at(hour, minute, 0, 0).to_zoned(self.rules.clone()).ok()?;
        Some(Time::from_millis(shown.timestamp().as_millisecond()))
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone { name: "UTC".to_owned(), rules: jiff::tz::TimeZone::UTC }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        for (zone, at, date) in [
            ("UTC", "2026-09-30T23:59:59Z", "2026-09-30"),
            ("UTC", "2026-10-01T00:00:00Z", "2026-10-01"),
            ("Asia/Kolkata", "2026-09-30T18:29:59Z", "2026-09-30"),
            ("Asia/Kolkata", "2026-09-30T18:30:00Z", "2026-10-01"),
            ("America/Los_Angeles", "2026-10-01T06:59:59Z", "2026-09-30"),
            ("America/Los_Angeles", "2026-10-01T07:00:00Z", "2026-10-01"),
            // Clocks go back on 25 October: the day is an hour longer.
            ("Europe/Berlin", "2026-10-24T21:59:59Z", "2026-10-24"),
            ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"),
            ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
        ] {
            let zone = Zone::parse(zone).unwrap();
            assert_eq!(zone.date(Time::parse(at).unwrap()).to_string(), date, "{} {at}", zone.name());
        }
        assert_eq!(Zone::default(), Zone::parse("UTC").unwrap());
        assert_eq!(Zone::parse("asia/kolkata").unwrap().name(), "Asia/Kolkata");
        for unknown in ["", "Mars/Olympus", "+02:00", "CEST"] {
            assert_eq!(Zone::parse(unknown), None, "{unknown}");
        }
        assert!(!Zone::default().date(Time::from_millis(i64::MAX)).to_string().is_empty());
    }

    #[test]
    fn a_day_lasts_until_the_next_one_begins() {
        for (zone, day, begins, before) in [
            ("UTC", "2026-10-01", "2026-10-01T00:00:00Z", "2026-09-30"),
            ("Asia/Kolkata", "2026-10-01", "2026-09-30T18:30:00Z", "2026-09-30"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-24"),
            ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z", "2026-10-25"),
            // Clocks go forward at midnight: the day begins at one.
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-05"),
            ("UTC", "2028-03-01", "2028-03-01T00:00:00Z", "2028-02-29"),
        ] {
            let (zone, day) = (Zone::parse(zone).unwrap(), Date::parse(day).unwrap());
            let begins = Time::parse(begins).unwrap();
            assert_eq!((zone.begins(day), day.before()), (Some(begins), Date::parse(before)), "{} {day}", zone.name());
            assert_eq!(zone.date(begins), day);
            assert_eq!(Some(zone.date(begins.minus(std::time::Duration::from_millis(1)))), day.before());
        }
    }

    #[test]
    fn dates_are_read_in_one_form() {
        let date = Date::parse("2026-10-01").unwrap();
        assert_eq!((date.to_string(), date.month().to_string()), ("2026-10-01".to_owned(), "2026-10".to_owned()));
        assert!(date < Date::parse("2026-10-02").unwrap());
        for wrong in ["2026-13-01", "2026-02-30", "20261001", "1 Oct 2026", "2026-10-01T00:00:00", ""] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
