//! The canvas painter: draws the list of shapes that the scene made. Decides nothing about what they mean.
//! Colours are set only when they change, glyphs and static paths are parsed once, hatches are tiles.
//!
//! Left out: system colours of forced-colour mode (the outline and the panels carry them).

use std::collections::BTreeMap;

use pilothouse::scene::shape::{Anchor, Fill, Font, Point, Rect, Shape, Style, Texture};
use pilothouse::scene::theme::{Ink, Theme};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasPattern, CanvasRenderingContext2d as Context, HtmlCanvasElement, Path2d};

const SANS: &str = "\"PH Sans\",Inter,system-ui,-apple-system,\"Segoe UI\",Roboto,\"Apple SD Gothic Neo\",\"Malgun Gothic\",\"Noto Sans KR\",\"Noto Sans CJK KR\",sans-serif";
const MONO: &str = "\"PH Mono\",\"JetBrains Mono\",ui-monospace,SFMono-Regular,Menlo,Consolas,D2Coding,\"Noto Sans Mono CJK KR\",monospace";
/// Parsed paths kept at most; a chart has a few dozen.
const KEPT: usize = 512;

/// A canvas with what it remembers from frame to frame.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: Context,
    paths: BTreeMap<(usize, usize), Path2d>,
    fonts: BTreeMap<(bool, u32, u16), String>,
    patterns: BTreeMap<(u8, u8, u8), CanvasPattern>,
    theme: Theme,
    state: State,
    ratio: f64,
}

/// What is set on the context now; nothing is set twice.
#[derive(Clone, Default)]
struct State {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: f32,
    dash: [f32; 2],
    round: Option<bool>,
    font: Option<(bool, u32, u16)>,
    anchor: Option<Anchor>,
    spacing: f32,
    alpha: f32,
}

