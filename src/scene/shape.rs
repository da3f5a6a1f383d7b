//! What the painters draw: nine shapes, coloured by ink tokens. The canvas and the SVG painter read the same list.
//! Units are px of the chart at 100 %; y grows downward; the list is in draw order.
//!
//! Left out: gradients, shadows and blur, which nothing on the chart has.

use std::borrow::Cow;

use super::glyphs::Glyph;
use super::theme::Ink;

/// A point on the chart.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// A rectangle on the chart: top left corner and size.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Rect {
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Rect {
        Rect { x, y, w, h }
    }

    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    pub fn center(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Grown by `d` on every side; negative shrinks.
    pub fn grow(&self, d: f32) -> Rect {
        Rect::new(self.x - d, self.y - d, self.w + 2.0 * d, self.h + 2.0 * d)
    }

    /// Position and size times `k`.
    pub fn times(&self, k: f32) -> Rect {
        Rect::new(self.x * k, self.y * k, self.w * k, self.h * k)
    }

    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// True when the two share more than an edge.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() - 0.01
            && other.x < self.right() - 0.01
            && self.y < other.bottom() - 0.01
            && other.y < self.bottom() - 0.01
    }
}

/// The textures for where there is no room for a word. Never under text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    /// Diagonal lines, 5 px: not ready.
    Diagonal,
    /// Cross-hatch, 6 px: failing.
    Cross,
    /// Dots, 5 px: unknown.
    Dots,
    /// Thin diagonal, 6 px: the past, the future, cordoned ground.
    Thin,
}

/// What the inside of a shape is painted with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    None,
    Ink(Ink),
    Pattern(Texture, Ink),
}

/// How a shape is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub fill: Fill,
    pub stroke: Option<Ink>,
    /// Stroke width in px of the chart, also inside a scaled path.
    pub width: f32,
    /// Dash and gap in px; `[0, 0]` is a solid line.
    pub dash: [f32; 2],
    /// Round caps and joins.
    pub round: bool,
    pub opacity: f32,
}

impl Default for Style {
    fn default() -> Style {
        Style { fill: Fill::None, stroke: None, width: 1.0, dash: [0.0; 2], round: false, opacity: 1.0 }
    }
}

/// A shape filled with one ink.
pub fn fill(ink: Ink) -> Style {
    Style { fill: Fill::Ink(ink), ..Style::default() }
}

/// An outline of one ink.
pub fn stroke(ink: Ink, width: f32) -> Style {
    Style { stroke: Some(ink), width, ..Style::default() }
}

/// A shape filled with a texture.
pub fn pattern(texture: Texture, ink: Ink) -> Style {
    Style { fill: Fill::Pattern(texture, ink), ..Style::default() }
}

impl Style {
    pub fn filled(self, ink: Ink) -> Style {
        Style { fill: Fill::Ink(ink), ..self }
    }

    pub fn stroked(self, ink: Ink, width: f32) -> Style {
        Style { stroke: Some(ink), width, ..self }
    }

    pub fn dash(self, on: f32, off: f32) -> Style {
        Style { dash: [on, off], ..self }
    }

    pub fn round(self) -> Style {
        Style { round: true, ..self }
    }

    pub fn opacity(self, opacity: f32) -> Style {
        Style { opacity, ..self }
    }
}

/// Where the given x stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Font {
    pub mono: bool,
    pub size: f32,
    pub weight: u16,
    pub ink: Ink,
    pub anchor: Anchor,
    /// Extra space between letters in em.
    pub spacing: f32,
    pub opacity: f32,
}

/// Sentences and words.
pub fn sans(size: f32) -> Font {
    Font { mono: false, size, weight: 400, ink: Ink::Ink1, anchor: Anchor::Start, spacing: 0.0, opacity: 1.0 }
}

/// Names, fields, numbers with units, commands, addresses.
pub fn mono(size: f32) -> Font {
    Font { mono: true, ..sans(size) }
}

impl Font {
    pub fn weight(self, weight: u16) -> Font {
        Font { weight, ..self }
    }

    pub fn ink(self, ink: Ink) -> Font {
        Font { ink, ..self }
    }

    pub fn middle(self) -> Font {
        Font { anchor: Anchor::Middle, ..self }
    }

    pub fn end(self) -> Font {
        Font { anchor: Anchor::End, ..self }
    }

    pub fn spacing(self, spacing: f32) -> Font {
        Font { spacing, ..self }
    }

