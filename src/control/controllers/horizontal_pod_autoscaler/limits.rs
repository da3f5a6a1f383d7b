//! How fast an autoscaler may follow its metrics: bounds, stabilisation windows, policies.
//!
//! Models: `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors` of
//! `pkg/controller/podautoscaler/horizontal.go`.
//! Left out: nothing.

use super::{Turn, condition};
use crate::api::Object;
use crate::api::kinds::plain;
use crate::control::Cx;
use crate::control::scaling::{Noted, Past, note};
use crate::time::{Span, Time};
use serde_json::Value;

/// `--horizontal-pod-autoscaler-downscale-stabilization`.
const DOWNSCALE: Span = Span::minutes(5);

const WITHIN: (&str, &str) = ("DesiredWithinRange", "the desired count is within the acceptable range");
const FAST: (&str, &str) =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const SLOW: (&str, &str) =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
const MANY: (&str, &str) = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const FEW: (&str, &str) = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");

const HIGHER: (&str, &str) = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const LOWER: (&str, &str) = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);

/// What may be done of what is wanted; the conditions say so.
pub fn normalize(scaler: &mut Object, turn: &Turn, wanted: i32, cx: &mut Cx<'_>) -> i32 {
    let behavior = plain::at(scaler, &["spec", "behavior"]).filter(|given| given.is_object()).cloned();
    let now = cx.now;
    let past = cx.scalers.of(&turn.key);
    let (stable, (reason, message)) = match &behavior {
        None => stabilize(past, wanted, now),
        Some(behavior) => stabilize_with(past, behavior, turn.current, wanted, now),
    };
    let (desired, limit) = match &behavior {
        None => bounds(turn, stable),
        Some(behavior) => rates(past, behavior, turn, stable, now),
    };
    if stable == wanted {
        condition(scaler, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", cx);
    } else {
        condition(scaler, "AbleToScale", "True", reason, message, cx);
    }
    let limited = if desired == stable { "False" } else { "True" };
    condition(scaler, "ScalingLimited", limited, limit.0, limit.1, cx);
    desired
}

/// Notes a scaling, for the policies.
pub fn remember(scaler: &Object, turn: &Turn, wanted: i32, cx: &mut Cx<'_>) {
    let up = wanted > turn.current;
    let Some(rules) = plain::at(scaler, &["spec", "behavior", if up { "scaleUp" } else { "scaleDown" }]) else {
        return;
    };
    let longest = policies(rules).map(|(_, _, period)| period).max().unwrap_or(Span::ZERO);
    let (now, change) = (cx.now, (wanted - turn.current).abs());
    let past = cx.scalers.of(&turn.key);
    note(if up { &mut past.ups } else { &mut past.downs }, change, now, longest);
}

/// The highest recommendation of the last minutes.
fn stabilize(past: &mut Past, wanted: i32, now: Time) -> (i32, (&'static str, &'static str)) {
    let recent = past.recommended.iter().filter(|(_, at)| now.since(*at) <= DOWNSCALE);
    let highest = recent.map(|(replicas, _)| *replicas).fold(wanted, i32::max);
    note(&mut past.recommended, wanted, now, DOWNSCALE);
    (highest, HIGHER)
}

fn stabilize_with(
    past: &mut Past,
    behavior: &Value,
    current: i32,
    wanted: i32,
    now: Time,
) -> (i32, (&'static str, &'static str)) {
    let window = |way: &str, default: Span| {
        let seconds = behavior[way]["stabilizationWindowSeconds"].as_u64();
        seconds.map_or(default, Span::seconds)
    };
    let (up, down) = (window("scaleUp", Span::ZERO), window("scaleDown", DOWNSCALE));
    let within = |span: Span| past.recommended.iter().filter(move |(_, at)| now.since(*at) < span).map(|(n, _)| *n);
    let least = within(up).fold(wanted, i32::min);
    let most = within(down).fold(wanted, i32::max);
    let stable = current.max(least).min(most);
    note(&mut past.recommended, wanted, now, Span(up.0.max(down.0)));
    (stable, if wanted >= current { LOWER } else { HIGHER })
}

/// Without rules: at most twice as many at once (or four), and the bounds.
fn bounds(turn: &Turn, wanted: i32) -> (i32, (&'static str, &'static str)) {
    let fastest = turn.current.saturating_mul(2).max(4);
    let (most, why) = if turn.max > fastest { (fastest, FAST) } else { (turn.max, MANY) };
    match wanted {
        n if n < turn.min => (turn.min, FEW),
        n if n > most => (most, why),
        n => (n, WITHIN),
    }
}

fn rates(past: &Past, behavior: &Value, turn: &Turn, wanted: i32, now: Time) -> (i32, (&'static str, &'static str)) {
    let current = turn.current;
    if wanted > current {
        let limit = limit(past, &behavior["scaleUp"], current, now, true).max(current);
        let (most, why) = if turn.max > limit { (limit, FAST) } else { (turn.max, MANY) };
        if wanted > most {
            return (most, why);
        }
    } else if wanted < current {
        let limit = limit(past, &behavior["scaleDown"], current, now, false).min(current);
        let (least, why) = if turn.min < limit { (limit, SLOW) } else { (turn.min, FEW) };
        if wanted < least {
            return (least, why);
        }
    }
    (wanted, WITHIN)
}

/// How far the policies of one direction allow to go.
fn limit(past: &Past, rules: &Value, current: i32, now: Time, up: bool) -> i32 {
    let select = rules["selectPolicy"].as_str().unwrap_or("Max");
    if select == "Disabled" {
        return current;
    }
    let changed = |list: &[Noted], period: Span| -> i32 {
        list.iter().filter(|(_, at)| now.since(*at) < period).map(|(change, _)| *change).sum()
    };
    let allowed = policies(rules).map(|(kind, value, period)| {
        let start = i64::from(current - changed(&past.ups, period) + changed(&past.downs, period));
        let n = match (kind, up) {
            ("Percent", true) => (start * (100 + value) + 99).div_euclid(100),
            ("Percent", false) => start * (100 - value) / 100,
            (_, true) => start + value,
            (_, false) => start - value,
        };
        n.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    });
    // The greatest change: upwards the greatest number, downwards the least.
    let found = if (select == "Max") == up { allowed.max() } else { allowed.min() };
    found.unwrap_or(current)
}

fn policies(rules: &Value) -> impl Iterator<Item = (&str, i64, Span)> {
    let list = rules["policies"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|policy| {
        let period = policy["periodSeconds"].as_u64().unwrap_or(15);
        (policy["type"].as_str().unwrap_or(""), policy["value"].as_i64().unwrap_or(0), Span::seconds(period))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn policies_count_what_was_done_within_their_period() {
        let rules = json!({"selectPolicy": "Max", "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15},
        ]});
        let now = Time(100_000);
        let mut past = Past::default();
        assert_eq!(limit(&past, &rules, 1, now, true), 5);
        assert_eq!(limit(&past, &rules, 8, now, true), 16);
        past.ups.push((4, Time(95_000)));
        assert_eq!(limit(&past, &rules, 5, now, true), 5);
        assert_eq!(limit(&past, &json!({"selectPolicy": "Disabled"}), 5, now, false), 5);
        let half = json!({"policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}]});
        assert_eq!(limit(&Past::default(), &half, 9, now, false), 4);
    }
}
