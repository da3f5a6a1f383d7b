//! How the learner looks at the world: lens, language, camera, selection. None of it is part of the world.

use std::fmt;
use std::rc::Rc;

use crate::control::FactId;
use crate::store::Key;

/// The stable name of a thing on the chart. Objects are `resource/namespace/name`, nodes `nodes/name`, processes
/// `process/name` or `process/name@node`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub Rc<str>);

impl Id {
    pub fn new(text: impl Into<Rc<str>>) -> Id {
        Id(text.into())
    }

    /// The thing that shows an object.
    pub fn of(key: &Key) -> Id {
        Id::object(key.resource, &key.namespace, &key.name)
    }

    pub fn object(resource: &str, namespace: &str, name: &str) -> Id {
        if namespace.is_empty() {
            Id(format!("{resource}/{name}").into())
        } else {
            Id(format!("{resource}/{namespace}/{name}").into())
        }
    }

    pub fn pod(namespace: &str, name: &str) -> Id {
        Id::object("pods", namespace, name)
    }

    pub fn node(name: &str) -> Id {
        Id::object("nodes", "", name)
    }

    pub fn process(name: &str) -> Id {
        Id(format!("process/{name}").into())
    }

    pub fn on_node(process: &str, node: &str) -> Id {
        Id(format!("process/{process}@{node}").into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is near and what is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lens {
    #[default]
    Cluster,
    ControlPlane,
    Workloads,
    Network,
    Storage,
    Mesh,
    Docker,
    Timeline,
}

impl Lens {
    /// In the order of their keys 1 to 8.
    pub const ALL: [Lens; 8] = [
        Lens::Cluster,
        Lens::ControlPlane,
        Lens::Workloads,
        Lens::Network,
        Lens::Storage,
        Lens::Mesh,
        Lens::Docker,
        Lens::Timeline,
    ];

    /// Whether the lens draws something of its own today.
    pub fn is_drawn(self) -> bool {
        matches!(self, Lens::Cluster | Lens::ControlPlane | Lens::Network)
    }

    /// The lens of that name, as in addresses and commands: `cluster`, `control-plane`, `network`.
    pub fn named(name: &str) -> Option<Lens> {
        Lens::ALL.into_iter().find(|lens| lens.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Lens::Cluster => "cluster",
            Lens::ControlPlane => "control-plane",
            Lens::Workloads => "workloads",
            Lens::Network => "network",
            Lens::Storage => "storage",
            Lens::Mesh => "mesh",
            Lens::Docker => "docker",
            Lens::Timeline => "timeline",
        }
    }
}

/// The language of words on the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    En,
    Ko,
}

/// Size of the chart in px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub w: f32,
    pub h: f32,
}

/// Where the window stands over the chart: at `zoom` 1 the whole chart fits; `x`, `y` is the window's top left in px
/// of the zoomed chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    pub zoom: f32,
    pub x: f32,
    pub y: f32,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera { zoom: 1.0, x: 0.0, y: 0.0 }
    }
}

/// How the learner looks.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub lens: Lens,
    pub lang: Lang,
    /// The namespace in front. `None` chooses: `default` when it has anything, else the newest other.
    pub namespace: Option<Rc<str>>,
    pub camera: Camera,
    pub selected: Option<Id>,
    pub hovered: Option<Id>,
    pub focused: Option<Id>,
    /// The command, fault or other fact whose effects are threaded.
    pub thread: Option<FactId>,
    /// Virtual seconds per second; flights of messages are never shorter than the eye needs.
    pub speed: f32,
    /// The part of a millisecond that has passed since the world's clock last moved: in slow motion a flight of some
    /// milliseconds takes many frames.
    pub fraction: f32,
    /// No flights, no slides.
    pub reduced_motion: bool,
    /// The playhead stands before the end of what is recorded.
    pub past: bool,
    /// The way of one packet, for the network lens.
    pub path: Option<Rc<super::packet::Walk>>,
}

impl Default for View {
    fn default() -> View {
        View {
            lens: Lens::Cluster,
            lang: Lang::En,
            namespace: None,
            camera: Camera::default(),
            selected: None,
            hovered: None,
            focused: None,
            thread: None,
            speed: 1.0,
            fraction: 0.0,
            reduced_motion: false,
            past: false,
            path: None,
        }
    }
}
