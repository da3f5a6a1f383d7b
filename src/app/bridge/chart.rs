//! The chart's side: what stands under the pointer, the camera, the outline.

use pilothouse::scene::card::{Card, card};
use pilothouse::scene::outline::{Leaf, outline};
use pilothouse::scene::shape::{Point, Shape};
use pilothouse::scene::view::Camera;
use pilothouse::scene::{Id, hit};

use super::Bridge;
use crate::app::hub::Topic;

/// The least room in which a chart can be read, in px.
const LEAST: (f64, f64) = (660.0, 480.0);

impl Bridge {
    /// The window has this many px. A window with less room than a chart needs shows a smaller picture of a whole one.
    pub fn resize(&mut self, w: f64, h: f64) {
        self.shrink = (w / LEAST.0).min(h / LEAST.1).clamp(0.3, 1.0);
        self.size = ((w / self.shrink) as f32, (h / self.shrink) as f32);
    }

    /// How much smaller than the chart the window is.
    pub fn shrink(&self) -> f64 {
        self.shrink
    }

    /// The window, in px.
    pub fn window(&self) -> (f64, f64) {
        (f64::from(self.size.0) * self.shrink, f64::from(self.size.1) * self.shrink)
    }

    /// The picture of the last frame.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The innermost thing at a point of the window.
    pub fn hit(&self, x: f64, y: f64) -> Option<String> {
        let (x, y) = (x / self.shrink, y / self.shrink);
        let (layout, scene) = (self.stage.layout()?, self.stage.scene()?);
        let (camera, point) = (self.view.camera, Point { x: x as f32, y: y as f32 });
        let cell = hit::cell_at(scene, layout, camera, point);
        cell.or_else(|| hit::at(layout, camera, point)).map(|id| id.to_string())
    }

    /// Where a thing stands in the window: left, top, width, height.
    pub fn place_of(&self, id: &str) -> Option<(f64, f64, f64, f64)> {
        let rect = hit::rect_of(self.stage.layout()?, self.view.camera, &Id::new(id))?;
        let px = |v: f32| f64::from(v) * self.shrink;
        Some((px(rect.x), px(rect.y), px(rect.w), px(rect.h)))
    }

    /// The card of a thing: name, kind, facts.
    pub fn card(&self, id: &str) -> Option<Card> {
        card(self.world(), self.stage.scene()?, &Id::new(id))
    }

    /// How many times larger than the whole.
    pub fn magnified(&self) -> f64 {
        self.view.camera.zoom.into()
    }

    /// Moves the picture with the pointer.
    pub fn pan(&mut self, x: f64, y: f64) {
        let camera = self.view.camera;
        let (x, y) = ((x / self.shrink) as f32, (y / self.shrink) as f32);
        self.look(Camera { x: camera.x - x, y: camera.y - y, ..camera });
    }

    /// Magnifies; what is under the point stays there.
    pub fn zoom(&mut self, by: f64, x: f64, y: f64) {
        let camera = self.view.camera;
        let zoom = (camera.zoom * by as f32).clamp(1.0, 8.0);
        let k = zoom / camera.zoom;
        let (x, y) = ((x / self.shrink) as f32, (y / self.shrink) as f32);
        self.look(Camera { zoom, x: (camera.x + x) * k - x, y: (camera.y + y) * k - y });
        self.moved.push(Topic::Chosen);
    }

    pub fn zoom_center(&mut self, by: f64) {
        let (w, h) = self.window();
        self.zoom(by, w / 2.0, h / 2.0);
    }

    /// The whole chart.
    pub fn fit(&mut self) {
        self.look(Camera::default());
    }

    fn look(&mut self, camera: Camera) {
        let most_x = (self.size.0 * (camera.zoom - 1.0)).max(0.0);
        let most_y = (self.size.1 * (camera.zoom - 1.0)).max(0.0);
        self.view.camera = Camera { zoom: camera.zoom, x: camera.x.clamp(0.0, most_x), y: camera.y.clamp(0.0, most_y) };
    }

    /// Everything on the chart, places before what they hold.
    pub fn outline(&self) -> Vec<Leaf> {
        self.stage.scene().map_or_else(Vec::new, |scene| outline(self.world(), scene))
    }

    pub fn choose(&mut self, id: Option<String>) {
        self.view.selected = id.map(Id::new);
    }

    /// Rings what the keyboard stands on.
    pub fn focus(&mut self, id: Option<String>) {
        self.view.focused = id.map(Id::new);
    }

    pub fn hover(&mut self, id: Option<String>) {
        self.view.hovered = id.map(Id::new);
    }
}
