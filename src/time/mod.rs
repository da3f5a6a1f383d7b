//! The only clock there is: virtual milliseconds since the cluster booted, and the queue of what comes next.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A moment: milliseconds since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// The calendar time of boot, in seconds since 1970 (2026-09-01T09:00:00Z). Fixed, so that every run prints the same.
pub const EPOCH: i64 = 1_788_253_200;

impl Time {
    pub const ZERO: Time = Time(0);

    /// Calendar time, whole seconds as objects carry it.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(EPOCH + (self.0 / 1000) as i64).expect("simulated time stays within jiff's range")
    }

    /// Calendar time with milliseconds (leases, event times, logs).
    pub fn timestamp_exact(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(EPOCH * 1000 + self.0 as i64)
            .expect("simulated time stays within jiff's range")
    }

    /// The moment of a calendar time; before boot is boot.
    pub fn of(timestamp: jiff::Timestamp) -> Time {
        Time((timestamp.as_millisecond() - EPOCH * 1000).max(0) as u64)
    }

    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    pub const ZERO: Span = Span(0);

    pub const fn millis(n: u64) -> Span {
        Span(n)
    }

    pub const fn seconds(n: u64) -> Span {
        Span(n * 1000)
    }

    pub const fn minutes(n: u64) -> Span {
        Span(n * 60_000)
    }

    /// Whole seconds, rounded down.
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1000
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add<Span> for Span {
    type Output = Span;
    fn add(self, span: Span) -> Span {
        Span(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for Time {
    /// `1:42.305`: minutes, seconds, milliseconds since boot.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, rest) = (self.0 / 60_000, self.0 % 60_000);
        write!(f, "{}:{:02}.{:03}", minutes, rest / 1000, rest % 1000)
    }
}

/// What comes next, ordered by time and then by insertion. Events are data, so the queue can be cloned.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    events: BTreeMap<(Time, u64), E>,
    inserted: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { events: BTreeMap::new(), inserted: 0 }
    }
}

impl<E> Queue<E> {
    pub fn push(&mut self, at: Time, event: E) {
        self.inserted += 1;
        self.events.insert((at, self.inserted), event);
    }

    /// When the next event is due.
    pub fn next(&self) -> Option<Time> {
        self.events.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next event if it is due by `until`.
    pub fn pop(&mut self, until: Time) -> Option<(Time, E)> {
        if self.next()? > until {
            return None;
        }
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Time, &E)> {
        self.events.iter().map(|((at, _), event)| (*at, event))
    }
}