    pub fn opacity(self, opacity: f32) -> Font {
        Font { opacity, ..self }
    }

    /// Width of `text` in px when set in this font.
    pub fn width(&self, text: &str) -> f32 {
        let plain = if self.mono {
            super::measure::mono(text, self.size)
        } else {
            super::measure::sans(text, self.size, self.weight)
        };
        plain + self.spacing * self.size * text.chars().count() as f32
    }
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A rectangle with corner radius `r`.
    Rect {
        rect: Rect,
        r: f32,
        style: Style,
    },
    Circle {
        x: f32,
        y: f32,
        r: f32,
        style: Style,
    },
    Line {
        from: Point,
        to: Point,
        style: Style,
    },
    /// SVG path data in its own box, moved to `x`, `y` and scaled by `k`. Static data may be cached by address.
    Path {
        d: Cow<'static, str>,
        x: f32,
        y: f32,
        k: f32,
        style: Style,
    },
    /// `y` is the baseline.
    Text {
        x: f32,
        y: f32,
        text: Cow<'static, str>,
        font: Font,
    },
    /// A glyph of the 16 grid at `x`, `y` (top left), drawn `size` px wide.
    Glyph {
        glyph: &'static Glyph,
        x: f32,
        y: f32,
        size: f32,
        ink: Ink,
    },
    /// Shapes moved by `x`, `y`, turned by `turn` degrees about that point, and faded together.
    Group {
        x: f32,
        y: f32,
        turn: f32,
        opacity: f32,
        shapes: Vec<Shape>,
    },
    /// Shapes of which only the part inside the rectangle shows.
    Clip {
        rect: Rect,
        shapes: Vec<Shape>,
    },
}

/// Collects shapes in draw order.
#[derive(Default)]
pub struct Pen {
    pub shapes: Vec<Shape>,
}

impl Pen {
    pub fn new() -> Pen {
        Pen::default()
    }

    pub fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, r: f32, style: Style) {
        self.area(Rect::new(x, y, w, h), r, style);
    }

    pub fn area(&mut self, rect: Rect, r: f32, style: Style) {
        if rect.w > 0.0 && rect.h > 0.0 {
            self.shapes.push(Shape::Rect { rect, r: r.max(0.0), style });
        }
    }

    pub fn circle(&mut self, x: f32, y: f32, r: f32, style: Style) {
        if r > 0.0 {
            self.shapes.push(Shape::Circle { x, y, r, style });
        }
    }

    pub fn line(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, style: Style) {
        let (from, to) = (Point { x: x1, y: y1 }, Point { x: x2, y: y2 });
        self.shapes.push(Shape::Line { from, to, style });
    }

    /// A path in chart coordinates.
    pub fn path(&mut self, d: String, style: Style) {
        self.shapes.push(Shape::Path { d: Cow::Owned(d), x: 0.0, y: 0.0, k: 1.0, style });
    }

    /// A path drawn once about its own origin, moved to `x`, `y` and scaled by `k`.
    pub fn mark(&mut self, d: &'static str, x: f32, y: f32, k: f32, style: Style) {
        self.shapes.push(Shape::Path { d: Cow::Borrowed(d), x, y, k, style });
    }

    pub fn text(&mut self, x: f32, y: f32, text: impl Into<Cow<'static, str>>, font: Font) {
        let text = text.into();
        if !text.is_empty() {
            self.shapes.push(Shape::Text { x, y, text, font });
        }
    }

    pub fn glyph(&mut self, glyph: &'static Glyph, x: f32, y: f32, size: f32, ink: Ink) {
        self.shapes.push(Shape::Glyph { glyph, x, y, size, ink });
    }

    /// Everything that `draw` adds, moved, turned and faded as one.
    pub fn group(&mut self, x: f32, y: f32, turn: f32, opacity: f32, draw: impl FnOnce(&mut Pen)) {
        let mut inner = Pen::new();
        draw(&mut inner);
        self.shapes.push(Shape::Group { x, y, turn, opacity, shapes: inner.shapes });
    }

    /// Everything that `draw` adds, cut to the rectangle.
    pub fn clip(&mut self, rect: Rect, draw: impl FnOnce(&mut Pen)) {
        let mut inner = Pen::new();
        draw(&mut inner);
        self.shapes.push(Shape::Clip { rect, shapes: inner.shapes });
    }
}
