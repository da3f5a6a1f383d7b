//! The fifteen states a pod tile can be in, and how each looks. Which one applies is derived in `pod_state`.

use super::theme::Hue;

/// What the tile says about a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodState {
    Unknown,
    Terminating,
    Evicted,
    Oom,
    Failed,
    Completed,
    CrashLoop,
    PullFail,
    Init,
    Pulling,
    Creating,
    Scheduled,
    Pending,
    NotReady,
    Ready,
}

/// How the outline (what was asked) is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outline {
    Solid,
    Thick,
    Dashed,
    Dotted,
}

/// How the body (what is) is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    None,
    Tint,
    /// Tint from the left, a share of the width.
    Level,
    /// Image layers along the bottom.
    Layers,
    Dots,
}

impl PodState {
    /// All states, in the order in which they are looked for.
    pub const ALL: [PodState; 15] = [
        PodState::Unknown,
        PodState::Terminating,
        PodState::Evicted,
        PodState::Oom,
        PodState::Failed,
        PodState::Completed,
        PodState::CrashLoop,
        PodState::PullFail,
        PodState::Init,
        PodState::Pulling,
        PodState::Creating,
        PodState::Scheduled,
        PodState::Pending,
        PodState::NotReady,
        PodState::Ready,
    ];

    pub fn hue(self) -> Hue {
        match self {
            PodState::Pending | PodState::Completed | PodState::Terminating | PodState::Unknown => Hue::Off,
            PodState::Scheduled | PodState::Creating | PodState::Pulling | PodState::Init => Hue::Go,
            PodState::NotReady => Hue::Wait,
            PodState::Ready => Hue::Ok,
            _ => Hue::Fail,
        }
    }

    pub fn outline(self) -> Outline {
        match self {
            PodState::Pending | PodState::Terminating => Outline::Dashed,
            PodState::Evicted | PodState::Unknown => Outline::Dotted,
            _ if self.hue() == Hue::Fail => Outline::Thick,
            _ => Outline::Solid,
        }
    }

    pub fn body(self) -> Body {
        match self {
            PodState::Creating | PodState::Init => Body::Level,
            PodState::Pulling => Body::Layers,
            PodState::Unknown => Body::Dots,
            PodState::NotReady
            | PodState::Ready
            | PodState::Completed
            | PodState::Terminating
            | PodState::CrashLoop
            | PodState::Oom => Body::Tint,
            _ => Body::None,
        }
    }

    /// The word on the tile when nothing more exact is known.
    pub fn word(self) -> &'static str {
        match self {
            PodState::Pending => "Pending",
            PodState::Scheduled => "Scheduled",
            PodState::Creating => "ContainerCreating",
            PodState::Pulling => "Pulling image",
            PodState::Init => "Init:0/1",
            PodState::NotReady => "Running, not ready",
            PodState::Ready => "Running",
            PodState::Completed => "Completed",
            PodState::Terminating => "Terminating",
            PodState::CrashLoop => "CrashLoopBackOff",
            PodState::PullFail => "ImagePullBackOff",
            PodState::Oom => "OOMKilled",
            PodState::Failed => "Failed",
            PodState::Evicted => "Evicted",
            PodState::Unknown => "Last seen Running",
        }
    }

    /// Something is broken and will not mend by waiting.
    pub fn is_trouble(self) -> bool {
        self.hue() == Hue::Fail || self == PodState::Unknown
    }
}

/// The state of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeaState {
    Waiting,
    Starting,
    Unready,
    Running,
    Done,
    Failed,
    /// Last known, of a node that is silent.
    Past,
}

/// The role of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeaRole {
    Main,
    Init,
    Sidecar,
    Ephemeral,
}

/// One container in a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pea {
    pub state: PeaState,
    pub role: PeaRole,
}

/// The pod's port: absent when no Service selects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Door {
    #[default]
    None,
    Open,
    Closed,
}

/// One of the places a workload has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Pod(PodState),
    /// Wanted and missing.
    Empty,
    /// Allowed above the wanted number.
    Surge,
}

/// Whether a process is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lamp {
    #[default]
    Lit,
    Late,
    Stopped,
    None,
}
