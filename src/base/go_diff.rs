//! What differs between two Go values, drawn as go-cmp draws it.
//!
//! Models: github.com/google/go-cmp (cmp/report_compare.go, report_reflect.go, report_text.go).
//! Left out: differences inside long texts and lists of numbers, transformers, cycles; lists whose elements moved are
//! compared from both ends instead of by the shortest edit.

use std::fmt::Write;

/// A Go value with the names of its types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Go {
    /// A pointer, list or map that is not there.
    Nil,
    /// A number or truth value.
    Plain(String),
    Text(String),
    Struct(String, Vec<(String, Go)>),
    /// A structure with an Equal method: it is never looked into.
    Whole(String, Vec<(String, Go)>),
    List(String, Vec<Go>),
    /// Entries by key, as the key is printed.
    Map(String, Vec<(String, Go)>),
    Pointer(Box<Go>),
}

/// The two values with what differs marked, ending with a line end.
pub fn diff(was: &Go, now: &Go) -> String {
    let node = Node::of(Some(was), Some(now));
    let out = Format { mode: Mode::Unknown, types: Types::Auto, level: 0, limited: false }.node(&node);
    let (_, text) = compact(&out, Mode::Unknown);
    let mut drawn = indent(Mode::Unknown, 0);
    expand(&text, &mut drawn, Mode::Unknown, 0);
    drawn.push('\n');
    drawn
}

fn is_zero(value: &Go) -> bool {
    match value {
        Go::Nil => true,
        Go::Plain(text) => text == "0" || text == "false",
        Go::Text(text) => text.is_empty(),
        Go::Struct(_, fields) | Go::Whole(_, fields) => fields.iter().all(|(_, value)| is_zero(value)),
        Go::List(..) | Go::Map(..) | Go::Pointer(_) => false,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Unknown,
    Same,
    Removed,
    Inserted,
}

#[derive(Clone, Copy, PartialEq)]
enum Types {
    Auto,
    Shown,
    Hidden,
}

/// Two values side by side, and how much of them differs.
struct Node<'a> {
    was: Option<&'a Go>,
    now: Option<&'a Go>,
    same: usize,
    differ: usize,
    children: usize,
    depth: usize,
    records: Vec<(String, Node<'a>)>,
}

impl<'a> Node<'a> {
    fn of(was: Option<&'a Go>, now: Option<&'a Go>) -> Self {
        let mut node = Node { was, now, same: 0, differ: 0, children: 0, depth: 0, records: vec![] };
        let mut records = vec![];
        match (was, now) {
            (Some(Go::Struct(_, a)), Some(Go::Struct(_, b))) => {
                for ((name, a), (_, b)) in a.iter().zip(b) {
                    records.push((name.clone(), Node::of(Some(a), Some(b))));
                }
            }
            (Some(Go::List(_, a)), Some(Go::List(_, b))) => records = elements(a, b),
            (Some(Go::Map(_, a)), Some(Go::Map(_, b))) => {
                let mut keys: Vec<&String> = a.iter().chain(b).map(|(key, _)| key).collect();
                keys.sort();
                keys.dedup();
                let find = |map: &'a [(String, Go)], key: &String| map.iter().find(|(k, _)| k == key).map(|(_, v)| v);
                for key in keys {
                    records.push((key.clone(), Node::of(find(a, key), find(b, key))));
                }
            }
            (Some(Go::Pointer(a)), Some(Go::Pointer(b))) => records.push((String::new(), Node::of(Some(a), Some(b)))),
            _ => {}
        }
        if records.is_empty() {
            let equal = was == now;
            (node.same, node.differ) = (usize::from(equal), usize::from(!equal));
        }
        for (_, child) in &records {
            node.same += child.same;
            node.differ += child.differ;
            node.children += child.children + 1;
            node.depth = node.depth.max(child.depth + 1);
        }
        node.records = records;
        node
    }

    fn kind(&self) -> &'a Go {
        let one = self.was.filter(|value| **value != Go::Nil).or(self.now).or(self.was);
        one.unwrap_or(&Go::Nil)
    }
}

