//! The chart's side: what stands under the pointer, the camera, the outline.

use pilothouse::scene::item::{Item, Thing};
use pilothouse::scene::shape::Shape;
use pilothouse::scene::view::Camera;
use pilothouse::scene::{Id, words};

use super::{Bridge, Leaf};
use crate::app::hub::Topic;

/// Marks in the outline at most.
const LISTED: usize = 2_000;

impl Bridge {
    /// The chart has this many px.
    pub fn resize(&mut self, w: f64, h: f64) {
        self.size = (w as f32, h as f32);
    }

    pub fn size(&self) -> (f64, f64) {
        (self.size.0.into(), self.size.1.into())
    }

    /// The picture of the last frame.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The smallest thing at a point of the window.
    pub fn hit(&self, x: f64, y: f64) -> Option<String> {
        let camera = self.view.camera;
        let point = pilothouse::scene::shape::Point { x: x as f32 + camera.x, y: y as f32 + camera.y };
        let (layout, scene) = (self.stage.layout()?, self.stage.scene()?);
        let under = layout.spots.iter().filter(|(_, spot)| spot.rect.contains(point));
        let known = under.filter(|(id, _)| scene.item(id).is_some());
        let smallest = known.min_by(|(_, a), (_, b)| (a.rect.w * a.rect.h).total_cmp(&(b.rect.w * b.rect.h)));
        smallest.map(|(id, _)| id.to_string())
    }

    /// Where a thing stands in the window: left, top, width, height.
    pub fn place_of(&self, id: &str) -> Option<(f64, f64, f64, f64)> {
        let rect = self.stage.layout()?.spot(&Id::new(id))?.rect;
        let camera = self.view.camera;
        Some(((rect.x - camera.x).into(), (rect.y - camera.y).into(), rect.w.into(), rect.h.into()))
    }

    /// How many times larger than the whole.
    pub fn magnified(&self) -> f64 {
        self.view.camera.zoom.into()
    }

    /// Moves the picture with the pointer.
    pub fn pan(&mut self, x: f64, y: f64) {
        let camera = self.view.camera;
        self.look(Camera { x: camera.x - x as f32, y: camera.y - y as f32, ..camera });
    }

    /// Magnifies; what is under the point stays there.
    pub fn zoom(&mut self, by: f64, x: f64, y: f64) {
        let camera = self.view.camera;
        let zoom = (camera.zoom * by as f32).clamp(1.0, 8.0);
        let k = zoom / camera.zoom;
        let (x, y) = (x as f32, y as f32);
        self.look(Camera { zoom, x: (camera.x + x) * k - x, y: (camera.y + y) * k - y });
        self.moved.push(Topic::Chosen);
    }

    pub fn zoom_center(&mut self, by: f64) {
        let (w, h) = self.size();
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
        let Some(scene) = self.stage.scene() else { return vec![] };
        let mut out = vec![];
        let inside = |parent: Option<&Id>| {
            let found = scene.items.iter().filter(move |item| item.parent.as_ref() == parent);
            found.collect::<Vec<&Item>>()
        };
        let mut open: Vec<(&Item, usize)> = inside(None).into_iter().rev().map(|item| (item, 1)).collect();
        while let Some((item, level)) = open.pop() {
            if out.len() >= LISTED {
                break;
            }
            out.push(Leaf { id: item.id.to_string(), label: self.label(item), level });
            open.extend(inside(Some(&item.id)).into_iter().rev().map(|child| (child, level + 1)));
        }
        out
    }

    /// Name first, then kind and state.
    fn label(&self, item: &Item) -> String {
        let kind = match &item.thing {
            Thing::Pod(_) => "Pod",
            Thing::Node(_) => "Node",
            Thing::Namespace { .. } => "Namespace",
            Thing::Service(_) => "Service",
            _ => item.key.as_ref().and_then(|key| pilothouse::api::kinds::find(key.resource)).map_or("", |kind| kind.names().kind),
        };
        let kind = if kind.is_empty() { "" } else { words::kind(self.view.lang, kind) };
        [item.name.as_ref(), kind, item.state.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    pub fn choose(&mut self, id: Option<String>) {
        self.view.selected = id.map(Id::new);
    }

    pub fn hover(&mut self, id: Option<String>) {
        self.view.hovered = id.map(Id::new);
    }
}
