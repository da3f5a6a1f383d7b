//! The shortest list of entries that still does something: larger pieces are left out first, then smaller ones.
//!
//! Models: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input").

use super::super::format::Entry;

/// Leaves out whatever `fails` does not need; asks it so many times at the most.
pub fn shrink(entries: &[Entry], replays: usize, fails: impl Fn(&[Entry]) -> bool) -> Vec<Entry> {
    let mut kept = entries.to_vec();
    let mut left = replays;
    let mut size = (kept.len() / 2).max(1);
    loop {
        let mut dropped = false;
        // From the end: what comes late needs most of what is before it.
        let mut end = kept.len();
        while end > 0 && left > 0 {
            let begin = end.saturating_sub(size);
            let mut fewer = kept[..begin].to_vec();
            fewer.extend_from_slice(&kept[end..]);
            left -= 1;
            if !fewer.is_empty() && fails(&fewer) {
                kept = fewer;
                dropped = true;
            }
            end = begin;
        }
        if left == 0 || size == 1 && !dropped {
            return kept;
        }
        size = (size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::dice::command;
    use super::*;

    #[test]
    fn only_what_is_needed_stays() {
        let entries: Vec<Entry> = (0..40).map(|n| command(format!("c{n}"))).collect();
        let has = |list: &[Entry], n: usize| list.contains(&command(format!("c{n}")));
        let kept = shrink(&entries, 200, |list| has(list, 3) && has(list, 31));
        assert_eq!(kept, [command("c3"), command("c31")]);
    }
}
