//! The glyphs of the chart and the page: 16 x 16 grid, stroke 1.5 with round caps and joins. Own drawings.
//! The same path strings feed SVG `<path d>` and canvas `Path2D`.
//!
//! Left out: nothing; sizes are chosen by the caller.

/// One glyph: a stroked path and a filled path, either may be empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyph {
    /// The name by which pages ask for it.
    pub name: &'static str,
    /// Path data drawn with a 1.5 stroke.
    pub stroke: &'static str,
    /// Path data that is filled.
    pub fill: &'static str,
}

/// The glyph of that name.
pub fn find(name: &str) -> Option<&'static Glyph> {
    ALL.iter().copied().find(|glyph| glyph.name == name)
}

pub static API: Glyph = Glyph {
    name: "api",
    stroke: "M5.5 2.5H3v11h2.5M10.5 2.5H13v11h-2.5M.8 8h4.4M10.8 8h4.4",
    fill: "M6.3 8a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0z",
};
pub static ETCD: Glyph =
    Glyph { name: "etcd", stroke: "M2.5 2.5h11v11h-11zM5.6 2.5v11M8 5.6h3.2M8 8h3.2M8 10.4h1.6", fill: "" };
pub static SCHEDULER: Glyph = Glyph {
    name: "scheduler",
    stroke: "M7.4 4.6L3.6 13.6M8.6 4.6l3.8 9M5.3 9.6c1.7 1.1 3.7 1.1 5.4 0",
    fill: "M6.4 3a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0z",
};
pub static CONTROLLER: Glyph = Glyph {
    name: "controller",
    stroke: "M13.2 8A5.2 5.2 0 1 1 11.4 4M11.7 1.4l-.1 2.8-2.8-.1",
    fill: "M6.5 8a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0z",
};
pub static CLOUD: Glyph =
    Glyph { name: "cloud", stroke: "M4.6 12.6a2.7 2.7 0 0 1-.4-5.4 3.9 3.9 0 0 1 7.5-.7 3 3 0 0 1 .2 6.1z", fill: "" };
