//! The whole way from a world to shapes, on worlds made by hand: what must hold of every picture.

use serde_json::{Value, json};

use super::place::{Layout, Memory};
use super::shape::Rect;
use super::state::PodState;
use super::theme::Theme;
use super::view::{Id, Lens, Size, View};
use super::{Stage, build, hit, item::Thing, outline, place, stage, svg};
use crate::api::{Object, kinds};
use crate::world::{Spec, World};

const SIZE: Size = Size { w: 1072.0, h: 700.0 };

fn running(ready: bool) -> Value {
    let status = if ready { "True" } else { "False" };
    json!({
        "phase": "Running", "podIP": "10.244.1.9",
        "conditions": [{"type": "Ready", "status": status}],
        "containerStatuses": [{
            "name": "c", "image": "i", "imageID": "", "ready": ready, "restartCount": 0,
            "state": {"running": {"startedAt": "2026-09-01T09:00:00Z"}}
        }]
    })
}

fn add(world: &mut World, name: &str, node: &str, status: Value) {
    let value = json!({
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "shop/web:2.0"}]},
        "status": status
    });
    let pod = Object::from_value(kinds::POD, value).expect("a pod");
    let cause = world.journal.last();
    world.learner(cause, |cx| {
        let mut made = cx.create(pod.clone()).expect("it can be made");
        made.take_status(&pod);
        cx.update_status(made).expect("it has a status");
    });
}

fn crowded(each: usize) -> World {
    let mut world = World::boot(Spec::default(), 3);
    for node in ["control-plane", "node01", "node02"] {
        for n in 0..each {
            add(&mut world, &format!("{node}-{n:03}"), node, running(n % 5 != 4));
        }
    }
    world
}

fn laid(world: &World) -> (super::Scene, Layout) {
    let scene = build(world, &View::default(), world.now);
    let layout = place(&scene, SIZE, &Memory::default());
    (scene, layout)
}

#[test]
fn twenty_four_pods_on_each_of_three_nodes_fit_without_overlap() {
    let (scene, layout) = laid(&crowded(24));
    let pods: Vec<(&Id, Rect)> = scene
        .items
        .iter()
        .filter(|item| matches!(&item.thing, Thing::Pod(pod) if !pod.minor))
        .map(|item| (&item.id, layout.spot(&item.id).expect("every pod has a place").rect))
        .collect();
    assert_eq!(pods.len(), 72);
    for (i, (id, rect)) in pods.iter().enumerate() {
        let node = layout.spot(scene.item(id).and_then(|item| item.parent.as_ref()).expect("a node")).expect("a place");
        assert!(rect.x >= node.rect.x && rect.right() <= node.rect.right() && rect.bottom() <= node.rect.bottom());
        for (other, second) in &pods[i + 1..] {
            assert!(!rect.overlaps(second), "{id} and {other}");
        }
    }
}

#[test]
fn what_has_no_room_is_counted() {
    let (scene, layout) = laid(&crowded(400));
    let shown = layout.spots.keys().filter(|id| id.as_str().starts_with("pods/default")).count();
    let counted: usize = layout
        .notes
        .iter()
        .filter_map(|note| note.text.strip_prefix("and ")?.strip_suffix(" more")?.parse::<usize>().ok())
        .sum();
    let tiles = scene.items.iter().filter(|item| matches!(&item.thing, Thing::Pod(pod) if !pod.minor)).count();
    assert_eq!(shown + counted, tiles);
}

#[test]
fn a_pod_keeps_its_place_while_others_come_and_go() {
    let mut world = crowded(3);
    let (_, before) = laid(&world);
    let cause = world.journal.last();
    let now = crate::api::DeleteOptions { grace: Some(0), ..Default::default() };
    world.learner(cause, |cx| cx.delete(kinds::POD, "default", "node01-001", &now).expect("it is there"));
    add(&mut world, "later", "node01", running(true));
    let scene = build(&world, &View::default(), world.now);
    let after = place(&scene, SIZE, &before.memory);
    let kept = Id::pod("default", "node01-002");
    assert_eq!(before.spot(&kept), after.spot(&kept));
    let freed = before.spot(&Id::pod("default", "node01-001")).map(|spot| spot.rect);
    assert_eq!(after.spot(&Id::pod("default", "later")).map(|spot| spot.rect), freed);
}

