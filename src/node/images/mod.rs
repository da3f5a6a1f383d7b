//! The images that exist: one file for those with a program of their own, one table for the well-known rest.
//!
//! An image is pulled only if it is in this catalogue, with that tag; everything else fails as at a real registry.

mod agnhost;
mod answer;
mod course;
mod databases;
mod hello_app;
mod hpa_example;
mod http_echo;
mod httpd;
pub mod metrics_server;
mod nginx;
mod redis;
mod shells;
mod stress;
mod system;
mod table;

use super::program::{Launch, Program};
use super::reference::Reference;
use crate::script::files::{Files, Tree};
use crate::script::host::Signal;
pub use crate::script::tools::Tool;
use crate::time::Time;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is inside beside the program: which commands and which shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Only the program; no shell.
    Scratch,
    /// busybox with ash.
    Busybox,
    /// Alpine: busybox, /etc/alpine-release.
    Alpine,
    /// Debian: bash, dash as sh, coreutils.
    Debian,
}

/// What an image says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Full repository names, `docker.io/library/nginx`.
    pub names: &'static [&'static str],
    /// Versions with the highest patch number that exists (`-1`: none): `("1.27", 5)` is 1.27, 1.27.0 ... 1.27.5.
    pub versions: &'static [(&'static str, i8)],
    /// What may stand behind a version (`1.27-alpine`) or alone (`alpine`).
    pub variants: &'static [&'static str],
    /// Compressed size of the latest.
    pub bytes: u64,
    pub entrypoint: &'static [&'static str],
    pub cmd: &'static [&'static str],
    pub env: &'static [(&'static str, &'static str)],
    pub cwd: &'static str,
    /// Empty: root.
    pub user: &'static str,
    pub ports: &'static [u16],
    pub stop: Signal,
    pub base: Base,
    /// Tools that it has beyond its base.
    pub extra: &'static [&'static str],
}

impl Config {
    pub const DEFAULT: Config = Config {
        names: &[],
        versions: &[],
        variants: &[],
        bytes: 30_000_000,
        entrypoint: &[],
        cmd: &[],
        env: &[],
        cwd: "",
        user: "",
        ports: &[],
        stop: Signal::Term,
        base: Base::Debian,
        extra: &[],
    };

    pub fn has(&self, tag: &str) -> bool {
        if tag == "latest" || self.variants.contains(&tag) {
            return true;
        }
        if self.version(tag) {
            return true;
        }
        tag.match_indices('-').any(|(at, _)| self.version(&tag[..at]) && self.variants.contains(&&tag[at + 1..]))
    }

    fn version(&self, text: &str) -> bool {
        self.versions.iter().any(|(version, patches)| {
            text == *version
                || text
                    .strip_prefix(version)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .filter(|patch| *patch == "0" || !patch.starts_with('0'))
                    .and_then(|patch| patch.parse::<i8>().ok())
                    .is_some_and(|patch| (0..=*patches).contains(&patch))
        })
    }
}

pub trait Image: Sync {
    fn config(&self) -> &Config;

    /// Puts the image's own files beside those of its base.
    fn furnish(&self, _tag: &str, _files: &mut Files) {}

    /// Commands that only this image has, sorted by name.
    fn tools(&self) -> &'static [(&'static str, Tool)] {
        &[]
    }

    /// The program of the image that `argv[0]` names; `None` when it has none of that name.
    fn start(&self, launch: &Launch, files: &mut Files) -> Option<Box<dyn Program>>;
}

/// Whether an image brings a command of its own, by its name or path.
pub fn has_tool(image: &dyn Image, name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    image.tools().iter().any(|(tool, _)| *tool == name)
}

/// All images, looked through in this order.
pub static ALL: &[&dyn Image] = &[
    &nginx::Nginx,
    &httpd::Httpd,
    &redis::Redis,
    &shells::BUSYBOX,
    &shells::ALPINE,
    &shells::DEBIAN,
    &shells::UBUNTU,
    &shells::CURL,
    &agnhost::Agnhost,
    &http_echo::HttpEcho,
    &hello_app::HelloApp,
    &hpa_example::HpaExample,
    &metrics_server::MetricsServer,
    &stress::STRESS,
    &stress::VISH,
    &stress::VERBOSE,
    &stress::STRESS_NG,
    &course::LIVENESS,
    &course::APPS,
    databases::MYSQL,
    databases::MARIADB,
    databases::POSTGRES,
    databases::MONGO,
];

