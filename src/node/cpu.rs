//! How the containers of a machine share its CPUs: weights from requests, quotas from limits. Worked out when something
//! changes, never by ticking: what rests costs nothing.
//!
//! Models: Linux cgroups as the kubelet sets them (`pkg/kubelet/cm/helpers_linux.go`: `MilliCPUToShares`, `MilliCPUToQuota`),
//! CFS bandwidth with periods of 100 ms.
//! Left out: the hierarchy of QoS classes and pods (containers stand side by side), pinned CPUs, nice values.

use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A period of the kernel's bandwidth control, in microseconds: unused quota is good for one of them.
const PERIOD: u64 = 100_000;
/// Millicores of a machine that its system takes first.
const SYSTEM: u64 = 40;
/// Over this time it is counted what bursts of work make together.
const WINDOW: Span = Span::millis(1000);
/// No burst waits longer than this for its turn, in microseconds: what comes then is refused elsewhere.
const LONGEST: u64 = 600_000_000;

/// What a container may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its weight among others: 1024 for each requested CPU.
    pub shares: u32,
    /// Millicores it may never exceed.
    pub quota: Option<u32>,
}

impl Default for Claim {
    fn default() -> Claim {
        Claim::of(None, None)
    }
}

impl Claim {
    /// From request and limit in millicores.
    pub fn of(request: Option<u32>, limit: Option<u32>) -> Claim {
        let request = request.unwrap_or(0);
        let shares = (u64::from(request) * 1024 / 1000).clamp(2, 262_144) as u32;
        Claim { shares, quota: limit.filter(|limit| *limit > 0).map(|limit| limit.max(10)) }
    }
}

/// The CPU time of one container.
#[derive(Clone, Debug)]
struct Meter {
    claim: Claim,
    /// Millicores of steady work that it wants, and gets since `at`.
    demand: u32,
    rate: u32,
    at: Time,
    /// Microseconds used up to `at` by steady work, and all work that came in bursts.
    steady: u64,
    bursts: u64,
    /// Millicores with which bursts are worked off, and when (in microseconds) all of them are done; it lies in the past by
    /// up to one period where quota was left over.
    speed: u32,
    done: u64,
    /// When the last one came.
    last: Time,
    /// Bursts of the running window: since when, how much; and of the last whole one, in millicores.
    since: Time,
    sum: u64,
    recent: u32,
}

impl Meter {
    fn new(claim: Claim, now: Time) -> Meter {
        Meter {
            claim,
            demand: 0,
            rate: 0,
            at: now,
            steady: 0,
            bursts: 0,
            speed: 0,
            done: 0,
            last: now,
            since: now,
            sum: 0,
            recent: 0,
        }
    }

    /// Microseconds of bursts that wait at a time.
    fn backlog(&self, now: Time) -> u64 {
        self.done.saturating_sub(now.0 * 1000) * u64::from(self.speed) / 1000
    }

    /// Microseconds used up to a moment; of one that is a little past, what the bursts were at is estimated.
    fn used(&self, at: Time) -> u64 {
        let steady = self.steady + at.since(self.at).0 * u64::from(self.rate);
        let before = self.at.since(at).0 * u64::from(self.rate) + self.last.since(at).0 * u64::from(self.recent);
        (steady + self.bursts).saturating_sub(self.backlog(at.max(self.last)) + before)
    }

    /// Millicores it wants now, at the most what its quota gives.
    fn wants(&self) -> u32 {
        let wants = self.demand.saturating_add(self.recent);
        self.claim.quota.map_or(wants, |quota| wants.min(quota))
    }

    /// Ends a window that is over; true when what is counted changed.
    fn roll(&mut self, now: Time) -> bool {
        let age = now.since(self.since);
        if age < WINDOW {
            return false;
        }
        let old = std::mem::replace(&mut self.recent, (self.sum / age.0.max(1)).min(1_000_000) as u32);
        (self.since, self.sum) = (now, 0);
        old.abs_diff(self.recent) > 20
    }
}

