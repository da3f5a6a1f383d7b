//! Motion: boxes ease to their places by id in wall time; what comes and goes fades; a changed tile cross-fades.
//! Nothing else moves: at rest the stage draws no frame.
//!
//! Left out: hysteresis and cross-fade of zoom levels.

use std::collections::BTreeMap;

use super::build::{build, refresh, stamp};
use super::ease::SETTLE;
use super::item::{Item, Pod, Scene, Thing};
use super::paint::{self, Easel, Pose};
use super::place::{Layout, Memory, place};
use super::shape::{Rect, Shape};
use super::view::{Id, Lens, Size, View};
use crate::time::Time;
use crate::world::World;

/// Wall milliseconds of each motion.
const MOVE: f32 = 240.0;
const LENS: f32 = 420.0;
const APPEAR: f32 = 180.0;
const FILL: f32 = 240.0;
const GAP: f32 = 280.0;
/// The cross-fade that stands for all motion when motion is reduced.
const REDUCED: f32 = 120.0;

/// One box on its way.
#[derive(Clone, Debug)]
struct Mark {
    life: u64,
    from: Rect,
    to: Rect,
    moved: f32,
    span: f32,
    appeared: f32,
    opened: f32,
    item: Option<Item>,
}

/// What is on the chart between two scenes.
#[derive(Default)]
pub struct Stage {
    marks: BTreeMap<Id, Mark>,
    poses: BTreeMap<Id, Pose>,
    ghosts: Vec<(Item, Pose, f32)>,
    fading: BTreeMap<Id, (Pod, f32)>,
    layout: Option<Layout>,
    blank: Memory,
    lens: Lens,
    scene: Option<Scene>,
    version: u64,
    still: bool,
    /// Wall milliseconds since the scene was built.
    age: f32,
}

impl Stage {
    pub fn new() -> Stage {
        Stage::default()
    }

    /// The frame for this moment, or `None` when it would be the same as the last: the page then draws nothing.
    pub fn frame(&mut self, world: &World, view: &View, now: Time, size: Size, frame_ms: f32) -> Option<Vec<Shape>> {
        self.age += frame_ms;
        let version = stamp(world, view, now, self.scene.as_ref());
        let same_size = self.layout.as_ref().is_some_and(|layout| layout.window == size);
        let flying = self.scene.as_ref().is_some_and(|scene| scene.movers.iter().any(|m| m.lands >= scene.now));
        if version == self.version && same_size && self.still && !flying {
            return None;
        }
        if !same_size || self.scene.is_none() || (version != self.version && self.age >= self.patience()) {
            self.age = 0.0;
            let scene = build(world, view, now);
            let target = place(&scene, size, self.memory());
            self.version = stamp(world, view, now, Some(&scene));
            self.aim(&scene, target);
            self.scene = Some(scene);
        } else if flying && let Some(scene) = &mut self.scene {
            refresh(scene, world, view, now);
        }
        self.advance(frame_ms);
        let scene = self.scene.take()?;
        let shapes = self.paint(&scene);
        self.scene = Some(scene);
        Some(shapes)
    }

    /// Wall milliseconds that a crowded picture stays before it is built anew: at thousands of marks the eye does not
    /// miss them, and the world gets the time.
    fn patience(&self) -> f32 {
        match &self.scene {
            Some(scene) if !scene.fleet.is_empty() => 500.0,
            Some(scene) if scene.items.len() > 1500 => 120.0,
            _ => 0.0,
        }
    }

    /// The last scene and layout, for hit tests, the outline and the object card.
    pub fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// What the next layout must keep.
    pub fn memory(&self) -> &Memory {
        self.layout.as_ref().map_or(&self.blank, |layout| &layout.memory)
    }

    /// Forgets all motion and places, as after a jump in time.
    pub fn jump(&mut self) {
        self.marks.clear();
        self.ghosts.clear();
        self.fading.clear();
        self.version = 0;
    }