/// An image that was found, and what to say of it.
#[derive(Clone)]
pub struct Found {
    pub image: &'static dyn Image,
    pub reference: Reference,
    pub digest: String,
    pub bytes: u64,
}

/// Asks the registries for an image.
///
/// # Errors
/// What containerd says, from `rpc error:` on.
pub fn find(reference: &Reference) -> Result<Found, String> {
    let repository = reference.repository();
    let known = ALL
        .iter()
        .copied()
        .chain(system::all())
        .chain(table::all())
        .filter(|i| i.config().names.contains(&repository.as_str()));
    let mut exists = false;
    for image in known {
        exists = true;
        if image.config().has(&reference.tag) || reference.digest.is_some() {
            let bytes = size(image.config(), &reference.tag);
            let made = || digest(&format!("{repository}:{}", reference.tag));
            let digest = reference.digest.clone().unwrap_or_else(made);
            return Ok(Found { image, reference: reference.clone(), digest, bytes });
        }
    }
    Err(missing(reference, exists))
}

/// What is in an image.
pub fn tree(found: &Found) -> Tree {
    let files = unpacked(found.image, found.image.config().base, &found.reference.tag);
    files.tree("/").unwrap_or_else(Tree::dir)
}

/// By the full reference of an image that is on a machine.
pub fn of(full: &str) -> Option<Found> {
    find(&Reference::parse(full).ok()?).ok()
}

