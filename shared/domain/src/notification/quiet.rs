//! The hours in which a user is left alone, as the clocks of their time zone show them.
use std::collections::BTreeSet;
use std::fmt;

use crate::calendar::Zone;
use crate::{Time, words};

/// Of periods that follow each other without a gap so many are looked at: a week of whole days, and one more.
const CHAIN_MAX: usize = 8;

words! {
    pub enum Weekday {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }
}

/// A minute of the day; shows as `07:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute {
    hour: u8,
    minute: u8,
}

impl Minute {
    /// Reads `07:30`.
    pub fn parse(text: &str) -> Option<Minute> {
        let (hour, minute) = text.split_once(':')?;
        let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() == 2);
        let (hour, minute) = (number(hour)?, number(minute)?);
        let is_there = hour < 24 && minute < 60 && text.bytes().all(|byte| byte == b':' || byte.is_ascii_digit());
        is_there.then_some(Minute { hour, minute })
    }

    pub fn hour(self) -> u8 {
        self.hour
    }

    pub fn minute(self) -> u8 {
        self.minute
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub time_zone: Zone,
    /// On which they begin.
    pub days: BTreeSet<Weekday>,
    pub from: Minute,
    /// On the next day, unless it is later than `from`; where both are the same, they last a whole day.
    pub to: Minute,
}

impl QuietHours {
    /// When those end in which `now` lies; `None` if it lies in none.
    pub fn end(&self, now: Time) -> Option<Time> {
        let mut end = self.end_of_one(now)?;
        for _ in 1..CHAIN_MAX {
            let Some(later) = self.end_of_one(end) else { break };
            end = later;
        }
        Some(end)
    }

    fn end_of_one(&self, now: Time) -> Option<Time> {
        let today = self.time_zone.date(now);
        [Some(today), today.before()].into_iter().flatten().find_map(|day| {
            let last = if self.to > self.from { Some(day) } else { day.after() };
            let begin = self.time_zone.moment(day, self.from)?;
            let end = self.time_zone.moment(last?, self.to)?;
            (self.days.contains(&day.weekday()) && begin <= now && now < end).then_some(end)
        })
    }
}