pub static KUBELET: Glyph = Glyph { name: "kubelet", stroke: "M1.2 8.4h3L6.3 3.8l3.2 8.6 1.8-4h3.5", fill: "" };
pub static PROXY: Glyph = Glyph {
    name: "proxy",
    stroke: "M1.2 8H5l4.6-4.6h4.6M5 8h9.2M5 8l4.6 4.6h4.6",
    fill: "M3.4 8a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0z",
};
pub static RUNTIME: Glyph = Glyph { name: "runtime", stroke: "M2.5 2.5h11v11h-11z", fill: "M6.3 5.3L11 8l-4.7 2.7z" };
pub static CNI: Glyph = Glyph {
    name: "cni",
    stroke: "M6.2 3.6a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0zM1.5999999999999999 12a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0zM10.799999999999999 12a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0zM7.2 5.3l-3 5M8.8 5.3l3 5M5.4 12h5.2",
    fill: "",
};
pub static DNS: Glyph =
    Glyph { name: "dns", stroke: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", fill: "M11 5L9.2 9.2 5 11l1.8-4.2z" };
pub static WEBHOOK: Glyph = Glyph {
    name: "webhook",
    stroke: "M10.6 4.4v5.2a3.6 3.6 0 1 1-7.2 0V7.4M1.5 9.2l1.9-1.9 1.9 1.9",
    fill: "M9 3a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0z",
};
pub static POD: Glyph = Glyph {
    name: "pod",
    stroke: "M5.1 4.4h5.8a3.6 3.6 0 0 1 0 7.2h-5.8a3.6 3.6 0 0 1 0 -7.2z",
    fill: "M4.449999999999999 8a1.35 1.35 0 1 0 2.7 0a1.35 1.35 0 1 0 -2.7 0zM8.85 8a1.35 1.35 0 1 0 2.7 0a1.35 1.35 0 1 0 -2.7 0z",
};
pub static CONTAINER: Glyph = Glyph {
    name: "container",
    stroke: "M4.5 3h7A1.5 1.5 0 0 1 13 4.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 11.5v-7A1.5 1.5 0 0 1 4.5 3z",
    fill: "",
};
pub static DEPLOY: Glyph = Glyph {
    name: "deploy",
    stroke: "M3.5 2.4h4a2 2 0 0 1 0 4h-4a2 2 0 0 1 0 -4zM3.5 9.6h4a2 2 0 0 1 0 4h-4a2 2 0 0 1 0 -4zM12.6 13.4V3.4M10.4 5.4l2.2-2.2 2.2 2.2",
    fill: "",
};
pub static RS: Glyph = Glyph {
    name: "rs",
    stroke: "M3.4000000000000004 1.9h9.2a1.6 1.6 0 0 1 0 3.2h-9.2a1.6 1.6 0 0 1 0 -3.2zM3.4000000000000004 6.4h9.2a1.6 1.6 0 0 1 0 3.2h-9.2a1.6 1.6 0 0 1 0 -3.2zM3.4000000000000004 10.9h9.2a1.6 1.6 0 0 1 0 3.2h-9.2a1.6 1.6 0 0 1 0 -3.2z",
    fill: "",
};
pub static STS: Glyph = Glyph {
    name: "sts",
    stroke: "M6.800000000000001 1.9h5.999999999999999a1.6 1.6 0 0 1 0 3.2h-5.999999999999999a1.6 1.6 0 0 1 0 -3.2zM6.800000000000001 6.4h5.999999999999999a1.6 1.6 0 0 1 0 3.2h-5.999999999999999a1.6 1.6 0 0 1 0 -3.2zM6.800000000000001 10.9h5.999999999999999a1.6 1.6 0 0 1 0 3.2h-5.999999999999999a1.6 1.6 0 0 1 0 -3.2z",
    fill: "M1.4 2.4h2.2v2.2H1.4zM1.4 6.9h2.2v2.2H1.4zM1.4 11.4h2.2v2.2H1.4z",
};
pub static DS: Glyph = Glyph {
    name: "ds",
    stroke: "M1.8 2.5h3.4v11H1.8zM6.3 2.5h3.4v11H6.3zM10.8 2.5h3.4v11h-3.4z",
    fill: "M2.5 10.6a1 1 0 1 0 2 0a1 1 0 1 0 -2 0zM7 10.6a1 1 0 1 0 2 0a1 1 0 1 0 -2 0zM11.5 10.6a1 1 0 1 0 2 0a1 1 0 1 0 -2 0z",
};
pub static JOB: Glyph =
    Glyph { name: "job", stroke: "M5.5 4h5a4 4 0 0 1 0 8h-5a4 4 0 0 1 0 -8zM5.4 8l1.9 1.9 3.3-3.6", fill: "" };
pub static CRON: Glyph = Glyph {
    name: "cron",
    stroke: "M2.4000000000000004 8.4a5.6 5.6 0 1 0 11.2 0a5.6 5.6 0 1 0 -11.2 0zM8 5.2v3.4l2.3 1.5M5 1.6L2.6 3.4M11 1.6l2.4 1.8",
    fill: "",
};
pub static HPA: Glyph = Glyph {
    name: "hpa",
    stroke: "M3.4 5.6L1.2 8l2.2 2.4M12.6 5.6L14.8 8l-2.2 2.4M5.6 11.5V9.4M8 11.5v-5M10.4 11.5V4.2",
    fill: "",
};
pub static PDB: Glyph =
    Glyph { name: "pdb", stroke: "M8 1.8l5.2 1.9v4c0 3.1-2.2 5.2-5.2 6.5-3-1.3-5.2-3.4-5.2-6.5v-4z", fill: "" };
pub static SVC: Glyph = Glyph {
    name: "svc",
    stroke: "M1.5 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0zM6.5 8h5.2M6.2 6.8l5.4-3M6.2 9.2l5.4 3",
    fill: "M11.7 3.2a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM11.9 8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM11.7 12.8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
};
pub static SVCNP: Glyph = Glyph {
    name: "svcnp",
    stroke: "M1.5 6.6a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0zM6.5 6.6h5.2M6.2 5.4l5.4-3M6.2 7.8l5.4 3M4 9.1v4.6M1.8 13.7h4.4",
    fill: "M11.799999999999999 1.9a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0zM12 6.6a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0zM11.799999999999999 11.3a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0z",
};
pub static SVCLB: Glyph = Glyph {
    name: "svclb",
    stroke: "M4 8a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0zM8.4 8h3.6M8.1 6.9l3.9-2.9M8.1 9.1l3.9 2.9M.8 8h3M2.3 6.4L3.9 8 2.3 9.6",
    fill: "M12.1 3.2a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0zM12.299999999999999 8a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0zM12.1 12.8a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0 -2.6 0z",
};
pub static SVCHL: Glyph = Glyph {
    name: "svchl",
    stroke: "M2.4 6.1a2.5 2.5 0 0 1 3.2 0M6.3 7.2a2.5 2.5 0 0 1-.6 2.6M2.3 9.9a2.5 2.5 0 0 1-.6-2.6M8 4.9l3.6-1.7M8 8h3.6M8 11.1l3.6 1.7",
    fill: "M11.7 3.2a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM11.9 8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM11.7 12.8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
};
pub static SVCEXT: Glyph = Glyph {
    name: "svcext",
    stroke: "M1.6999999999999997 9.6a2.9 2.9 0 1 0 5.8 0a2.9 2.9 0 1 0 -5.8 0zM6.8 7.4L13.6 1.9M9.6 1.7l4.1.1-.2 4.1",
    fill: "",
};
pub static EPS: Glyph = Glyph {
    name: "eps",
    stroke: "M6.5 3.8h7.2M6.5 8h7.2M6.5 12.2h7.2",
    fill: "M1.6 3.8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM1.6 8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM1.6 12.2a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
};
pub static INGRESS: Glyph = Glyph {
    name: "ingress",
    stroke: "M2.8 13.8V7.4a5.2 5.2 0 0 1 10.4 0v6.4M8 13.8V7.2M5.7 9.4L8 7.1l2.3 2.3",
    fill: "",
};
pub static GATEWAY: Glyph = Glyph { name: "gateway", stroke: "M2.2 13.8V3h11.6v10.8M8 6.4v7.4M2.2 6.4h11.6", fill: "" };
pub static ROUTE: Glyph = Glyph { name: "route", stroke: "M1.8 12.8L6 3.2M8 8h6.2M11.8 5.6L14.2 8l-2.4 2.4", fill: "" };
pub static NETPOL: Glyph = Glyph {
    name: "netpol",
    stroke: "M8.6 1.4v4M8.6 10.6v4M6.2 1.4H11M6.2 14.6H11M1.4 8h12.2M11.2 5.6L13.6 8l-2.4 2.4",
    fill: "",
};
pub static LB: Glyph = Glyph {
    name: "lb",
    stroke: "M2 6h12M8 6l-2.8 7.6h5.6z",
    fill: "M1.2000000000000002 3.6a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM12 3.6a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
};
pub static USER: Glyph = Glyph {
    name: "user",
    stroke: "M5.2 5a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0zM2.6 14c.6-3.1 2.8-4.6 5.4-4.6s4.8 1.5 5.4 4.6",
    fill: "",
};
pub static INTERNET: Glyph = Glyph {
    name: "internet",
    stroke: "M1.4 5.4c1.7-1.8 3-1.8 4.4 0s2.8 1.8 4.4 0 2.9-1.8 4.4 0M1.4 10.6c1.7-1.8 3-1.8 4.4 0s2.8 1.8 4.4 0 2.9-1.8 4.4 0",
    fill: "",
};
pub static KUBECTL: Glyph =
    Glyph { name: "kubectl", stroke: "M1.8 2.8h12.4v10.4H1.8zM4.4 6l2 2-2 2M8.6 10.2h3", fill: "" };
pub static CM: Glyph = Glyph { name: "cm", stroke: "M2.5 4h2M7 4h6.5M2.5 8h2M7 8h6.5M2.5 12h2M7 12h4", fill: "" };
pub static SECRET: Glyph = Glyph {
    name: "secret",
    stroke: "M1.6999999999999997 8a2.9 2.9 0 1 0 5.8 0a2.9 2.9 0 1 0 -5.8 0zM7.5 8h7M11.4 8v2.6M14.2 8v2",
    fill: "",
};
pub static PV: Glyph = Glyph {
    name: "pv",
    stroke: "M2.8 4.2c0-1.1 2.3-1.9 5.2-1.9s5.2.8 5.2 1.9S10.9 6.1 8 6.1 2.8 5.3 2.8 4.2zM2.8 4.2v7.6c0 1.1 2.3 1.9 5.2 1.9s5.2-.8 5.2-1.9V4.2",
    fill: "",
};
pub static PVC: Glyph = Glyph {
    name: "pvc",
    stroke: "M2.8 5v6.8c0 1.1 2.3 1.9 5.2 1.9s5.2-.8 5.2-1.9V5M8 1.6v6.6M5.6 6l2.4 2.4L10.4 6",
    fill: "",
};
pub static SC: Glyph = Glyph { name: "sc", stroke: "M2.5 2.5h11L10 7.2v2H6v-2zM5 11.2h6v2.6H5z", fill: "" };
pub static CSI: Glyph = Glyph {
    name: "csi",
    stroke: "M5.5 1.6v3.6M10.5 1.6v3.6M3.4 5.2h9.2v2.6a4.6 4.6 0 0 1-9.2 0zM8 12.4v2.2",
    fill: "",
};
pub static VOL: Glyph = Glyph { name: "vol", stroke: "M3 3.5h10v9H3zM3 9.5h10", fill: "" };
pub static NS: Glyph = Glyph {
    name: "ns",
    stroke: "M2.3 5.5V2.3h3.2M10.5 2.3h3.2v3.2M13.7 10.5v3.2h-3.2M5.5 13.7H2.3v-3.2",
    fill: "M6.6 8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
};
pub static SA: Glyph = Glyph {
    name: "sa",
    stroke: "M3.2 3.2h9.6v10.6H3.2zM6.4 3.2V1.6h3.2v1.6M5.4 11.6c.3-1.5 1.3-2.3 2.6-2.3s2.3.8 2.6 2.3",
    fill: "M6.5 7a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0z",
};
pub static ROLE: Glyph =
    Glyph { name: "role", stroke: "M2.4 3.2h7M2.4 6.8h7M2.4 10.4h3.6M8.2 11.4l2.2 2.2 3.6-4.4", fill: "" };
pub static BIND: Glyph = Glyph {
    name: "bind",
    stroke: "M6.4 9.6l3.2-3.2M7.2 4.8l1.5-1.5a2.8 2.8 0 0 1 4 4L11.2 8.8M8.8 11.2l-1.5 1.5a2.8 2.8 0 0 1-4-4L4.8 7.2",
    fill: "",
};
pub static CRD: Glyph = Glyph {
    name: "crd",
    stroke: "M6.2 2.4c-2 0-2.2 1-2.2 2.5S3.9 7.6 2.2 8c1.7.4 1.8 1.6 1.8 3.1s.2 2.5 2.2 2.5M9.8 2.4c2 0 2.2 1 2.2 2.5s.1 2.7 1.8 3.1c-1.7.4-1.8 1.6-1.8 3.1s-.2 2.5-2.2 2.5",
    fill: "",
};
pub static QUOTA: Glyph = Glyph { name: "quota", stroke: "M2.2 12a5.8 5.8 0 1 1 11.6 0M8 12l3-4.8", fill: "" };
pub static LEASE: Glyph =
    Glyph { name: "lease", stroke: "M4 2.2h8M4 13.8h8M5 2.2c0 3.4 6 8.2 6 11.6M11 2.2c0 3.4-6 8.2-6 11.6", fill: "" };
pub static SIDECAR: Glyph =
    Glyph { name: "sidecar", stroke: "M6.8 4h3.7a4 4 0 0 1 0 8H6.8zM4.6 5.6H1.8v4.8h2.8z", fill: "" };
pub static LOCK: Glyph =
    Glyph { name: "lock", stroke: "M3.8 7.4h8.4v6.2H3.8zM5.7 7.4V5.2a2.3 2.3 0 0 1 4.6 0v2.2", fill: "" };
pub static NODE: Glyph = Glyph {
    name: "node",
    stroke: "M1.8 2.8h12.4v10.4H1.8zM1.8 6.4h12.4",
    fill: "M3.1 4.6a0.9 0.9 0 1 0 1.8 0a0.9 0.9 0 1 0 -1.8 0zM5.699999999999999 4.6a0.9 0.9 0 1 0 1.8 0a0.9 0.9 0 1 0 -1.8 0z",
};
pub static IMAGE: Glyph =
    Glyph { name: "image", stroke: "M8 2l6.2 3.1L8 8.2 1.8 5.1zM1.8 8L8 11.1 14.2 8M1.8 10.9L8 14l6.2-3.1", fill: "" };
pub static REGISTRY: Glyph =
    Glyph { name: "registry", stroke: "M1.8 8.6h5.4v5.4H1.8zM8.8 8.6h5.4v5.4H8.8zM5.3 2h5.4v5.4H5.3z", fill: "" };
pub static EVENT: Glyph = Glyph { name: "event", stroke: "M3.6 14.4V2h9.2l-2.6 3.3 2.6 3.3H3.6", fill: "" };
pub static PROBE: Glyph = Glyph {
    name: "probe",
    stroke: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0zM5.4 8a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z",
    fill: "",
};
pub static BRIDGE: Glyph =
    Glyph { name: "bridge", stroke: "M1.5 11.5h13M3 11.5V8a5 5 0 0 1 10 0v3.5M6.3 11.5V9M9.7 11.5V9", fill: "" };
pub static PLAY: Glyph = Glyph { name: "play", stroke: "", fill: "M4.5 2.6L13 8l-8.5 5.4z" };
pub static PAUSE: Glyph = Glyph { name: "pause", stroke: "", fill: "M3.8 2.8h3v10.4h-3zM9.2 2.8h3v10.4h-3z" };
pub static STEPF: Glyph = Glyph { name: "stepf", stroke: "M12 3v10", fill: "M3 3l6.5 5L3 13z" };
pub static STEPB: Glyph = Glyph { name: "stepb", stroke: "M4 3v10", fill: "M13 3L6.5 8l6.5 5z" };
pub static LIVE: Glyph = Glyph { name: "live", stroke: "M14.2 3v10", fill: "M2 3l5.5 5L2 13zM7.5 3L13 8l-5.5 5z" };
pub static TOSTART: Glyph = Glyph { name: "tostart", stroke: "M1.8 3v10", fill: "M14 3L8.5 8l5.5 5zM8.5 3L3 8l5.5 5z" };
pub static FORK: Glyph = Glyph {
    name: "fork",
    stroke: "M4 3.8v8.4M4 9.4c0-3 7.6-1.4 7.6-4",
    fill: "M2.3 2.6a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0zM2.3 13.4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0zM9.9 4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0z",
};
pub static SEARCH: Glyph = Glyph {
    name: "search",
    stroke: "M2.5999999999999996 7a4.4 4.4 0 1 0 8.8 0a4.4 4.4 0 1 0 -8.8 0zM10.3 10.3l3.7 3.7",
    fill: "",
};
pub static CLOSE: Glyph = Glyph { name: "close", stroke: "M3.5 3.5l9 9M12.5 3.5l-9 9", fill: "" };
pub static CHEV: Glyph = Glyph { name: "chev", stroke: "M5.5 3.5L10 8l-4.5 4.5", fill: "" };
pub static CHEVD: Glyph = Glyph { name: "chevd", stroke: "M3.5 6L8 10.5 12.5 6", fill: "" };
pub static CHECK: Glyph = Glyph { name: "check", stroke: "M2.8 8.6l3.4 3.4 7-7.6", fill: "" };
pub static WARN: Glyph = Glyph {
    name: "warn",
    stroke: "M8 2.2l6.4 11.4H1.6zM8 6.4v3.4",
    fill: "M7.05 11.7a0.95 0.95 0 1 0 1.9 0a0.95 0.95 0 1 0 -1.9 0z",
};
pub static ERR: Glyph = Glyph {
    name: "err",
    stroke: "M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM8 4.8v3.8",
    fill: "M7.05 11a0.95 0.95 0 1 0 1.9 0a0.95 0.95 0 1 0 -1.9 0z",
};
pub static INFO: Glyph = Glyph {
    name: "info",
    stroke: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0zM8 7.4v3.6",
    fill: "M7.05 4.9a0.95 0.95 0 1 0 1.9 0a0.95 0.95 0 1 0 -1.9 0z",
};
pub static BULB: Glyph = Glyph {
    name: "bulb",
    stroke: "M5.8 11.4c-1.5-.9-2.4-2.3-2.4-4.1a4.6 4.6 0 0 1 9.2 0c0 1.8-.9 3.2-2.4 4.1v1.2H5.8zM6.4 14.6h3.2",
    fill: "",
};
pub static FLAG: Glyph = Glyph { name: "flag", stroke: "M4 14.5V2.2M4 2.6h8.4l-2.2 2.9 2.2 2.9H4", fill: "" };
pub static SUN: Glyph = Glyph {
    name: "sun",
    stroke: "M5.2 8a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1",
    fill: "",
};
pub static MOON: Glyph = Glyph { name: "moon", stroke: "M13.2 9.8A5.8 5.8 0 0 1 6.2 2.8a5.8 5.8 0 1 0 7 7z", fill: "" };
pub static SCREEN: Glyph = Glyph { name: "screen", stroke: "M1.8 2.6h12.4v8.2H1.8zM8 10.8v3M5 13.8h6", fill: "" };
pub static GEAR: Glyph = Glyph {
    name: "gear",
    stroke: "M2 4.4h7M12.6 4.4H14M2 11.6h1.4M7 11.6h7M9.100000000000001 4.4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0zM3.5 11.6a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0z",
    fill: "",
};
pub static GLOBE: Glyph = Glyph {
    name: "globe",
    stroke: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0zM2 8h12M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14c-2-1.8-2.6-3.8-2.6-6S6 3.8 8 2z",
    fill: "",
};
pub static FIT: Glyph =
    Glyph { name: "fit", stroke: "M2.4 6V2.4H6M10 2.4h3.6V6M13.6 10v3.6H10M6 13.6H2.4V10", fill: "" };
pub static PLUS: Glyph = Glyph { name: "plus", stroke: "M8 3v10M3 8h10", fill: "" };
pub static MINUS: Glyph = Glyph { name: "minus", stroke: "M3 8h10", fill: "" };
pub static LINK: Glyph = Glyph { name: "link", stroke: "M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5", fill: "" };
pub static WHY: Glyph = Glyph {
    name: "why",
    stroke: "M8 4.6v2M8 9.4v2",
    fill: "M6.2 2.8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0zM6.6 8a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM6.2 13.2a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0z",
};
pub static SHARE: Glyph = Glyph { name: "share", stroke: "M8 10V2M5 4.8L8 1.8l3 3M3 8.5v5h10v-5", fill: "" };
pub static MENU: Glyph = Glyph { name: "menu", stroke: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11", fill: "" };
pub static COPY: Glyph = Glyph { name: "copy", stroke: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3", fill: "" };
pub static UNDO: Glyph = Glyph { name: "undo", stroke: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.8 3.5L2.8 6.5l3 3", fill: "" };
pub static EYE: Glyph = Glyph {
    name: "eye",
    stroke: "M1.3 8S3.8 3.6 8 3.6 14.7 8 14.7 8 12.2 12.4 8 12.4 1.3 8 1.3 8zM6 8a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z",
    fill: "",
};
pub static MIC: Glyph =
    Glyph { name: "mic", stroke: "M8 1.8v7.4M4 7.4a4 4 0 0 0 8 0M8 11.4v2.8M5.6 14.2h4.8", fill: "" };
pub static BOOK: Glyph = Glyph {
    name: "book",
    stroke: "M8 4C6.4 2.8 4.2 2.6 2 2.8v10c2.2-.2 4.4 0 6 1.2 1.6-1.2 3.8-1.4 6-1.2v-10C11.8 2.6 9.6 2.8 8 4zM8 4v10",
    fill: "",
};
pub static KEY: Glyph = Glyph { name: "key", stroke: "M2 4.5h12v7H2zM5 9.3h6", fill: "" };
pub static TERMINAL: Glyph = Glyph { name: "terminal", stroke: "M2.5 4l4 4-4 4M8 12h5.5", fill: "" };
pub static YAML: Glyph = Glyph { name: "yaml", stroke: "M3 3.5h4M5.5 7h5M5.5 10.5h7M3 14h4M3 3.5V14", fill: "" };
pub static SPLIT: Glyph = Glyph { name: "split", stroke: "M2 2.8h12v10.4H2zM8 2.8v10.4", fill: "" };

/// Every glyph, in the order of the drawing sheet.
pub static ALL: &[&Glyph] = &[
    &API,
    &ETCD,
    &SCHEDULER,
    &CONTROLLER,
    &CLOUD,
    &KUBELET,
    &PROXY,
    &RUNTIME,
    &CNI,
    &DNS,
    &WEBHOOK,
    &POD,
    &CONTAINER,
    &DEPLOY,
    &RS,
    &STS,
    &DS,
    &JOB,
    &CRON,
    &HPA,
    &PDB,
    &SVC,
    &SVCNP,
    &SVCLB,
    &SVCHL,
    &SVCEXT,
    &EPS,
    &INGRESS,
    &GATEWAY,
    &ROUTE,
    &NETPOL,
    &LB,
    &USER,
    &INTERNET,
    &KUBECTL,
    &CM,
    &SECRET,
    &PV,
    &PVC,
    &SC,
    &CSI,
    &VOL,
    &NS,
    &SA,
    &ROLE,
    &BIND,
    &CRD,
    &QUOTA,
    &LEASE,
    &SIDECAR,
    &LOCK,
    &NODE,
    &IMAGE,
    &REGISTRY,
    &EVENT,
    &PROBE,
    &BRIDGE,
    &PLAY,
    &PAUSE,
    &STEPF,
    &STEPB,
    &LIVE,
    &TOSTART,
    &FORK,
    &SEARCH,
    &CLOSE,
    &CHEV,
    &CHEVD,
    &CHECK,
    &WARN,
    &ERR,
    &INFO,
    &BULB,
    &FLAG,
    &SUN,
    &MOON,
    &SCREEN,
    &GEAR,
    &GLOBE,
    &FIT,
    &PLUS,
    &MINUS,
    &LINK,
    &WHY,
    &SHARE,
    &MENU,
    &COPY,
    &UNDO,
    &EYE,
    &MIC,
    &BOOK,
    &KEY,
    &TERMINAL,
    &YAML,
    &SPLIT,
];
