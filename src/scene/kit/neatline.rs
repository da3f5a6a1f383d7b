//! The chart's frame: two hairlines, alternating bars, letters above and below, figures at the sides.

use crate::scene::shape::{Pen, Rect, Texture, fill, pattern, sans, stroke};
use crate::scene::theme::Ink;

pub const COLUMNS: usize = 8;
pub const ROWS: usize = 6;
/// From the edge of the chart to the inner hairline.
pub const MARGIN: f32 = 21.0;

/// The frame of a chart `w` x `h`; `past` turns its band into hatching; `lit` is a column under the pointer.
pub fn draw(pen: &mut Pen, w: f32, h: f32, past: bool, lit: Option<usize>) {
    let (x0, y0, x1, y1) = (MARGIN, MARGIN, w - MARGIN, h - MARGIN);
    let (cw, ch) = ((x1 - x0) / COLUMNS as f32, (y1 - y0) / ROWS as f32);
    let font = sans(9.5).weight(500).ink(Ink::Ink3).middle();
    let bar = fill(Ink::Line2);
    if let Some(i) = lit {
        pen.rect(x0 + i as f32 * cw, y0, cw, y1 - y0, 0.0, fill(Ink::Sunk).opacity(0.6));
    }
    if past {
        let band = pattern(Texture::Thin, Ink::Line3);
        pen.rect(6.0, 6.0, w - 12.0, 12.0, 0.0, band);
        pen.rect(6.0, h - 18.0, w - 12.0, 12.0, 0.0, band);
        pen.rect(6.0, 18.0, 12.0, h - 36.0, 0.0, band);
        pen.rect(w - 18.0, 18.0, 12.0, h - 36.0, 0.0, band);
    }
    for i in 0..COLUMNS {
        let x = x0 + i as f32 * cw;
        if i % 2 == 1 {
            pen.rect(x, y0 - 3.0, cw, 3.0, 0.0, bar);
            pen.rect(x, y1, cw, 3.0, 0.0, bar);
        }
        let letter = char::from(b'A' + i as u8).to_string();
        pen.text(x + cw / 2.0, 15.4, letter.clone(), font);
        pen.text(x + cw / 2.0, h - 8.3, letter, font);
    }
    for j in 0..ROWS {
        let y = y0 + j as f32 * ch;
        if j % 2 == 1 {
            pen.rect(x0 - 3.0, y, 3.0, ch, 0.0, bar);
            pen.rect(x1, y, 3.0, ch, 0.0, bar);
        }
        pen.text(11.5, y + ch / 2.0 + 3.4, (j + 1).to_string(), font);
        pen.text(w - 11.5, y + ch / 2.0 + 3.4, (j + 1).to_string(), font);
    }
    let outer = Rect::new(x0, y0, x1 - x0, y1 - y0);
    pen.area(outer.grow(3.0), 0.0, stroke(Ink::Line2, 1.0));
    pen.area(outer, 0.0, stroke(Ink::Line2, 0.75));
}

/// The cell of a reference such as C3, in a chart `w` x `h`.
pub fn cell(w: f32, h: f32, column: usize, row: usize) -> Rect {
    let (cw, ch) = ((w - 2.0 * MARGIN) / COLUMNS as f32, (h - 2.0 * MARGIN) / ROWS as f32);
    Rect::new(MARGIN + column as f32 * cw, MARGIN + row as f32 * ch, cw, ch)
}