    /// Sets where everything shall go.
    pub fn aim(&mut self, scene: &Scene, target: Layout) {
        let reduced = scene.view.reduced_motion;
        let first = self.layout.is_none();
        let resized = self.layout.as_ref().is_some_and(|old| old.size != target.size);
        let span = match (reduced, self.lens != scene.view.lens) {
            (true, _) => 0.0,
            (_, true) => LENS,
            _ => MOVE,
        };
        let mut before = std::mem::take(&mut self.marks);
        let lives: BTreeMap<&Id, &Item> = scene.items.iter().map(|item| (&item.id, item)).collect();
        for (id, spot) in &target.spots {
            let item = lives.get(id).copied();
            let life = item.map_or(0, |item| item.life);
            let old = before.remove(id).filter(|mark| mark.life == life);
            let mark = match old {
                Some(mut mark) => {
                    if mark.to != spot.rect {
                        mark.from = if resized || span == 0.0 { spot.rect } else { mark.rect() };
                        mark.to = spot.rect;
                        mark.moved = if resized { span } else { 0.0 };
                        mark.span = span;
                    }
                    self.watch_state(id, &mark, item, reduced);
                    mark.opened =
                        if has_gap(item) { if has_gap(mark.item.as_ref()) { mark.opened } else { 0.0 } } else { 0.0 };
                    mark.item = item.filter(|item| can_leave(item)).cloned();
                    mark
                }
                None => Mark {
                    life,
                    from: spot.rect,
                    to: spot.rect,
                    moved: 0.0,
                    span: 0.0,
                    appeared: if first || self.lens != scene.view.lens { APPEAR } else { 0.0 },
                    opened: if first { GAP } else { 0.0 },
                    item: item.filter(|item| can_leave(item)).cloned(),
                },
            };
            self.marks.insert(id.clone(), mark);
        }
        if !first && self.lens == scene.view.lens {
            for (id, mark) in before {
                let level = self.poses.get(&id).map(|pose| pose.level);
                if let (Some(item), Some(level)) = (mark.item.clone(), level) {
                    let pose = Pose { rect: mark.rect(), level, opacity: 1.0, open: 1.0 };
                    self.ghosts.push((item, pose, 0.0));
                }
            }
            if self.ghosts.len() > 64 {
                self.ghosts.drain(..self.ghosts.len() - 64);
            }
        }
        self.lens = scene.view.lens;
        self.layout = Some(target);
    }

    /// Starts a cross-fade when a tile's state has changed.
    fn watch_state(&mut self, id: &Id, mark: &Mark, item: Option<&Item>, reduced: bool) {
        let (Some(Item { thing: Thing::Pod(new), .. }), Some(Item { thing: Thing::Pod(old), .. })) = (item, &mark.item)
        else {
            return;
        };
        if new.state != old.state {
            let left = if reduced { REDUCED / FILL } else { 1.0 };
            self.fading.insert(id.clone(), ((**old).clone(), left));
        }
    }

    /// Lets `frame_ms` wall milliseconds pass.
    pub fn advance(&mut self, frame_ms: f32) {
        let frame_ms = frame_ms.clamp(0.0, 100.0);
        let mut still = true;
        self.poses.clear();
        let Some(layout) = &self.layout else { return };
        for (id, mark) in &mut self.marks {
            mark.moved += frame_ms;
            mark.appeared += frame_ms;
            mark.opened += frame_ms;
            still &= mark.moved >= mark.span && mark.appeared >= APPEAR && (mark.opened >= GAP || mark.item.is_none());
            let Some(spot) = layout.spots.get(id) else { continue };
            let pose = Pose {
                rect: mark.rect(),
                level: spot.level,
                opacity: SETTLE.at(mark.appeared / APPEAR),
                open: SETTLE.at(mark.opened / GAP),
            };
            self.poses.insert(id.clone(), pose);
        }
        for (_, pose, age) in &mut self.ghosts {
            *age += frame_ms;
            pose.opacity = 1.0 - SETTLE.at(*age / APPEAR);
        }
        self.ghosts.retain(|(_, _, age)| *age < APPEAR);
        for (_, left) in self.fading.values_mut() {
            *left -= frame_ms / FILL;
        }
        self.fading.retain(|_, (_, left)| *left > 0.0);
        self.still = still && self.ghosts.is_empty() && self.fading.is_empty();
    }

    /// Nothing eases; only messages and countdowns can change the picture.
    pub fn at_rest(&self) -> bool {
        self.still
    }

    /// The shapes of this moment.
    pub fn paint(&self, scene: &Scene) -> Vec<Shape> {
        let Some(layout) = &self.layout else { return vec![] };
        let ghosts: Vec<(Item, Pose)> = self.ghosts.iter().map(|(item, pose, _)| (item.clone(), *pose)).collect();
        paint::draw(&Easel { scene, layout, poses: &self.poses, ghosts: &ghosts, fading: &self.fading })
    }
}

impl Mark {
    fn rect(&self) -> Rect {
        if self.span <= 0.0 || self.moved >= self.span {
            return self.to;
        }
        let t = SETTLE.at(self.moved / self.span);
        let mix = |a: f32, b: f32| a + (b - a) * t;
        let (a, b) = (self.from, self.to);
        Rect::new(mix(a.x, b.x), mix(a.y, b.y), mix(a.w, b.w), mix(a.h, b.h))
    }
}

/// Things whose going is shown.
fn can_leave(item: &Item) -> bool {
    matches!(item.thing, Thing::Pod(_) | Thing::Workload(_) | Thing::Service(_) | Thing::Record(_))
}

fn has_gap(item: Option<&Item>) -> bool {
    matches!(item, Some(Item { thing: Thing::Workload(work), .. }) if work.gap.is_some())
}

/// The still picture of a world: no motion, everything where it belongs.
pub fn still(world: &World, view: &View, now: Time, size: Size) -> Vec<Shape> {
    let mut stage = Stage::new();
    stage.frame(world, view, now, size, 1000.0).unwrap_or_default()
}
