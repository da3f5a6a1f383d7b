//! Where in a manifest a place of the text is, by indentation alone, so that it works while the text is broken.

use super::super::{Field, Type, type_of};
use crate::base::line_index::LineIndex;

/// Lines that are looked back at most.
const LOOK_BACK: usize = 20_000;

/// One line of a block document, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line<'a> {
    /// Columns (in bytes) of the dashes in front.
    pub dashes: Vec<usize>,
    /// Column where the text behind them begins.
    pub column: usize,
    /// The key, if the line has one, without quotes.
    pub key: Option<&'a str>,
    /// What stands behind the colon, or the whole text if there is no key.
    pub rest: &'a str,
}

/// Takes a line apart; `None` for blank lines and comments.
pub(super) fn line(text: &str) -> Option<Line<'_>> {
    let mut out = Line { column: text.len() - text.trim_start_matches(' ').len(), ..Line::default() };
    let mut body = &text[out.column..];
    if body.is_empty() || body.starts_with('#') {
        return None;
    }
    while let Some(after) = body.strip_prefix('-').filter(|after| after.is_empty() || after.starts_with(' ')) {
        out.dashes.push(out.column);
        let trimmed = after.trim_start_matches(' ');
        out.column += body.len() - trimmed.len();
        body = trimmed;
    }
    out.rest = body;
    let colon = body.find(": ").or_else(|| body.strip_suffix(':').map(str::len));
    if let Some(at) = colon.filter(|at| !body[..*at].contains([' ', '{', '[', '"'])) {
        out.key = Some(body[..at].trim_matches('\''));
        out.rest = body[at + 1..].trim_start_matches(' ');
    }
    Some(out)
}

/// What surrounds a line.
pub(super) struct Context<'a> {
    pub api_version: Option<&'a str>,
    pub kind: Option<&'a str>,
    /// Keys from the root to the structure or map that the line belongs to; list items have no step.
    pub path: Vec<&'a str>,
    /// Keys that stand beside it already.
    pub siblings: Vec<&'a str>,
}

impl Context<'_> {
    /// The structure that the line belongs to.
    pub fn structure(&self) -> Option<&'static Type> {
        let mut at = type_of(self.api_version?, self.kind?)?;
        let mut path = self.path.iter();
        while let Some(name) = path.next() {
            let field = at.field(name)?;
            at = field.ty.structure()?;
            if matches!(field.ty, super::super::Ty::Map(_)) {
                path.next()?;
            }
        }
        Some(at)
    }

    pub fn field(&self, name: &str) -> Option<(&'static Type, &'static Field)> {
        let ty = self.structure()?;
        Some((ty, ty.field(name)?))
    }
}

/// The context of a line whose text begins at `column`, behind dashes at `dashes`.
pub(super) fn context<'a>(index: &LineIndex<'a>, number: usize, dashes: &[usize], column: usize) -> Context<'a> {
    let first = (0..number).rev().find(|n| index.line_text(*n).starts_with("---")).map_or(0, |n| n + 1);
    let end = (number + 1..index.lines()).find(|n| index.line_text(*n).starts_with("---")).unwrap_or(index.lines());
    let top = |name: &str| {
        let mut lines = (first..end).filter(|n| *n != number).filter_map(|n| line(index.line_text(n)));
        let found = lines.find(|line| line.column == 0 && line.key == Some(name))?;
        let value = found.rest.split(" #").next()?.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then_some(value)
    };
    let mut out = Context { api_version: top("apiVersion"), kind: top("kind"), path: vec![], siblings: vec![] };
    let mut at = Climb { column, in_list: false };
    for dash in dashes.iter().rev() {
        at = Climb { column: *dash, in_list: true };
    }
    let mut sibling_column = Some(column).filter(|_| dashes.is_empty());
    for n in (first..number).rev().take(LOOK_BACK) {
        let Some(above) = line(index.line_text(n)) else { continue };
        if let (Some(key), Some(wanted)) = (above.key, sibling_column) {
            if above.column == wanted {
                out.siblings.push(key);
                sibling_column = sibling_column.filter(|_| above.dashes.is_empty());
            } else if above.column < wanted {
                sibling_column = None;
            }
        }
        at.over(&above, &mut out.path);
    }
    out.path.reverse();
    siblings_below(index, number, end, column, &mut out.siblings);
    out
}

fn siblings_below<'a>(index: &LineIndex<'a>, number: usize, end: usize, column: usize, out: &mut Vec<&'a str>) {
    for n in number + 1..end.min(number + LOOK_BACK) {
        let Some(below) = line(index.line_text(n)) else { continue };
        let outer = below.dashes.first().copied().unwrap_or(below.column);
        if outer < column {
            return;
        }
        if let Some(key) = below.key.filter(|_| below.column == column && below.dashes.is_empty()) {
            out.push(key);
        }
    }
}

/// The way up through the lines above.
struct Climb {
    /// What stands left of this column is a parent.
    column: usize,
    /// The last step was out of a list item: its owner may stand at the same column.
    in_list: bool,
}

impl Climb {
    fn over<'a>(&mut self, above: &Line<'a>, path: &mut Vec<&'a str>) {
        let owner = self.in_list && above.column == self.column && above.dashes.is_empty();
        if let Some(key) = above.key.filter(|_| above.column < self.column || owner) {
            path.push(key);
            self.column = above.column;
            self.in_list = false;
        }
        let same_item = above.column == self.column && !self.in_list;
        for dash in above.dashes.iter().rev() {
            if *dash < self.column && (same_item || above.column <= self.column) {
                self.column = *dash;
                self.in_list = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_at(text: &str, needle: &str) -> String {
        let index = LineIndex::new(text);
        let number = index.line(text.find(needle).unwrap());
        let found = line(index.line_text(number)).unwrap();
        context(&index, number, &found.dashes, found.column).path.join(".")
    }

    #[test]
    fn the_path_follows_the_indentation() {
        let text = "spec:\n  containers:\n  - name: c\n    image: x\n    ports:\n    - containerPort: 1\n      protocol: TCP\n  - name: d\n    env:\n      - name: E\n        value: v\n  volumes:\n  - name: z\nstatus: {}\n";
        for (needle, want) in [
            ("containers", "spec"),
            ("image", "spec.containers"),
            ("name: c", "spec.containers"),
            ("containerPort", "spec.containers.ports"),
            ("protocol", "spec.containers.ports"),
            ("name: d", "spec.containers"),
            ("value", "spec.containers.env"),
            ("volumes", "spec"),
            ("name: z", "spec.volumes"),
            ("status", ""),
        ] {
            assert_eq!(path_at(text, needle), want, "at {needle}");
        }
    }

    #[test]
    fn a_line_is_taken_apart() {
        let found = line("  - - name: web # x").unwrap();
        assert_eq!((found.dashes, found.column, found.key, found.rest), (vec![2, 4], 6, Some("name"), "web # x"));
        assert_eq!(line("  # only"), None);
        assert_eq!(line("image: nginx:1.25").and_then(|l| l.key), Some("image"));
        assert_eq!(line("  http://x").and_then(|l| l.key), None);
    }
}