/// Elements that belong together: alike from the front, alike from the back, then one by one.
fn elements<'a>(a: &'a [Go], b: &'a [Go]) -> Vec<(String, Node<'a>)> {
    let shorter = a.len().min(b.len());
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let back = a.iter().rev().zip(b.iter().rev()).take(shorter - front).take_while(|(a, b)| a == b).count();
    let mut records: Vec<Node> = a[..front].iter().zip(b).map(|(a, b)| Node::of(Some(a), Some(b))).collect();
    let (left, right) = (&a[front..a.len() - back], &b[front..b.len() - back]);
    for n in 0..left.len().max(right.len()) {
        match (left.get(n), right.get(n)) {
            (Some(a), Some(b)) => {
                let pair = Node::of(Some(a), Some(b));
                if pair.same + 1 >= pair.differ {
                    records.push(pair);
                } else {
                    records.extend([Node::of(Some(a), None), Node::of(None, Some(b))]);
                }
            }
            (a, b) => records.push(Node::of(a, b)),
        }
    }
    let ends = a[a.len() - back..].iter().zip(&b[b.len() - back..]);
    records.extend(ends.map(|(a, b)| Node::of(Some(a), Some(b))));
    records.into_iter().map(|node| (String::new(), node)).collect()
}

/// Text before it is decided what stands on one line.
#[derive(Clone, PartialEq)]
enum Text {
    Line(String),
    Wrap(String, Box<Text>, String),
    List(Vec<Record>),
}

#[derive(Clone, PartialEq)]
struct Record {
    mode: Mode,
    key: String,
    value: Text,
    comma: bool,
    comment: String,
}

fn record(mode: Mode, key: &str, value: Text) -> Record {
    Record { mode, key: key.into(), value, comma: true, comment: String::new() }
}

fn ellipsis(comment: String) -> Record {
    Record { comma: false, comment, ..record(Mode::Unknown, "", Text::Line("...".into())) }
}

fn braces(list: Vec<Record>) -> Text {
    Text::Wrap("{".into(), Box::new(Text::List(list)), "}".into())
}

fn length(text: &Text) -> usize {
    match text {
        Text::Line(line) => line.len(),
        Text::Wrap(before, inner, after) => before.len() + length(inner) + after.len(),
        Text::List(list) => {
            let own = |r: &Record| length(&r.value) + if r.key.is_empty() { 0 } else { r.key.len() + 2 };
            list.iter().map(own).sum::<usize>() + 2 * list.len().saturating_sub(1)
        }
    }
}

#[derive(Clone, Copy)]
struct Format {
    mode: Mode,
    types: Types,
    level: usize,
    limited: bool,
}

impl Format {
    fn at(self, level: usize) -> Self {
        Format { level, limited: true, ..self }
    }

    fn with(self, types: Types) -> Self {
        Format { types, ..self }
    }

    fn typed(self, value: &Go, text: Text) -> Text {
        let name = match value {
            Go::Struct(name, _) | Go::Whole(name, _) | Go::List(name, _) | Go::Map(name, _) => name,
            _ => return text,
        };
        let hidden = match self.types {
            Types::Auto => self.mode == Mode::Same || text == Text::Line("nil".into()),
            Types::Shown => false,
            Types::Hidden => true,
        };
        if hidden {
            return text;
        }
        match text {
            Text::Wrap(..) => Text::Wrap(name.clone(), Box::new(text), String::new()),
            other => {
                let inner = Text::Wrap("(".into(), Box::new(other), ")".into());
                Text::Wrap(name.clone(), Box::new(inner), String::new())
            }
        }
    }

    fn most(&self) -> usize {
        if self.limited { ((1 << self.level.min(16)) >> 1) << 2 } else { usize::MAX }
    }

