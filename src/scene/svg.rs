//! The SVG painter: a list of shapes and a theme become one self-contained picture.
//! The canvas painter of the page draws the same list; this one is for tests, documents and `draw`.
//!
//! Left out: font files (the viewer's own fonts stand in when the two families are missing).

use std::collections::BTreeSet;
use std::fmt::Write;

use super::shape::{Anchor, Fill, Font, Rect, Shape, Style, Texture};
use super::theme::{INKS, Ink, Theme};

const SANS: &str = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Apple SD Gothic Neo', 'Malgun Gothic', \
                    'Noto Sans KR', 'Noto Sans CJK KR', sans-serif";
const MONO: &str = "'JetBrains Mono', ui-monospace, SFMono-Regular, Menlo, Consolas, D2Coding, \
                    'Noto Sans Mono CJK KR', monospace";

/// The picture of the shapes on a paper ground, `w` x `h` px.
pub fn draw(shapes: &[Shape], w: f32, h: f32, theme: Theme, title: &str) -> String {
    let mut painter =
        Painter { out: String::new(), theme, patterns: BTreeSet::new(), glyphs: BTreeSet::new(), clips: 0 };
    painter.shapes(shapes);
    let (w, h) = (num(w), num(h));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\">\
         <title>{}</title><style>text{{font-family:{SANS};font-variant-numeric:tabular-nums;white-space:pre}}\
         .m{{font-family:{MONO}}}</style><defs>",
        escape(title)
    );
    for (texture, ink) in &painter.patterns {
        svg.push_str(&tile(*texture, INKS[*ink as usize].hex(theme), *ink));
    }
    for name in &painter.glyphs {
        if let Some(glyph) = super::glyphs::find(name) {
            let _ = write!(svg, "<symbol id=\"g-{name}\" viewBox=\"0 0 16 16\">");
            if !glyph.stroke.is_empty() {
                let _ = write!(
                    svg,
                    "<path d=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" \
                     stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
                    glyph.stroke
                );
            }
            if !glyph.fill.is_empty() {
                let _ = write!(svg, "<path d=\"{}\" fill=\"currentColor\"/>", glyph.fill);
            }
            svg.push_str("</symbol>");
        }
    }
    let _ = write!(svg, "</defs><rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>", Ink::Paper.hex(theme));
    svg.push_str(&painter.out);
    svg.push_str("</svg>\n");
    svg
}

struct Painter {
    out: String,
    theme: Theme,
    patterns: BTreeSet<(u8, u8)>,
    glyphs: BTreeSet<&'static str>,
    clips: usize,
}

impl Painter {
    fn shapes(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect { rect, r, style } => {
                let Rect { x, y, w, h } = *rect;
                let _ = write!(
                    self.out,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                    num(x),
                    num(y),
                    num(w),
                    num(h)
                );
                if *r > 0.0 {
                    let _ = write!(self.out, " rx=\"{}\"", num(*r));
                }
                self.style(style, 1.0);
            }
            Shape::Circle { x, y, r, style } => {
                let _ = write!(self.out, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", num(*x), num(*y), num(*r));
                self.style(style, 1.0);
            }
            Shape::Line { from, to, style } => {
                let (x1, y1, x2, y2) = (num(from.x), num(from.y), num(to.x), num(to.y));
                let _ = write!(self.out, "<path d=\"M{x1} {y1}L{x2} {y2}\"");
                self.style(style, 1.0);
            }
            Shape::Path { d, x, y, k, style } => {
                let _ = write!(self.out, "<path d=\"{d}\"");
                if *x != 0.0 || *y != 0.0 || *k != 1.0 {
                    let _ = write!(self.out, " transform=\"translate({} {})", num(*x), num(*y));
                    if *k != 1.0 {
                        let _ = write!(self.out, " scale({k})");
                    }
                    self.out.push('"');
                }
                self.style(style, *k);
            }
            Shape::Text { x, y, text, font } => self.text(*x, *y, text, font),
            Shape::Glyph { glyph, x, y, size, ink } => {
                self.glyphs.insert(glyph.name);
                let _ = write!(
                    self.out,
                    "<use href=\"#g-{}\" x=\"{}\" y=\"{}\" width=\"{size}\" height=\"{size}\" color=\"{}\"/>",
                    glyph.name,
                    num(*x),
                    num(*y),
                    ink.hex(self.theme)
                );
            }
            Shape::Group { x, y, turn, opacity, shapes } => {
                self.out.push_str("<g");
                if *x != 0.0 || *y != 0.0 || *turn != 0.0 {
                    let _ = write!(self.out, " transform=\"translate({} {})", num(*x), num(*y));
                    if *turn != 0.0 {
                        let _ = write!(self.out, " rotate({})", num(*turn));
                    }
                    self.out.push('"');
                }
                if *opacity < 1.0 {
                    let _ = write!(self.out, " opacity=\"{}\"", num(*opacity));
                }
                self.out.push('>');
                self.shapes(shapes);
                self.out.push_str("</g>");
            }
            Shape::Clip { rect, shapes } => {
                self.clips += 1;
                let Rect { x, y, w, h } = *rect;
                let id = self.clips;
                let _ = write!(
                    self.out,
                    "<clipPath id=\"c{id}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\
                     <g clip-path=\"url(#c{id})\">",
                    num(x),
                    num(y),
                    num(w.max(0.0)),
                    num(h.max(0.0))
                );
                self.shapes(shapes);
                self.out.push_str("</g>");
            }
        }
    }

