//! Images that bring nothing but a shell and its tools: busybox, alpine, debian, ubuntu, curl.

use super::{Base, Config, Image};
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

/// An image whose programs are the everyday tools of `script/`.
pub struct Shell(Config);

pub static BUSYBOX: Shell = Shell(Config {
    names: &[
        "docker.io/library/busybox",
        "k8s.gcr.io/busybox",
        "registry.k8s.io/busybox",
        "gcr.io/google_containers/busybox",
        "quay.io/prometheus/busybox",
        "mirror.gcr.io/library/busybox",
        "registry.k8s.io/e2e-test-images/busybox",
    ],
    versions: &[
        ("1", -1),
        ("1.24", 2),
        ("1.25", 1),
        ("1.26", 2),
        ("1.27", 2),
        ("1.28", 4),
        ("1.29", 3),
        ("1.30", 1),
        ("1.31", 1),
        ("1.32", 1),
        ("1.33", 1),
        ("1.34", 1),
        ("1.35", 0),
        ("1.36", 1),
        ("1.37", 0),
    ],
    variants: &[
        "glibc",
        "musl",
        "uclibc",
        "stable",
        "unstable",
        "stable-glibc",
        "stable-musl",
        "stable-uclibc",
        "1",
        "2",
        "3",
        "4",
    ],
    bytes: 2_211_072,
    cmd: &["sh"],
    env: &[("PATH", PATH)],
    base: Base::Busybox,
    ..Config::DEFAULT
});

pub static ALPINE: Shell = Shell(Config {
    names: &["docker.io/library/alpine", "mirror.gcr.io/library/alpine"],
    versions: &[
        ("3", -1),
        ("3.8", 5),
        ("3.9", 6),
        ("3.10", 9),
        ("3.11", 13),
        ("3.12", 12),
        ("3.13", 12),
        ("3.14", 10),
        ("3.15", 11),
        ("3.16", 9),
        ("3.17", 10),
        ("3.18", 12),
        ("3.19", 9),
        ("3.20", 8),
        ("3.21", 5),
        ("3.22", 2),
        ("3.23", 0),
    ],
    variants: &["edge"],
    bytes: 3_802_452,
    cmd: &["/bin/sh"],
    env: &[("PATH", PATH)],
    base: Base::Alpine,
    ..Config::DEFAULT
});

pub static DEBIAN: Shell = Shell(Config {
    names: &["docker.io/library/debian"],
    versions: &[("9", 13), ("10", 13), ("11", 11), ("12", 12), ("13", 2)],
    variants: &[
        "slim",
        "stable",
        "stable-slim",
        "testing",
        "unstable",
        "bookworm",
        "bookworm-slim",
        "bullseye",
        "bullseye-slim",
        "buster",
        "trixie",
        "trixie-slim",
    ],
    bytes: 49_288_071,
    cmd: &["bash"],
    env: &[("PATH", PATH)],
    base: Base::Debian,
    ..Config::DEFAULT
});

pub static UBUNTU: Shell = Shell(Config {
    names: &["docker.io/library/ubuntu"],
    versions: &[
        ("16.04", -1),
        ("18.04", -1),
        ("20.04", -1),
        ("22.04", -1),
        ("24.04", -1),
        ("25.04", -1),
        ("25.10", -1),
    ],
    variants: &["bionic", "focal", "jammy", "noble", "plucky", "questing", "rolling"],
    bytes: 29_723_061,
    cmd: &["/bin/bash"],
    env: &[("PATH", PATH)],
    base: Base::Debian,
    ..Config::DEFAULT
});

pub static CURL: Shell = Shell(Config {
    names: &["docker.io/curlimages/curl", "quay.io/curl/curl"],
    versions: &[
        ("7.70", 0),
        ("7.80", 0),
        ("7.85", 0),
        ("7.88", 1),
        ("8.00", 1),
        ("8.1", 2),
        ("8.2", 1),
        ("8.3", 0),
        ("8.4", 0),
        ("8.5", 0),
        ("8.6", 0),
        ("8.7", 1),
        ("8.8", 0),
        ("8.9", 1),
        ("8.10", 1),
        ("8.11", 1),
        ("8.12", 1),
        ("8.13", 0),
        ("8.14", 1),
        ("8.15", 0),
        ("8.16", 0),
        ("8.17", 0),
    ],
    bytes: 9_600_000,
    entrypoint: &["/entrypoint.sh"],
    cmd: &["curl"],
    env: &[("PATH", PATH)],
    cwd: "/home/curl_user",
    user: "100",
    base: Base::Alpine,
    extra: &["curl"],
    ..Config::DEFAULT
});

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Image for Shell {
    fn config(&self) -> &Config {
        &self.0
    }

    fn start(&self, _launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        None
    }
}