    fn value(mut self, value: &Go) -> Text {
        match value {
            Go::Nil => Text::Line("nil".into()),
            Go::Plain(text) => Text::Line(text.clone()),
            Go::Text(text) => {
                let most = if self.limited { (1 << self.level.min(16)) << 5 } else { usize::MAX };
                if text.len() > most.saturating_add(3) {
                    let cut = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                    return Text::Line(format!("{}...", quoted(&text[..cut])));
                }
                Text::Line(quoted(text))
            }
            Go::Pointer(inner) => Text::Wrap("&".into(), Box::new(self.value(inner)), String::new()),
            Go::Struct(_, entries) | Go::Whole(_, entries) | Go::Map(_, entries) => {
                let (most, fields) = (self.most(), !matches!(value, Go::Map(..)));
                let outer = self;
                self.level = self.level.saturating_sub(1);
                let inner = self.with(if fields { Types::Auto } else { Types::Hidden });
                let mut list = vec![];
                for (key, value) in entries.iter().filter(|(_, value)| !fields || !is_zero(value)) {
                    if list.len() == most {
                        list.push(ellipsis(String::new()));
                        break;
                    }
                    list.push(record(Mode::Unknown, key, inner.value(value)));
                }
                outer.typed(value, braces(list))
            }
            Go::List(_, items) => {
                let (most, outer) = (self.most(), self);
                self.level = self.level.saturating_sub(1);
                let mut list: Vec<Record> = items
                    .iter()
                    .take(most)
                    .map(|item| record(Mode::Unknown, "", self.with(Types::Hidden).value(item)))
                    .collect();
                if items.len() > most {
                    list.push(ellipsis(String::new()));
                }
                outer.typed(value, braces(list))
            }
        }
    }

    fn node(self, node: &Node<'_>) -> Text {
        let format = match self.mode {
            Mode::Same => self.at(1),
            _ if !self.limited || self.level < 3 => self.at(3),
            _ => self,
        };
        if node.depth == 0 {
            return format.leaf(node);
        }
        let kind = node.kind();
        if let Go::Pointer(_) = kind {
            return Text::Wrap("&".into(), Box::new(format.node(&node.records[0].1)), String::new());
        }
        format.typed(kind, format.list(node, kind))
    }

    fn leaf(self, node: &Node<'_>) -> Text {
        let nothing = Go::Nil;
        let (was, now) = (node.was.unwrap_or(&nothing), node.now.unwrap_or(&nothing));
        match self.mode {
            Mode::Removed => self.value(was),
            Mode::Inserted => self.value(now),
            _ if node.differ == 0 => self.value(now),
            _ => {
                let hidden = self.with(Types::Hidden);
                let mut list = vec![];
                list.extend(node.was.map(|was| record(Mode::Removed, "", hidden.value(was))));
                list.extend(node.now.map(|now| record(Mode::Inserted, "", hidden.value(now))));
                self.with(Types::Shown).typed(node.kind(), Text::List(list))
            }
        }
    }

    fn list(mut self, node: &Node<'_>, kind: &Go) -> Text {
        let fields = matches!(kind, Go::Struct(..));
        let name = match kind {
            Go::Struct(..) => "field",
            Go::Map(..) => "entry",
            _ => "element",
        };
        self.types = if fields { Types::Auto } else { Types::Hidden };
        let most = if self.mode == Mode::Same { self.most() } else { (1 << self.level.min(16)) << 1 };
        self.level = self.level.saturating_sub(1);
        if self.mode != Mode::Unknown {
            let mut list = vec![];
            for (key, child) in &node.records {
                if list.len() == most {
                    list.push(ellipsis(String::new()));
                    break;
                }
                let zero = |value: Option<&Go>| value.is_none_or(is_zero);
                let empty = match self.mode {
                    Mode::Removed => zero(child.was),
                    Mode::Inserted => zero(child.now),
                    _ => zero(child.was) || zero(child.now),
                };
                let missing = match self.mode {
                    Mode::Removed => child.was.is_none(),
                    Mode::Inserted => child.now.is_none(),
                    _ => false,
                };
                if !(fields && empty) && !missing {
                    list.push(record(Mode::Unknown, key, self.node(child)));
                }
            }
            return braces(list);
        }
        braces(self.marked(&node.records, name, most))
    }

