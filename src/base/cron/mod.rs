//! Schedules as crontab writes them: five fields, `@daily` and its kin, `@every 1h`; and when they fire next.
//!
//! Models: `robfig/cron/v3` (`ParseStandard`, `SpecSchedule.Next`, `ConstantDelaySchedule.Next`).

mod parse;
pub mod zone;

pub use parse::parse;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Set in a field that was written as a star: it then does not narrow the other of the two day fields.
const STAR: u64 = 1 << 63;

/// When something is to happen again and again.
#[derive(Clone, Debug)]
pub enum Schedule {
    Fields(Box<Fields>),
    /// Every so many seconds.
    Every(i64),
}

/// The moments that each field allows, as bits; always at second 0.
#[derive(Clone, Debug)]
pub struct Fields {
    minute: u64,
    hour: u64,
    dom: u64,
    month: u64,
    dow: u64,
    zone: TimeZone,
}

impl Schedule {
    /// The first moment after another; `None` when there is none within five years (the 31st of February).
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Every(seconds) => Timestamp::from_second(after.as_second() + seconds).ok(),
            Schedule::Fields(fields) => fields.next(after),
        }
    }
}

fn has(bits: u64, n: i8) -> bool {
    bits >> n & 1 == 1
}

impl Fields {
    fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    fn at(&self, local: DateTime) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(local).compatible().ok()
    }

    fn day_fits(&self, day: DateTime) -> bool {
        let dom = has(self.dom, day.day());
        let dow = has(self.dow, day.date().weekday().to_sunday_zero_offset());
        if (self.dom | self.dow) & STAR != 0 { dom && dow } else { dom || dow }
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut at = Timestamp::from_second(after.as_second() + 1).ok()?;
        let last_year = self.local(at).year() + 5;
        // Whether a field was counted up: those below it then start from their lowest.
        let mut fresh = false;
        'wrap: loop {
            if self.local(at).year() > last_year {
                return None;
            }
            while !has(self.month, self.local(at).month()) {
                let month = self.local(at).date().first_of_month();
                fresh = true;
                at =
                    self.at(month.checked_add(Span::new().months(1)).ok()?.to_datetime(jiff::civil::Time::midnight()))?;
                if self.local(at).month() == 1 {
                    continue 'wrap;
                }
            }
            while !self.day_fits(self.local(at)) {
                let day = self.local(at).date();
                fresh = true;
                at = self.at(day.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight()))?;
                if self.local(at).day() == 1 {
                    continue 'wrap;
                }
            }
            while !has(self.hour, self.local(at).hour()) {
                at = self.up(at, 3600, &mut fresh)?;
                if self.local(at).hour() == 0 {
                    continue 'wrap;
                }
            }
            while !has(self.minute, self.local(at).minute()) {
                at = self.up(at, 60, &mut fresh)?;
                if self.local(at).minute() == 0 {
                    continue 'wrap;
                }
            }
            let second = self.local(at).second();
            if second == 0 {
                return Some(at);
            }
            at = Timestamp::from_second(at.as_second() + 60 - i64::from(second)).ok()?;
            fresh = true;
        }
    }

    /// The next full hour or minute.
    fn up(&self, at: Timestamp, unit: i64, fresh: &mut bool) -> Option<Timestamp> {
        let local = self.local(at);
        let into = if *fresh {
            0
        } else if unit == 3600 {
            i64::from(local.minute()) * 60 + i64::from(local.second())
        } else {
            i64::from(local.second())
        };
        *fresh = true;
        Timestamp::from_second(at.as_second() - into + unit).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(spec: &str, zone: TimeZone, after: &str) -> String {
        let after: Timestamp = after.parse().expect("a time");
        parse(spec, zone).expect("a schedule").next(after).map_or("never".into(), |at| at.to_string())
    }

    #[test]
    fn a_schedule_fires_at_the_next_moment_that_fits_all_fields() {
        let utc = || TimeZone::UTC;
        assert_eq!(next("* * * * *", utc(), "2026-09-01T09:00:00Z"), "2026-09-01T09:01:00Z");
        assert_eq!(next("0 3 * * *", utc(), "2026-09-01T09:00:00Z"), "2026-09-02T03:00:00Z");
        assert_eq!(next("*/20 9-17 * * mon-fri", utc(), "2026-09-04T17:41:00Z"), "2026-09-07T09:00:00Z");
        assert_eq!(next("0 0 29 2 *", utc(), "2026-09-01T09:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(next("0 0 31 2 *", utc(), "2026-09-01T09:00:00Z"), "never");
        assert_eq!(next("0 0 13 * fri", utc(), "2026-09-01T09:00:00Z"), "2026-09-04T00:00:00Z");
        assert_eq!(next("@hourly", utc(), "2026-12-31T23:30:10Z"), "2027-01-01T00:00:00Z");
        assert_eq!(next("@every 90s", utc(), "2026-09-01T09:00:10Z"), "2026-09-01T09:01:40Z");
    }

    #[test]
    fn a_time_zone_moves_it_summer_time_included() {
        let berlin = || zone::find("Europe/Berlin").expect("a zone");
        assert_eq!(next("0 3 * * *", berlin(), "2026-09-01T09:00:00Z"), "2026-09-02T01:00:00Z");
        assert_eq!(next("0 3 * * *", berlin(), "2026-12-01T09:00:00Z"), "2026-12-02T02:00:00Z");
    }
}
