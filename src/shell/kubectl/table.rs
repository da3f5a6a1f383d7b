//! The table of `kubectl get`: columns of the kind, options that add or drop some, links and hues.
//!
//! Models: `cli-runtime/pkg/printers/tableprinter.go`.

use super::{Hue, Span};
use crate::api::{Column, KindRef, Object};
use crate::base::table::GET;
use crate::time::Time;

/// What the options ask of a table.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub wide: bool,
    pub namespace: bool,
    /// `pod/web` instead of `web`.
    pub kind: bool,
    pub headers: bool,
    pub labels: bool,
    pub label_columns: Vec<String>,
    /// A first column of watch events.
    pub events: bool,
}

/// A table that remembers its columns' widths, for rows that come later.
#[derive(Clone, Debug)]
pub struct Table {
    kind: KindRef,
    look: Look,
    widths: Vec<usize>,
    headed: bool,
}

impl Table {
    pub fn new(kind: KindRef, look: Look) -> Table {
        Table { kind, look, widths: vec![], headed: false }
    }

    fn columns(&self) -> impl Iterator<Item = (usize, &'static Column)> + use<> {
        let (kind, wide) = (self.kind, self.look.wide);
        // The narrow columns come first, those of `-o wide` in their place among them.
        kind.columns().iter().enumerate().filter(move |(_, column)| wide || !column.wide)
    }

    fn header(&self) -> Vec<String> {
        let mut titles = vec![];
        if self.look.events {
            titles.push("EVENT".to_string());
        }
        if self.look.namespace {
            titles.push("NAMESPACE".to_string());
        }
        titles.extend(self.columns().map(|(_, column)| column.title.to_string()));
        for label in &self.look.label_columns {
            titles.push(label.rsplit('/').next().unwrap_or(label).to_uppercase());
        }
        if self.look.labels {
            titles.push("LABELS".into());
        }
        titles
    }

    fn row(&self, object: &Object, event: &str, now: Time) -> Vec<Span> {
        let mut cells = vec![];
        if self.look.events {
            cells.push(Span::plain(event));
        }
        if self.look.namespace {
            cells.push(Span::plain(object.namespace()));
        }
        for (n, column) in self.columns() {
            let mut text = self.kind.cell(n, object, now).replace('\n', "\\n");
            let span = if column.title == "NAME" {
                if self.look.kind {
                    text = format!("{}/{text}", object.kind.names().qualified());
                }
                Span::plain(text).link(object.key())
            } else if column.title == "STATUS" {
                let hue = hue(&text);
                Span::plain(text).hue(hue)
            } else {
                Span::plain(text)
            };
            cells.push(span);
        }
        for label in &self.look.label_columns {
            cells.push(Span::plain(object.labels().get(label).cloned().unwrap_or_default()));
        }
        if self.look.labels {
            cells.push(Span::plain(crate::api::show::cell::map(object.meta.labels.as_ref())));
        }
        cells
    }

    /// Rows (and, the first time, the header); widths grow and never shrink.
    pub fn print(&mut self, rows: &[(&str, &Object)], now: Time, out: &mut Vec<Span>) {
        let mut lines: Vec<Vec<Span>> = vec![];
        if self.look.headers && !self.headed {
            lines.push(self.header().into_iter().map(|title| Span::plain(title).hue(Hue::Dim)).collect());
        }
        self.headed = true;
        lines.extend(rows.iter().map(|(event, object)| self.row(object, event, now)));
        for line in &lines {
            for (n, cell) in line.iter().enumerate() {
                let width = (cell.text.chars().count() + GET.padding).max(GET.min);
                match self.widths.get_mut(n) {
                    Some(known) => *known = width.max(*known),
                    None => self.widths.push(width),
                }
            }
        }
        for line in lines {
            let last = line.len().saturating_sub(1);
            for (n, cell) in line.into_iter().enumerate() {
                let blanks = if n == last { 0 } else { self.widths[n].saturating_sub(cell.text.chars().count()) };
                out.push(cell);
                let end = if n == last { "\n".to_string() } else { " ".repeat(blanks) };
                out.push(Span::plain(end));
            }
        }
    }
}

/// The hue of a state word.
pub fn hue(word: &str) -> Hue {
    match word {
        "Running" | "Ready" | "Active" | "Bound" | "Available" | "Complete" => Hue::Good,
        "Completed" | "Succeeded" | "Released" => Hue::Idle,
        "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" | "NotReady" => Hue::Busy,
        w if w.starts_with("Ready") => Hue::Idle,
        w if w.starts_with("Init:") && w.ends_with(|c: char| c.is_ascii_digit()) => Hue::Busy,
        "Unknown" | "" => Hue::Plain,
        _ => Hue::Bad,
    }
}