#[test]
fn the_same_world_gives_the_same_picture() {
    let (one, two) = (crowded(5), crowded(5));
    let picture = |world: &World| {
        let shapes = stage::still(world, &View::default(), world.now, SIZE);
        svg::draw(&shapes, SIZE.w, SIZE.h, Theme::Light, "chart")
    };
    assert_eq!(picture(&one), picture(&two));
}

#[test]
fn an_idle_frame_draws_nothing() {
    let mut world = crowded(2);
    let mut stage = Stage::new();
    let view = View::default();
    world.now = crate::time::Time(world.now.0 + 90_000);
    for _ in 0..60 {
        stage.frame(&world, &view, world.now, SIZE, 50.0);
    }
    assert!(stage.frame(&world, &view, world.now, SIZE, 16.0).is_none());
    let selected = View { selected: Some(Id::pod("default", "node01-001")), ..view };
    assert!(stage.frame(&world, &selected, world.now, SIZE, 16.0).is_some());
}

#[test]
fn what_is_pointed_at_is_found_and_the_arrows_walk() {
    let world = crowded(4);
    let (scene, layout) = laid(&world);
    let first = Id::pod("default", "node01-000");
    let rect = layout.spot(&first).expect("a place").rect;
    assert_eq!(hit::at(&layout, View::default().camera, rect.center()), Some(first.clone()));
    let second = hit::next(&scene, &layout, &first, hit::Way::Right);
    assert_eq!(second, Some(Id::pod("default", "node01-001")));
    let leaves = outline::outline(&world, &scene);
    assert!(leaves.iter().any(|leaf| leaf.label.starts_with("node01-000, Pod, Running")));
}

#[test]
fn every_lens_draws_something() {
    let world = crowded(1);
    for lens in Lens::ALL {
        let view = View { lens, ..View::default() };
        assert!(!stage::still(&world, &view, world.now, SIZE).is_empty());
    }
}

#[test]
fn a_tile_says_what_the_status_says() {
    let mut world = World::boot(Spec::default(), 3);
    let waiting = |reason: &str, message: &str| {
        json!({"phase": "Running", "containerStatuses": [{
            "name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 3,
            "state": {"waiting": {"reason": reason, "message": message}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-09-01T09:00:10Z"}}
        }]})
    };
    let ended = |phase: &str, code: i32, reason: &str| {
        json!({"phase": phase, "containerStatuses": [{
            "name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": code, "reason": reason}}
        }]})
    };
    let cases = [
        ("a", running(true), PodState::Ready),
        ("b", running(false), PodState::NotReady),
        ("c", waiting("CrashLoopBackOff", "back-off 40s restarting failed container=c"), PodState::CrashLoop),
        ("d", waiting("ImagePullBackOff", ""), PodState::PullFail),
        ("e", waiting("ContainerCreating", ""), PodState::Creating),
        ("f", waiting("CreateContainerConfigError", ""), PodState::Failed),
        ("g", ended("Succeeded", 0, "Completed"), PodState::Completed),
        ("h", ended("Failed", 1, "Error"), PodState::Failed),
        ("i", ended("Running", 137, "OOMKilled"), PodState::Oom),
        ("l", ended("Running", 1, "Error"), PodState::CrashLoop),
        ("j", json!({"phase": "Pending"}), PodState::Scheduled),
        ("k", json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}), PodState::Evicted),
    ];
    for (name, status, _) in &cases {
        add(&mut world, name, "node01", status.clone());
    }
    let (scene, _) = laid(&world);
    for (name, _, state) in cases {
        let item = scene.item(&Id::pod("default", name)).expect("it is there");
        assert!(matches!(&item.thing, Thing::Pod(pod) if pod.state == state), "{name} should be {state:?}");
    }
}