impl Painter {
    /// None when the browser has no 2D canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Painter> {
        let context = canvas.get_context("2d").ok()??.dyn_into::<Context>().ok()?;
        Some(Painter {
            canvas,
            context,
            paths: BTreeMap::new(),
            fonts: BTreeMap::new(),
            patterns: BTreeMap::new(),
            theme: Theme::Light,
            state: State::default(),
            ratio: 1.0,
        })
    }

    /// Draws the shapes on a canvas of `w` x `h` CSS px, `scale` times their size.
    pub fn paint(&mut self, shapes: &[Shape], theme: Theme, size: (f64, f64), scale: f64) {
        self.ratio = gloo::utils::window().device_pixel_ratio().max(1.0);
        let (w, h) = ((size.0 * self.ratio).round(), (size.1 * self.ratio).round());
        if f64::from(self.canvas.width()) != w || f64::from(self.canvas.height()) != h {
            self.canvas.set_width(w as u32);
            self.canvas.set_height(h as u32);
        }
        if theme != self.theme {
            self.patterns.clear();
        }
        self.theme = theme;
        // what the last frame left on the context is not known any more
        self.state = State { alpha: 1.0, width: 1.0, ..State::default() };
        let _ = self.context.set_line_dash(&js_sys::Array::new());
        let _ = js_sys::Reflect::set(&self.context, &"letterSpacing".into(), &"0px".into());
        self.context.set_line_width(1.0);
        let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        self.context.set_global_alpha(1.0);
        self.context.set_fill_style_str(Ink::Paper.hex(theme));
        self.context.fill_rect(0.0, 0.0, w, h);
        let _ = self.context.set_transform(self.ratio * scale, 0.0, 0.0, self.ratio * scale, 0.0, 0.0);
        self.shapes(shapes, 1.0);
    }

    fn shapes(&mut self, shapes: &[Shape], alpha: f32) {
        for shape in shapes {
            self.shape(shape, alpha);
        }
    }

    fn shape(&mut self, shape: &Shape, alpha: f32) {
        let context = self.context.clone();
        match shape {
            Shape::Rect { rect, r, style } => {
                if *r <= 0.0 && style.stroke.is_none() {
                    self.plain(rect, style, alpha);
                    return;
                }
                context.begin_path();
                round(&context, rect, *r);
                self.style(style, alpha, None);
            }
            Shape::Circle { x, y, r, style } => {
                context.begin_path();
                let _ = context.arc((*x).into(), (*y).into(), (*r).into(), 0.0, std::f64::consts::TAU);
                self.style(style, alpha, None);
            }
            Shape::Line { from: Point { x: x1, y: y1 }, to: Point { x: x2, y: y2 }, style } => {
                context.begin_path();
                context.move_to((*x1).into(), (*y1).into());
                context.line_to((*x2).into(), (*y2).into());
                self.style(style, alpha, None);
            }
            Shape::Path { d, x, y, k, style } => {
                let path = self.path(d);
                let moved = *x != 0.0 || *y != 0.0 || *k != 1.0;
                if moved {
                    context.save();
                    let _ = context.translate((*x).into(), (*y).into());
                    let _ = context.scale((*k).into(), (*k).into());
                    // the width is in px of the chart, whatever the scale of the path
                    let style = Style { width: style.width / k.max(0.001), ..*style };
                    let kept = self.state.clone();
                    self.style(&style, alpha, Some(&path));
                    self.state = kept;
                    context.restore();
                } else {
                    self.style(style, alpha, Some(&path));
                }
            }
            Shape::Text { x, y, text, font } => self.text(*x, *y, text, font, alpha),
            Shape::Glyph { glyph, x, y, size, ink } => {
                let k = f64::from(*size) / 16.0;
                context.save();
                let kept = self.state.clone();
                let _ = context.translate((*x).into(), (*y).into());
                let _ = context.scale(k, k);
                if !glyph.stroke.is_empty() {
                    let path = self.fixed(glyph.stroke);
                    let line = Style { stroke: Some(*ink), width: 1.5, round: true, ..Style::default() };
                    self.style(&line, alpha, Some(&path));
                }
                if !glyph.fill.is_empty() {
                    let path = self.fixed(glyph.fill);
                    self.style(&Style { fill: Fill::Ink(*ink), ..Style::default() }, alpha, Some(&path));
                }
                self.state = kept;
                context.restore();
            }
            Shape::Group { x, y, turn, opacity, shapes } => {
                context.save();
                let kept = self.state.clone();
                let _ = context.translate((*x).into(), (*y).into());
                if *turn != 0.0 {
                    let _ = context.rotate(f64::from(*turn).to_radians());
                }
                self.shapes(shapes, alpha * opacity);
                self.state = kept;
                context.restore();
            }
            Shape::Clip { rect, shapes } => {
                context.save();
                let kept = self.state.clone();
                context.begin_path();
                round(&context, rect, 0.0);
                context.clip();
                self.shapes(shapes, alpha);
                self.state = kept;
                context.restore();
            }
        }
    }

    /// A filled rectangle without an outline: the cheapest mark.
    fn plain(&mut self, rect: &Rect, style: &Style, alpha: f32) {
        self.alpha(alpha * style.opacity);
        if self.fill(&style.fill) {
            self.context.fill_rect(rect.x.into(), rect.y.into(), rect.w.into(), rect.h.into());
        }
    }

    fn alpha(&mut self, alpha: f32) {
        if self.state.alpha != alpha {
            self.context.set_global_alpha(alpha.into());
            self.state.alpha = alpha;
        }
    }

    /// Sets the fill; false when there is nothing to fill with.
    fn fill(&mut self, fill: &Fill) -> bool {
        match fill {
            Fill::None => false,
            Fill::Ink(ink) => {
                if self.state.fill != Some(*ink) {
                    self.context.set_fill_style_str(ink.hex(self.theme));
                    self.state.fill = Some(*ink);
                }
                true
            }
            Fill::Pattern(texture, ink) => {
                self.state.fill = None;
                match self.pattern(*texture, *ink) {
                    Some(pattern) => {
                        self.context.set_fill_style_canvas_pattern(&pattern);
                        true
                    }
                    None => false,
                }
            }
        }
    }

    /// Fills and strokes the current path, or the given one.
    fn style(&mut self, style: &Style, alpha: f32, path: Option<&Path2d>) {
        self.alpha(alpha * style.opacity);
        if self.fill(&style.fill) {
            match path {
                Some(path) => self.context.fill_with_path_2d(path),
                None => self.context.fill(),
            }
        }
        let Some(ink) = style.stroke else { return };
        if self.state.stroke != Some(ink) {
            self.context.set_stroke_style_str(ink.hex(self.theme));
            self.state.stroke = Some(ink);
        }
        if self.state.width != style.width {
            self.context.set_line_width(style.width.into());
            self.state.width = style.width;
        }
        if self.state.dash != style.dash {
            let dash = js_sys::Array::new();
            if style.dash != [0.0; 2] {
                dash.push(&JsValue::from(style.dash[0]));
                dash.push(&JsValue::from(style.dash[1]));
            }
            let _ = self.context.set_line_dash(&dash);
            self.state.dash = style.dash;
        }
        if self.state.round != Some(style.round) {
            self.context.set_line_cap(if style.round { "round" } else { "butt" });
            self.context.set_line_join(if style.round { "round" } else { "miter" });
            self.state.round = Some(style.round);
        }
        match path {
            Some(path) => self.context.stroke_with_path(path),
            None => self.context.stroke(),
        }
    }

    fn text(&mut self, x: f32, y: f32, text: &str, font: &Font, alpha: f32) {
        self.alpha(alpha * font.opacity);
        self.fill(&Fill::Ink(font.ink));
        let key = (font.mono, (font.size * 100.0) as u32, font.weight);
        if self.state.font != Some(key) {
            let name = self.fonts.entry(key).or_insert_with(|| {
                let family = if font.mono { MONO } else { SANS };
                format!("{} {}px {family}", font.weight, font.size)
            });
            self.context.set_font(name);
            self.state.font = Some(key);
        }
        if self.state.anchor != Some(font.anchor) {
            self.context.set_text_align(match font.anchor {
                Anchor::Start => "left",
                Anchor::Middle => "center",
                Anchor::End => "right",
            });
            self.state.anchor = Some(font.anchor);
        }
        if self.state.spacing != font.spacing {
            let value = JsValue::from(format!("{}px", font.spacing * font.size));
            let _ = js_sys::Reflect::set(&self.context, &"letterSpacing".into(), &value);
            self.state.spacing = font.spacing;
        }
        let _ = self.context.fill_text(text, x.into(), y.into());
    }

    #[expect(clippy::ptr_arg, reason = "a borrowed path is known to live as long as the program")]
    fn path(&mut self, d: &std::borrow::Cow<'static, str>) -> Path2d {
        match d {
            std::borrow::Cow::Borrowed(d) => self.fixed(d),
            std::borrow::Cow::Owned(d) => parse(d),
        }
    }

    /// A path that lives as long as the program: parsed once, known by its address.
    fn fixed(&mut self, d: &'static str) -> Path2d {
        let key = (d.as_ptr() as usize, d.len());
        if let Some(path) = self.paths.get(&key) {
            return path.clone();
        }
        if self.paths.len() >= KEPT {
            self.paths.clear();
        }
        let path = parse(d);
        self.paths.insert(key, path.clone());
        path
    }

    fn pattern(&mut self, texture: Texture, ink: Ink) -> Option<CanvasPattern> {
        let key = (texture as u8, ink as u8, (self.ratio * 16.0) as u8);
        if let Some(pattern) = self.patterns.get(&key) {
            return Some(pattern.clone());
        }
        let pattern = tile(&self.context, texture, ink.hex(self.theme))?;
        self.patterns.insert(key, pattern.clone());
        Some(pattern)
    }
}

