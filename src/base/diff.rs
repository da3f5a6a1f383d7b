//! The difference of two texts, line by line.
//!
//! Models: `diff -u` of GNU diffutils, and `github.com/pmezard/go-difflib` (`GetUnifiedDiffString`), which writes the same.

use imara_diff::{Algorithm, Diff, InternedInput};
use std::ops::Range;

/// A stretch of lines that differs: where it stands in the first text and in the second, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    pub before: Range<usize>,
    pub after: Range<usize>,
}

/// What differs, from top to bottom.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Hunk { before: wide(hunk.before), after: wide(hunk.after) }).collect()
}

/// The blocks of `diff -u`, each with its `@@` line and so many equal lines around it; empty when the texts are the same.
pub fn unified(old: &str, new: &str, context: usize) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let all = hunks(old, new);
    let mut out = String::new();
    // changes that are so near that their context would touch stand in one block
    for block in all.chunk_by(|one, next| next.before.start - one.before.end <= 2 * context) {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { continue };
        let before = first.before.start.min(context);
        let after = (a.len() - last.before.end).min(context);
        let left = first.before.start - before..last.before.end + after;
        let right = first.after.start - before..last.after.end + after;
        out += &format!("@@ -{} +{} @@\n", range(&left), range(&right));
        let mut at = left.start;
        for hunk in block {
            a[at..hunk.before.start].iter().for_each(|text| line(&mut out, ' ', text));
            a[hunk.before.clone()].iter().for_each(|text| line(&mut out, '-', text));
            b[hunk.after.clone()].iter().for_each(|text| line(&mut out, '+', text));
            at = hunk.before.end;
        }
        a[at..left.end].iter().for_each(|text| line(&mut out, ' ', text));
    }
    out
}

fn line(out: &mut String, sign: char, text: &str) {
    out.push(sign);
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// `3,7`; a single line has no length, an empty range stands behind the line before it.
fn range(lines: &Range<usize>) -> String {
    match lines.len() {
        1 => format!("{}", lines.start + 1),
        0 => format!("{},0", lines.start),
        length => format!("{},{length}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stands_between_three_lines_on_each_side() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(unified(old, new, 3), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
        assert_eq!(unified(old, old, 3), "");
        assert_eq!(unified("", "x\n", 3), "@@ -0,0 +1 @@\n+x\n");
        assert_eq!(unified("x", "x\n", 3), "@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
    }

    #[test]
    fn distant_changes_stand_in_blocks_of_their_own() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("3\n", "x\n").replace("18\n", "");
        let heads: Vec<_> = unified(&old, &new, 1).lines().filter(|l| l.starts_with("@@")).map(str::to_owned).collect();
        assert_eq!(heads, ["@@ -2,3 +2,3 @@", "@@ -12,3 +12,3 @@", "@@ -17,3 +17,2 @@"]);
    }
}
