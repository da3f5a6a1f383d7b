//! Which Kubernetes the server says it is: that decides which old group-versions it still serves.
//!
//! Models: the releases of Kubernetes; the last patch of each.

use std::fmt;
use std::str::FromStr;

/// `v1.36.3`. The current group-versions are served by every release: the cluster itself is the newest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    pub minor: u8,
    pub patch: u8,
}

/// The release that is simulated.
pub const CURRENT: Release = Release { minor: 36, patch: 3 };

/// The oldest that can be asked for.
const OLDEST: u8 = 9;

/// The last patches of 1.9, 1.10, ...
const LAST: &[u8] =
    &[11, 13, 10, 10, 12, 10, 12, 15, 17, 20, 16, 15, 14, 17, 17, 17, 16, 15, 16, 15, 15, 14, 14, 13, 11, 7, 4, 3];

impl Default for Release {
    fn default() -> Self {
        CURRENT
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}.{}", self.minor, self.patch)
    }
}

impl FromStr for Release {
    type Err = String;

    /// `1.15`, `v1.15`, `1.15.3`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no version between 1.{OLDEST} and 1.{}", CURRENT.minor);
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").ok_or_else(wrong)?;
        let (minor, patch) = rest.split_once('.').map_or((rest, None), |(minor, patch)| (minor, Some(patch)));
        let minor: u8 = minor.parse().map_err(|_| wrong())?;
        if !(OLDEST..=CURRENT.minor).contains(&minor) {
            return Err(wrong());
        }
        let patch = match patch {
            Some(patch) => patch.parse().map_err(|_| wrong())?,
            None => LAST.get(usize::from(minor - OLDEST)).copied().unwrap_or(0),
        };
        Ok(Release { minor, patch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_version_means_its_last_patch() {
        assert_eq!("1.15".parse::<Release>().map(|r| r.to_string()), Ok("v1.15.12".into()));
        assert_eq!("v1.36".parse::<Release>(), Ok(CURRENT));
        assert_eq!("1.21.3".parse::<Release>().map(|r| r.to_string()), Ok("v1.21.3".into()));
        assert!(
            "1.37".parse::<Release>().is_err() && "1.2".parse::<Release>().is_err() && "15".parse::<Release>().is_err()
        );
    }
}