/// Who uses the CPUs of a machine, by container id. Containers that rest do not stand here.
#[derive(Clone, Debug, Default)]
pub struct Board {
    meters: BTreeMap<Rc<str>, Meter>,
    /// Microseconds that containers have used which have ended.
    gone: u64,
}

impl Board {
    /// Notes what a container wants to use steadily from now on, in millicores.
    pub fn demand(&mut self, id: &Rc<str>, claim: Claim, millicores: u32, cpus: u32, now: Time) {
        match self.meters.get_mut(id) {
            None if millicores == 0 => return,
            Some(meter) if meter.demand == millicores && meter.claim == claim => return,
            Some(meter) => (meter.demand, meter.claim) = (millicores, claim),
            None => {
                let meter = Meter { demand: millicores, ..Meter::new(claim, now) };
                self.meters.insert(id.clone(), meter);
            }
        }
        self.share(cpus, now);
    }

    /// Charges a container for a piece of work, in microseconds; how long it takes until that is done.
    pub fn charge(&mut self, id: &Rc<str>, claim: Claim, micros: u64, cpus: u32, now: Time) -> Span {
        if micros == 0 {
            return Span::ZERO;
        }
        let fresh = !self.meters.contains_key(id);
        let meter = self.meters.entry(id.clone()).or_insert_with(|| Meter::new(claim, now));
        let changed = std::mem::replace(&mut meter.claim, claim) != claim;
        if fresh || changed || meter.roll(now) {
            self.share(cpus, now);
        }
        let Some(meter) = self.meters.get_mut(id) else { return Span::ZERO };
        let start = now.0 * 1000;
        let needs = micros * 1000 / u64::from(meter.speed.max(1));
        meter.bursts += micros;
        meter.last = now;
        meter.sum += micros;
        meter.done = (meter.done.max(start.saturating_sub(PERIOD)) + needs).min(start + LONGEST);
        let end = meter.done.max(start + micros);
        Span((end - start).div_ceil(1000))
    }

    /// How long a piece of work would wait for its turn.
    pub fn wait(&self, id: &str, now: Time) -> Span {
        self.meters.get(id).map_or(Span::ZERO, |meter| Span(meter.done.saturating_sub(now.0 * 1000) / 1000))
    }

    /// Charges a container for steady work, in millicores, that lasted a while: no more than it could have used.
    pub fn burn(&mut self, id: &Rc<str>, claim: Claim, millicores: u32, lasted: Span, cpus: u32, now: Time) {
        self.charge(id, claim, 1, cpus, now);
        let speed = self.meters.get(id).map_or(0, |meter| meter.speed).min(millicores);
        self.charge(id, claim, lasted.0 * u64::from(speed), cpus, now);
    }

    /// Microseconds of CPU time that a container has used, beside what it uses at rest.
    pub fn used(&self, id: &str, now: Time) -> u64 {
        self.meters.get(id).map_or(0, |meter| meter.used(now))
    }

    /// How fast steady work goes: thousandths of what it would be with a CPU of its own.
    pub fn pace(&self, id: &str) -> u32 {
        let meter = self.meters.get(id).filter(|meter| meter.demand > 0);
        meter.map_or(1000, |meter| (u64::from(meter.rate) * 1000 / u64::from(meter.demand)).clamp(1, 1000) as u32)
    }

    /// Microseconds that containers have used which have ended.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// A container ended after it had used so many microseconds.
    pub fn ended(&mut self, id: &str, used: u64, cpus: u32, now: Time) {
        self.gone += used;
        self.forget(id, cpus, now);
    }

