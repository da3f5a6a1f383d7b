//! The difference of two texts, line by line, as `diff -U3` writes it.
//!
//! Models: `github.com/pmezard/go-difflib` (`GetUnifiedDiffString`), as the API server uses it.
//! Left out: its preference for long blocks; a longest common subsequence is kept instead.

/// How many equal lines stand around each change.
const CONTEXT: usize = 3;
/// Beyond this many pairs of lines everything between the common ends counts as changed.
const PAIRS: usize = 4_000_000;

/// One step from the first text to the second: the line kept, taken away, or put in.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Keep,
    Drop,
    Add,
}

/// The hunks, each with its `@@` line; empty when the texts are the same.
pub fn unified(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let steps = steps(&a, &b);
    let mut out = String::new();
    let (mut i, mut j, mut at) = (0, 0, 0);
    while at < steps.len() {
        if steps[at] == Step::Keep {
            (i, j, at) = (i + 1, j + 1, at + 1);
            continue;
        }
        let begin = at - at.min(CONTEXT).min(kept_before(&steps, at));
        let end = hunk_end(&steps, at);
        let (from_a, from_b) = (i - (at - begin), j - (at - begin));
        let (mut x, mut y) = (from_a, from_b);
        let mut body = String::new();
        for step in &steps[begin..end] {
            let (sign, line) = match step {
                Step::Keep => (' ', a[x]),
                Step::Drop => ('-', a[x]),
                Step::Add => ('+', b[y]),
            };
            x += usize::from(*step != Step::Add);
            y += usize::from(*step != Step::Drop);
            body.push(sign);
            body += line;
            body.push('\n');
        }
        out += &format!("@@ -{} +{} @@\n{body}", range(from_a, x), range(from_b, y));
        (i, j, at) = (x, y, end);
    }
    out
}

fn kept_before(steps: &[Step], at: usize) -> usize {
    steps[..at].iter().rev().take_while(|step| **step == Step::Keep).count()
}

/// Where the hunk of a change ends: after the context that no further change comes near.
fn hunk_end(steps: &[Step], mut at: usize) -> usize {
    loop {
        while at < steps.len() && steps[at] != Step::Keep {
            at += 1;
        }
        let kept = steps[at..].iter().take_while(|step| **step == Step::Keep).count();
        if kept > 2 * CONTEXT || at + kept == steps.len() {
            return at + kept.min(CONTEXT);
        }
        at += kept;
    }
}

/// `3,7`; a single line has no length, an empty range begins before its place.
fn range(from: usize, to: usize) -> String {
    match to - from {
        1 => format!("{}", from + 1),
        0 => format!("{from},0"),
        length => format!("{},{length}", from + 1),
    }
}

fn steps(a: &[&str], b: &[&str]) -> Vec<Step> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let mut all = vec![Step::Keep; head];
    if a.len() * b.len() > PAIRS {
        all.extend(a.iter().map(|_| Step::Drop).chain(b.iter().map(|_| Step::Add)));
    } else {
        middle(a, b, &mut all);
    }
    all.extend(std::iter::repeat_n(Step::Keep, tail));
    all
}

fn middle(a: &[&str], b: &[&str], all: &mut Vec<Step>) {
    let width = b.len() + 1;
    // The length of the longest common subsequence of what follows each pair of places.
    let mut common = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            all.push(Step::Keep);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            all.push(Step::Drop);
            i += 1;
        } else {
            all.push(Step::Add);
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stands_between_three_lines_on_each_side() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(unified(old, new), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
        assert_eq!(unified(old, old), "");
        assert_eq!(unified("", "x\n"), "@@ -0,0 +1 @@\n+x\n");
    }
}