    /// What differs with its surroundings: two records before and two behind.
    fn marked(self, records: &[(String, Node<'_>)], name: &str, most: usize) -> Vec<Record> {
        const AROUND: usize = 2;
        let groups: Vec<&[(String, Node<'_>)]> =
            records.chunk_by(|(_, a), (_, b)| (a.differ == 0) == (b.differ == 0)).collect();
        let plural = |n: usize| match (name, n) {
            (_, 1) => name.to_string(),
            ("entry", _) => "entries".into(),
            _ => format!("{name}s"),
        };
        let mut list = vec![];
        let (mut differing, mut left) = (0, [0; 4]);
        for (n, group) in groups.iter().enumerate() {
            let same = group[0].1.differ == 0;
            if differing >= most {
                for (_, child) in group.iter() {
                    let which = if same {
                        0
                    } else if child.now.is_none() {
                        1
                    } else if child.was.is_none() {
                        2
                    } else {
                        3
                    };
                    left[which] += 1;
                }
                continue;
            }
            if !same {
                group.iter().for_each(|(key, child)| self.changed(key, child, &mut list));
                differing += group.len();
                continue;
            }
            let before = if n == 0 { 0 } else { AROUND.min(group.len()) };
            let mut behind = if n == groups.len() - 1 { 0 } else { AROUND.min(group.len() - before) };
            if group.len() - before - behind == 1 {
                behind += 1;
            }
            let still = Format { mode: Mode::Same, ..self };
            let shown = |(key, child): &(String, Node<'_>)| record(Mode::Unknown, key, still.node(child));
            list.extend(group[..before].iter().map(shown));
            let hidden = group.len() - before - behind;
            if hidden > 0 {
                list.push(ellipsis(format!("{hidden} identical {}", plural(hidden))));
            }
            list.extend(group[group.len() - behind..].iter().map(shown));
        }
        let total: usize = left.iter().sum();
        if total > 0 {
            let words = ["identical", "removed", "inserted", "modified"];
            let parts: Vec<String> =
                left.iter().zip(words).filter(|(n, _)| **n > 0).map(|(n, word)| format!("{n} {word}")).collect();
            let text = match parts.as_slice() {
                [all @ .., last] if all.len() > 1 => format!("{}, and {last}", all.join(", ")),
                few => few.join(" and "),
            };
            list.push(ellipsis(format!("{text} {}", plural(total))));
        }
        list
    }

    fn changed(self, key: &str, child: &Node<'_>, list: &mut Vec<Record>) {
        if child.children != child.depth {
            list.push(record(Mode::Unknown, key, self.node(child)));
            return;
        }
        if child.was.is_some() {
            list.push(record(Mode::Removed, key, Format { mode: Mode::Removed, ..self }.node(child)));
        }
        if child.now.is_some() {
            list.push(record(Mode::Inserted, key, Format { mode: Mode::Inserted, ..self }.node(child)));
        }
    }
}

/// In quotes, or in backquotes where that needs no escapes.
fn quoted(text: &str) -> String {
    let quoted = super::text::go_quote(text);
    let raw = !text.chars().any(|c| c == '`' || c == '\n' || (c.is_control() && c != '\t'));
    if quoted.len() != text.len() + 2 && raw { format!("`{text}`") } else { quoted }
}

fn indent(mode: Mode, depth: usize) -> String {
    let mark = match mode {
        Mode::Unknown | Mode::Same => "  ",
        Mode::Removed => "- ",
        Mode::Inserted => "+ ",
    };
    format!("{mark}{}", "\t".repeat(depth))
}

fn within(outer: Mode, own: Mode) -> Mode {
    if own == Mode::Unknown { outer } else { own }
}

/// The text on one line, and the same with every part that fits on one line put there.
fn compact(text: &Text, mode: Mode) -> (String, Text) {
    match text {
        Text::Line(line) => (line.clone(), text.clone()),
        Text::Wrap(before, inner, after) => {
            let (line, inner) = compact(inner, mode);
            let line = format!("{before}{line}{after}");
            match inner {
                Text::Line(_) => (line.clone(), Text::Line(line)),
                inner => (line, Text::Wrap(before.clone(), Box::new(inner), after.clone())),
            }
        }
        Text::List(list) => {
            let (mut line, mut several, mut list) = (String::new(), false, list.clone());
            let last = list.len().saturating_sub(1);
            for (n, item) in list.iter_mut().enumerate() {
                several |= matches!(item.mode, Mode::Removed | Mode::Inserted) || !item.comment.is_empty();
                if !item.key.is_empty() {
                    let _ = write!(line, "{}: ", item.key);
                }
                let (part, value) = compact(&item.value, within(mode, item.mode));
                several |= !matches!(value, Text::Line(_));
                item.value = value;
                line.push_str(&part);
                if n < last {
                    line.push_str(", ");
                }
            }
            several |= matches!(mode, Mode::Removed | Mode::Inserted) && line.len() > 80;
            if several { (line, Text::List(list)) } else { (line.clone(), Text::Line(line)) }
        }
    }
}

/// How many spaces each record needs so that neighbours stand in a column.
fn aligned(list: &[Record], skip: impl Fn(&Record) -> bool, width: impl Fn(&Record) -> usize) -> Vec<usize> {
    let mut spaces = vec![0; list.len()];
    let (mut from, mut most) = (0, 0);
    for n in 0..=list.len() {
        if n == list.len() || skip(&list[n]) {
            for at in from..n {
                spaces[at] = most - width(&list[at]);
            }
            (from, most) = (n + 1, 0);
        } else {
            most = most.max(width(&list[n]));
        }
    }
    spaces
}

fn expand(text: &Text, out: &mut String, mode: Mode, depth: usize) {
    let list = match text {
        Text::Line(line) => return out.push_str(line),
        Text::Wrap(before, inner, after) => {
            out.push_str(before);
            expand(inner, out, mode, depth);
            return out.push_str(after);
        }
        Text::List(list) => list,
    };
    let line = |record: &Record| matches!(record.value, Text::Line(_));
    if list.iter().all(|r| r.mode == Mode::Unknown && r.key.is_empty() && line(r) && r.comment.is_empty()) {
        let mut batch = String::new();
        for item in list {
            let Text::Line(line) = &item.value else { continue };
            if batch.len() + line.len() + 2 > 80 && !batch.is_empty() {
                let _ = write!(out, "\n{}{}", indent(mode, depth + 1), batch.trim_end());
                batch.clear();
            }
            let _ = write!(batch, "{line}, ");
        }
        if !batch.is_empty() {
            let _ = write!(out, "\n{}{}", indent(mode, depth + 1), batch.trim_end());
        }
        let _ = write!(out, "\n{}", indent(mode, depth));
        return;
    }
    let keys = aligned(list, |r| r.key.is_empty() || !line(r), |r| r.key.chars().count());
    let dots = Text::Line("...".into());
    let values = aligned(list, |r| !line(r) || r.value == dots || r.comment.is_empty(), |r| length(&r.value));
    for (n, item) in list.iter().enumerate() {
        let own = within(mode, item.mode);
        let _ = write!(out, "\n{}", indent(own, depth + 1));
        if !item.key.is_empty() {
            let _ = write!(out, "{}: ", item.key);
        }
        out.push_str(&" ".repeat(keys[n]));
        expand(&item.value, out, own, depth + 1);
        if item.comma {
            out.push(',');
        }
        out.push_str(&" ".repeat(values[n]));
        if !item.comment.is_empty() {
            let _ = write!(out, " // {}", item.comment);
        }
    }
    let _ = write!(out, "\n{}", indent(mode, depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Go {
        Go::Text(text.into())
    }

    #[test]
    fn what_stays_the_same_is_counted_and_what_differs_is_marked() {
        let value = |last: &str| {
            let names = ["A", "B", "C", "D", "E"];
            let mut fields: Vec<(String, Go)> = names.iter().map(|name| (name.to_string(), text("x"))).collect();
            let command = Go::List("[]string".into(), vec![text("sh"), text("-c"), text(last)]);
            fields.push(("Command".into(), command));
            Go::Struct("core.Container".into(), fields)
        };
        let wanted = "  core.Container{\n  \t... // 3 identical fields\n  \tD: \"x\",\n  \tE: \"x\",\n  \tCommand: []string{\n  \t\t\"sh\",\n  \t\t\"-c\",\n- \t\t\"a\",\n+ \t\t\"b\",\n  \t},\n  }\n";
        assert_eq!(diff(&value("a"), &value("b")), wanted);
    }
}
