//! Durations as people read them: `12s`, `3m2s`, `5h`, `2d3h`.
//!
//! Models: `apimachinery/pkg/util/duration`.

/// Two units at the most, fewer the longer it is.
pub fn human(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(hours / 24, "d", hours % 24, "h"),
        () if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        () if hours < 24 * 365 * 8 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        () => format!("{}y", hours / 24 / 365),
    }
}

fn two(big: u64, unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
}

/// Go's `time.Duration` text: `1m30s`, `0s`, `1.5s`, `2h0m0s`.
pub fn go_duration(millis: u64) -> String {
    let (seconds, part) = (millis / 1000, millis % 1000);
    if seconds == 0 && part > 0 {
        return format!("{part}ms");
    }
    let fraction = if part == 0 { String::new() } else { format!(".{part:03}").trim_end_matches('0').to_string() };
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}{fraction}s"),
        (0, m) => format!("{m}m{rest}{fraction}s"),
        (h, m) => format!("{h}h{m}m{rest}{fraction}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_the_rougher() {
        for (seconds, expected) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (659, "10m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 120, "3h2m"),
            (47 * 3600, "47h"),
            (50 * 3600, "2d2h"),
            (400 * 86400, "400d"),
        ] {
            assert_eq!(human(seconds), expected);
        }
        assert_eq!(go_duration(90_500), "1m30.5s");
        assert_eq!(go_duration(30_000), "30s");
    }
}