fn parse(d: &str) -> Path2d {
    Path2d::new_with_path_string(d).unwrap_or_else(|_| Path2d::new().expect("an empty path can always be made"))
}

fn round(context: &Context, rect: &Rect, r: f32) {
    let (x, y, w, h) = (f64::from(rect.x), f64::from(rect.y), f64::from(rect.w), f64::from(rect.h));
    let r = f64::from(r).min(w / 2.0).min(h / 2.0);
    if r <= 0.0 {
        context.rect(x, y, w, h);
        return;
    }
    context.move_to(x + r, y);
    let _ = context.arc_to(x + w, y, x + w, y + h, r);
    let _ = context.arc_to(x + w, y + h, x, y + h, r);
    let _ = context.arc_to(x, y + h, x, y, r);
    let _ = context.arc_to(x, y, x + w, y, r);
    context.close_path();
}

/// A hatch as a tile of a few px.
fn tile(context: &Context, texture: Texture, colour: &str) -> Option<CanvasPattern> {
    let size = match texture {
        Texture::Diagonal | Texture::Dots => 5.0,
        Texture::Cross | Texture::Thin => 6.0,
    };
    let canvas = gloo::utils::document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.set_width(size as u32);
    canvas.set_height(size as u32);
    let pen = canvas.get_context("2d").ok()??.dyn_into::<Context>().ok()?;
    pen.set_stroke_style_str(colour);
    pen.set_fill_style_str(colour);
    pen.set_line_width(if texture == Texture::Thin { 0.8 } else { 1.2 });
    let rising = |pen: &Context| {
        for shift in [-size, 0.0, size] {
            pen.move_to(shift - 1.0, size + 1.0);
            pen.line_to(shift + size + 1.0, -1.0);
        }
    };
    pen.begin_path();
    match texture {
        Texture::Diagonal | Texture::Thin => rising(&pen),
        Texture::Cross => {
            rising(&pen);
            for shift in [-size, 0.0, size] {
                pen.move_to(shift - 1.0, -1.0);
                pen.line_to(shift + size + 1.0, size + 1.0);
            }
        }
        Texture::Dots => {
            let _ = pen.arc(size / 2.0, size / 2.0, 0.9, 0.0, std::f64::consts::TAU);
            pen.fill();
        }
    }
    if texture != Texture::Dots {
        pen.stroke();
    }
    context.create_pattern_with_html_canvas_element(&canvas, "repeat").ok().flatten()
}
