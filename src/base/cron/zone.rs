//! Time zones by name, with the rules that they follow now.
//!
//! Models: `time.LoadLocation` of Go. The table is the last line of each file of the tz database (public domain).
//! Left out: what a zone's rules were in earlier years; Morocco's and Egypt's yearly exceptions.

use jiff::tz::TimeZone;

/// One line for each rule: the rule, then the names of the zones that follow it.
static ZONES: &str = include_str!("zones.txt");

/// A zone by its exact name, `Europe/Berlin`; an empty name is UTC.
pub fn find(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == "UTC" || name == "Local" {
        return Some(TimeZone::UTC);
    }
    let line = ZONES.lines().find(|line| line.split(' ').skip(1).any(|zone| zone == name))?;
    TimeZone::posix(line.split(' ').next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_table_can_be_read() {
        for line in ZONES.lines() {
            let rule = line.split(' ').next().expect("a rule");
            assert!(TimeZone::posix(rule).is_ok(), "{rule}");
        }
        assert!(find("Asia/Seoul").is_some() && find("asia/seoul").is_none() && find("M3.5.0").is_none());
    }
}