    fn text(&mut self, x: f32, y: f32, text: &str, font: &Font) {
        let _ = write!(self.out, "<text x=\"{}\" y=\"{}\"", num(x), num(y));
        if font.mono {
            self.out.push_str(" class=\"m\"");
        }
        let _ = write!(self.out, " font-size=\"{}\" fill=\"{}\"", num(font.size), font.ink.hex(self.theme));
        if font.weight != 400 {
            let _ = write!(self.out, " font-weight=\"{}\"", font.weight);
        }
        match font.anchor {
            Anchor::Start => {}
            Anchor::Middle => self.out.push_str(" text-anchor=\"middle\""),
            Anchor::End => self.out.push_str(" text-anchor=\"end\""),
        }
        if font.spacing != 0.0 {
            let _ = write!(self.out, " letter-spacing=\"{}em\"", num(font.spacing));
        }
        if font.opacity < 1.0 {
            let _ = write!(self.out, " opacity=\"{}\"", num(font.opacity));
        }
        let _ = write!(self.out, ">{}</text>", escape(text));
    }

    fn style(&mut self, style: &Style, k: f32) {
        match style.fill {
            Fill::None => self.out.push_str(" fill=\"none\""),
            Fill::Ink(ink) => {
                let _ = write!(self.out, " fill=\"{}\"", ink.hex(self.theme));
            }
            Fill::Pattern(texture, ink) => {
                self.patterns.insert((texture as u8, ink as u8));
                let _ = write!(self.out, " fill=\"url(#p{}-{})\"", texture as u8, ink.token());
            }
        }
        if let Some(ink) = style.stroke {
            let _ = write!(self.out, " stroke=\"{}\" stroke-width=\"{}\"", ink.hex(self.theme), num(style.width / k));
            if style.dash != [0.0; 2] {
                let _ = write!(self.out, " stroke-dasharray=\"{} {}\"", num(style.dash[0] / k), num(style.dash[1] / k));
            }
            if style.round {
                self.out.push_str(" stroke-linecap=\"round\" stroke-linejoin=\"round\"");
            }
        }
        if style.opacity < 1.0 {
            let _ = write!(self.out, " opacity=\"{}\"", num(style.opacity));
        }
        self.out.push_str("/>");
    }
}

/// One pattern tile.
fn tile(texture: u8, hex: &str, ink: u8) -> String {
    let id = format!("p{texture}-{}", INKS[ink as usize].token());
    let open = |size: f32, turn: &str| {
        format!("<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\"{turn}>")
    };
    let turned = " patternTransform=\"rotate(45)\"";
    match texture {
        t if t == Texture::Diagonal as u8 => {
            format!("{}<path d=\"M0 0V5\" stroke=\"{hex}\" stroke-width=\"2.8\"/></pattern>", open(5.0, turned))
        }
        t if t == Texture::Cross as u8 => {
            format!("{}<path d=\"M0 0V6M0 0H6\" stroke=\"{hex}\" stroke-width=\"2\"/></pattern>", open(6.0, turned))
        }
        t if t == Texture::Dots as u8 => {
            format!("{}<circle cx=\"2.5\" cy=\"2.5\" r=\"0.9\" fill=\"{hex}\"/></pattern>", open(5.0, ""))
        }
        _ => format!("{}<path d=\"M0 0V6\" stroke=\"{hex}\" stroke-width=\"1.2\"/></pattern>", open(6.0, turned)),
    }
}

/// At most two decimals, no trailing zeros.
fn num(value: f32) -> String {
    let hundredths = (value * 100.0).round() as i64;
    if hundredths % 100 == 0 {
        (hundredths / 100).to_string()
    } else {
        let text = format!("{:.2}", hundredths as f64 / 100.0);
        text.trim_end_matches('0').to_string()
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Pen, fill, sans};
    use super::*;

    #[test]
    fn a_picture_carries_its_own_colours_and_escapes_text() {
        let mut pen = Pen::new();
        pen.rect(1.0, 2.5, 10.0, 10.0, 3.0, fill(Ink::OkSolid));
        pen.text(1.0, 1.0, "a < b", sans(12.0));
        let light = draw(&pen.shapes, 20.0, 20.0, Theme::Light, "t");
        assert!(light.contains("fill=\"#117a68\"") && light.contains("y=\"2.5\"") && light.contains("a &lt; b"));
        let dark = draw(&pen.shapes, 20.0, 20.0, Theme::Dark, "t");
        assert!(dark.contains("fill=\"#44c9ac\""));
    }
}
