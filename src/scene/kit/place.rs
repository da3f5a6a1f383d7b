//! Places hold things: sunk ground, a thin line, a caption top left. And namespaces: brackets, a scope and not a wall.

use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::theme::Ink;

/// The ground of a place with its caption in capitals.
pub fn draw(pen: &mut Pen, rect: Rect, caption: &str) {
    pen.area(rect, 5.0, fill(Ink::Sunk).stroked(Ink::Line2, 1.0));
    draw_caption(pen, rect.x + 12.0, rect.y + 17.0, caption);
}

/// A region caption. Gives its width.
pub fn draw_caption(pen: &mut Pen, x: f32, y: f32, caption: &str) -> f32 {
    let font = sans(10.0).weight(600).ink(Ink::Ink3).spacing(0.07);
    let caption = caption.to_uppercase();
    let w = font.width(&caption);
    pen.text(x, y, caption, font);
    w
}

/// Corner brackets with the word and the name in the top edge; dashed while the namespace is being deleted.
pub fn draw_brackets(pen: &mut Pen, rect: Rect, word: &str, name: &str, leaving: bool) {
    let Rect { x, y, .. } = rect;
    let (x1, y1) = (rect.right(), rect.bottom());
    let mut style = stroke(Ink::Line3, 1.25);
    if leaving {
        style = style.dash(3.0, 2.5);
    }
    let d = format!(
        "M{x} {}V{y}H{}M{} {y}H{x1}V{}M{x} {}V{y1}H{}M{} {y1}H{x1}V{}",
        y + 12.0,
        x + 12.0,
        x1 - 12.0,
        y + 12.0,
        y1 - 12.0,
        x + 12.0,
        x1 - 12.0,
        y1 - 12.0
    );
    pen.path(d, style);
    let caption = sans(10.0).weight(600).ink(Ink::Ink3).spacing(0.07);
    let label = mono(11.5).weight(700);
    let word = word.to_uppercase();
    let w = caption.width(&word) + 10.0 + label.width(name) + 12.0;
    pen.rect(x + 18.0, y - 8.0, w, 16.0, 0.0, fill(Ink::Paper));
    let after = x + 24.0 + caption.width(&word) + 8.0;
    pen.text(x + 24.0, y + 3.5, word, caption);
    pen.text(after, y + 3.5, name.to_owned(), label);
}