    /// The container is gone.
    pub fn forget(&mut self, id: &str, cpus: u32, now: Time) {
        if self.meters.remove(id).is_some_and(|meter| meter.wants() > 0) {
            self.share(cpus, now);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    pub fn has(&self, id: &str) -> bool {
        self.meters.contains_key(id)
    }

    /// The machine was switched off.
    pub fn clear(&mut self) {
        *self = Board::default();
    }

    /// Gives every container its part of the CPUs: nobody gets more than it wants, the rest goes by weight.
    fn share(&mut self, cpus: u32, now: Time) {
        for meter in self.meters.values_mut() {
            meter.roll(now);
            meter.steady += now.since(meter.at).0 * u64::from(meter.rate);
            meter.at = now;
        }
        let total = (u64::from(cpus) * 1000).saturating_sub(SYSTEM).max(1);
        let wants: Vec<(u32, u32)> = self.meters.values().map(|m| (m.wants(), m.claim.shares)).collect();
        let gets = water(total, &wants);
        let busy: u64 = wants.iter().map(|(wants, _)| u64::from(*wants)).sum();
        let free = total.saturating_sub(busy);
        let weights: u64 = self.meters.values().map(|m| u64::from(m.claim.shares)).sum();
        for (meter, got) in self.meters.values_mut().zip(gets) {
            let waiting = meter.backlog(now);
            let part = got * u64::from(meter.demand) / u64::from(meter.demand.saturating_add(meter.recent).max(1));
            meter.rate = part as u32;
            let fair = total * u64::from(meter.claim.shares) / weights.max(1);
            let room = (got + free).max(fair).saturating_sub(part);
            let quota = meter.claim.quota.map_or(total, |quota| u64::from(quota).saturating_sub(part));
            let speed = room.min(quota).clamp(5, total.max(5)) as u32;
            // What waits is worked off at the new speed.
            if waiting > 0 {
                meter.done = now.0 * 1000 + waiting * 1000 / u64::from(speed);
            }
            meter.speed = speed;
        }
    }
}

/// Divides a total by weight, where nobody takes more than it wants: pairs of what is wanted and weight.
fn water(total: u64, wants: &[(u32, u32)]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..wants.len()).collect();
    // Who is content soonest comes first.
    order.sort_by_key(|n| u64::from(wants[*n].0) * 1_000_000 / u64::from(wants[*n].1.max(1)));
    let mut left = total;
    let mut weights: u64 = wants.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut gets = vec![0; wants.len()];
    for n in order {
        let (wanted, weight) = (u64::from(wants[n].0), u64::from(wants[n].1));
        gets[n] = wanted.min(left * weight / weights.max(1));
        left -= gets[n];
        weights -= weight;
    }
    gets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> Rc<str> {
        name.into()
    }

    #[test]
    fn busy_containers_share_by_their_requests_and_stop_at_their_limits() {
        let mut board = Board::default();
        let (big, small, capped) = (id("big"), id("small"), id("capped"));
        board.demand(&big, Claim::of(Some(300), None), 4000, 1, Time(0));
        board.demand(&small, Claim::of(Some(100), None), 1000, 1, Time(0));
        board.demand(&capped, Claim::of(Some(100), Some(100)), 1000, 1, Time(0));
        let used = |name: &str| board.used(name, Time(10_000)) / 10_000;
        assert!(used("big").abs_diff(645) <= 1 && used("capped") == 100, "{} {}", used("big"), used("capped"));
        assert!(used("small").abs_diff(215) <= 1, "{}", used("small"));
        assert_eq!(board.pace("capped"), 100);
    }

    #[test]
    fn a_request_is_as_fast_as_its_quota_allows() {
        let mut board = Board::default();
        let (web, claim) = (id("web"), Claim::of(Some(200), Some(500)));
        // Rested: no wait. One after the other: half as fast as the work.
        assert_eq!(board.charge(&web, claim, 40_000, 4, Time(1000)), Span(40));
        let mut now = Time(1000);
        for _ in 0..50 {
            let takes = board.charge(&web, claim, 40_000, 4, now);
            now += takes;
        }
        let takes = board.charge(&web, claim, 40_000, 4, now);
        assert_eq!(takes, Span(80));
        let used = board.used("web", now) - board.used("web", Time(now.0 - 1000));
        assert!(used <= 520_000, "{used}");
    }

    #[test]
    fn work_that_no_quota_holds_back_uses_all_cpus() {
        let mut board = Board::default();
        let (web, claim) = (id("web"), Claim::default());
        let takes: Vec<Span> = (0..6).map(|_| board.charge(&web, claim, 100_000, 2, Time(1000))).collect();
        assert_eq!(takes[0], Span(100));
        assert!(takes[5] >= Span(200) && takes[5] <= Span(300), "{takes:?}");
    }
}