/// What images bring, unpacked once: containers share it until they write. Machines of one cluster share it, too.
#[derive(Clone, Debug, Default)]
pub struct Layers(Rc<BTreeMap<(&'static str, u8, String), Files>>);

/// How many images are kept unpacked.
const LAYERS: usize = 64;

impl Layers {
    fn of(&mut self, image: &dyn Image, base: Base, tag: &str) -> Files {
        let name = image.config().names.first().copied().unwrap_or("");
        let key = (name, base as u8, tag.to_owned());
        if let Some(files) = self.0.get(&key) {
            return files.clone();
        }
        let files = unpacked(image, base, tag);
        let all = Rc::make_mut(&mut self.0);
        if all.len() >= LAYERS {
            all.pop_first();
        }
        all.insert(key, files.clone());
        files
    }
}

fn put(files: &mut Files, path: &str, text: &str) {
    let _ = files.mkdirs(crate::script::files::parent(path), Time::ZERO);
    let _ = files.write(path, text.as_bytes(), Time::ZERO);
}

/// The file system of a new container of an image.
pub fn files(image: &dyn Image, base: Base, tag: &str, launch: &Launch, layers: &mut Layers) -> Files {
    let mut files = layers.of(image, base, tag);
    put(&mut files, "/etc/hostname", &format!("{}\n", launch.hostname));
    put(&mut files, "/etc/hosts", &launch.hosts);
    put(&mut files, "/etc/resolv.conf", &launch.resolv);
    if !launch.cwd.is_empty() {
        let _ = files.mkdirs(&launch.cwd, Time::ZERO);
    }
    files
}

/// What the image itself holds.
fn unpacked(image: &dyn Image, base: Base, tag: &str) -> Files {
    let mut files = Files::new();
    if base != Base::Scratch {
        let users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
        put(&mut files, "/etc/passwd", users);
        put(&mut files, "/etc/group", "root:x:0:\nnogroup:x:65534:\n");
        let release = match base {
            Base::Alpine => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.23.0\nPRETTY_NAME=\"Alpine Linux v3.23\"\n",
            Base::Debian => {
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n"
            }
            _ => "",
        };
        if !release.is_empty() {
            put(&mut files, "/etc/os-release", release);
        }
        for dir in [
            "/bin",
            "/home",
            "/mnt",
            "/opt",
            "/proc",
            "/root",
            "/sbin",
            "/sys",
            "/usr/bin",
            "/usr/local/bin",
            "/var/log",
            "/var/run",
        ] {
            let _ = files.mkdirs(dir, Time::ZERO);
        }
    }
    image.furnish(tag, &mut files);
    let config = image.config();
    if let Ok(user) = config.user.split(':').next().unwrap_or("").parse::<u32>()
        && !config.cwd.is_empty()
    {
        let _ = files.mkdirs(config.cwd, Time::ZERO);
        let _ = files.chown(config.cwd, Some(user), Some(user));
    }
    let _ = files.chmod("/root", 0o700);
    files
}

/// Other tags are of other sizes, always the same.
fn size(config: &Config, tag: &str) -> u64 {
    let small = tag.contains("alpine") || tag.contains("slim");
    let base = if small && config.base == Base::Debian { config.bytes / 4 } else { config.bytes };
    base - base / 50 + mix(tag, 1) % (base / 25).max(1)
}

/// A digest made from a name: the same wherever it is asked for.
pub fn digest(name: &str) -> String {
    let words: Vec<String> = (0..4).map(|n| format!("{:016x}", mix(name, n))).collect();
    format!("sha256:{}", words.concat())
}

/// The full version behind a tag; `latest` is that of the newest.
pub(super) fn version_of(config: &Config, tag: &str, latest: &str) -> String {
    let base = tag.split('-').next().unwrap_or(tag);
    let full = |known: &&(&str, i8)| known.1 >= 0 && (known.0 == base || known.0.starts_with(&format!("{base}.")));
    match config.versions.iter().rev().find(full) {
        _ if base.matches('.').count() == 2
            || config
                .versions
                .iter()
                .any(|(v, n)| *n >= 0 && base.strip_prefix(v).is_some_and(|rest| rest.starts_with('.'))) =>
        {
            base.into()
        }
        Some((version, patch)) => format!("{version}.{patch}"),
        None => latest.into(),
    }
}

fn mix(text: &str, salt: u64) -> u64 {
    let mut z = 0xcbf2_9ce4_8422_2325_u64 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in text.bytes() {
        z = (z ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Registries that answer; all other hosts have no address.
const REGISTRIES: &[&str] = &[
    "docker.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "gcr.io",
    "ghcr.io",
    "quay.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
];

fn missing(reference: &Reference, exists: bool) -> String {
    let head =
        format!("failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": ");
    let (registry, path) = (&reference.registry, &reference.path);
    let denied = "pull access denied, repository does not exist or may require authorization";
    if exists || matches!(registry.as_str(), "registry.k8s.io" | "k8s.gcr.io" | "mcr.microsoft.com") {
        return format!("rpc error: code = NotFound desc = {head}{reference}: not found");
    }
    let tail = match registry.as_str() {
        "docker.io" => format!("{denied}: server message: insufficient_scope: authorization failed"),
        "ghcr.io" => format!(
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3A{}%3Apull&service=ghcr.io: 403 Forbidden",
            path.replace('/', "%2F")
        ),
        "gcr.io" => return format!("rpc error: code = NotFound desc = {head}{reference}: not found"),
        "quay.io" => format!(
            "unexpected status from HEAD request to https://quay.io/v2/{path}/manifests/{}: 401 UNAUTHORIZED",
            reference.tag
        ),
        host if REGISTRIES.contains(&host) || host.ends_with(".amazonaws.com") => {
            format!("{denied}: authorization failed: no basic auth credentials")
        }
        host => {
            let name = host.split(':').next().unwrap_or(host);
            let scheme = if name == "localhost" { "http" } else { "https" };
            let why = match name {
                "localhost" => format!("dial tcp 127.0.0.1:{}: connect: connection refused", port(host)),
                _ => format!("dial tcp: lookup {name} on 172.18.0.1:53: no such host"),
            };
            format!("failed to do request: Head \"{scheme}://{host}/v2/{path}/manifests/{}\": {why}", reference.tag)
        }
    };
    format!("rpc error: code = Unknown desc = {head}{tail}")
}

fn port(host: &str) -> &str {
    host.split_once(':').map_or("80", |(_, port)| port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str) -> Result<Found, String> {
        find(&Reference::parse(text).expect("a reference"))
    }

    #[test]
    fn an_image_exists_with_its_real_tags_only() {
        for good in
            ["nginx", "nginx:1.7.9", "nginx:1.27-alpine", "nginx:alpine", "busybox:1.36", "redis:7", "mysql:8.0"]
        {
            assert!(ask(good).is_ok(), "{good}");
        }
        let error = ask("nginx:1.161").err().unwrap_or_default();
        assert!(error.ends_with("docker.io/library/nginx:1.161: not found"), "{error}");
        let error = ask("ngnix").err().unwrap_or_default();
        assert!(error.ends_with("server message: insufficient_scope: authorization failed"), "{error}");
        assert!(ask("nginx:1.27.99").is_err());
    }

    #[test]
    fn no_two_images_have_one_name() {
        let mut names: Vec<&str> = ALL.iter().flat_map(|i| i.config().names.iter().copied()).collect();
        names.extend(system::all().chain(table::all()).flat_map(|i| i.config().names.iter().copied()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
