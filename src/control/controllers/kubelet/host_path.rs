//! What lies under a path of the machine itself, and whether it is what a hostPath volume asks for.
//!
//! Models: `pkg/volume/hostpath/host_path.go` (`checkTypeInternal`), a Debian machine made by kubeadm.
//! Left out: what programs of the machine write there; a directory that must be there is there.

use super::worker::Look;
use crate::node::pod::Directories;
use crate::script::files::{Files, Tree};

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Dir,
    File,
    Socket,
    Char,
    Block,
}

/// What every machine has besides what was put there.
const OWN: &[(What, &[&str])] = &[
    (
        What::Dir,
        &[
            "/",
            "/bin",
            "/boot",
            "/dev",
            "/etc",
            "/etc/cni",
            "/etc/cni/net.d",
            "/etc/containerd",
            "/etc/default",
            "/etc/kubernetes",
            "/etc/kubernetes/manifests",
            "/etc/kubernetes/pki",
            "/etc/ssl",
            "/etc/ssl/certs",
            "/home",
            "/lib",
            "/lib/modules",
            "/media",
            "/mnt",
            "/opt",
            "/opt/cni",
            "/opt/cni/bin",
            "/proc",
            "/root",
            "/run",
            "/run/containerd",
            "/sbin",
            "/srv",
            "/sys",
            "/sys/fs/cgroup",
            "/tmp",
            "/usr",
            "/usr/bin",
            "/usr/lib",
            "/usr/local",
            "/usr/local/bin",
            "/usr/share",
            "/usr/share/ca-certificates",
            "/usr/share/zoneinfo",
            "/var",
            "/var/cache",
            "/var/lib",
            "/var/lib/containerd",
            "/var/lib/kubelet",
            "/var/lib/kubelet/pods",
            "/var/log",
            "/var/log/containers",
            "/var/log/journal",
            "/var/log/pods",
            "/var/run",
            "/var/tmp",
        ],
    ),
    (
        What::File,
        &[
            "/etc/group",
            "/etc/hostname",
            "/etc/hosts",
            "/etc/localtime",
            "/etc/machine-id",
            "/etc/os-release",
            "/etc/passwd",
            "/etc/resolv.conf",
            "/etc/timezone",
            "/var/lib/kubelet/config.yaml",
        ],
    ),
    (What::Socket, &["/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock"]),
    (What::Char, &["/dev/fuse", "/dev/kmsg", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"]),
    (What::Block, &["/dev/sda", "/dev/sda1", "/dev/vda", "/dev/vda1"]),
];

fn own(path: &str) -> Option<What> {
    OWN.iter().find(|(_, paths)| paths.contains(&path)).map(|(what, _)| *what)
}

impl Look<'_, '_> {
    /// What is mounted for a path of the machine; made where its type says so.
    ///
    /// # Errors
    /// When it is not of that type, in the kubelet's words.
    pub fn host_path(&mut self, path: &str, kind: &str) -> Result<Tree, String> {
        let now = self.now;
        let clean = match path.trim_end_matches('/') {
            "" => "/",
            clean => clean,
        };
        let host = &self.machine().runtime.host;
        let held = lookup(host, clean);
        let below = format!("{}/", clean.trim_end_matches('/'));
        let what = match &held {
            Some(tree) if matches!(tree.body(), crate::script::files::Body::File(_)) => Some(What::File),
            Some(_) => Some(What::Dir),
            None => own(clean).or_else(|| host.keys().any(|key| key.starts_with(&*below)).then_some(What::Dir)),
        };
        let (wanted, makes, words) = match kind {
            "Directory" => (What::Dir, true, "a directory"),
            "DirectoryOrCreate" => (What::Dir, true, "a directory"),
            "File" => (What::File, false, "a file"),
            "FileOrCreate" => (What::File, true, "a file"),
            "Socket" => (What::Socket, false, "a socket file"),
            "CharDevice" => (What::Char, false, "a character device"),
            "BlockDevice" => (What::Block, false, "a block device"),
            _ => (what.unwrap_or(What::Dir), true, ""),
        };
        if what.is_none_or(|what| what != wanted) && !(makes && what.is_none()) {
            return Err(format!("hostPath type check failed: {path} is not {words}"));
        }
        let node = self.node.clone();
        Ok(held.unwrap_or_else(|| match wanted {
            What::Dir => Tree::dir(),
            _ => Tree::file(content(clean, &node).into_bytes(), 0o644, now),
        }))
    }
}

/// What was put at a path, or into a directory above it.
fn lookup(host: &Directories, path: &str) -> Option<Tree> {
    if let Some(tree) = host.get(path) {
        return Some(tree.clone());
    }
    let above = |key: &&str| path.strip_prefix(*key).is_some_and(|rest| rest.starts_with('/'));
    let key = host.keys().map(|key| &**key).filter(above).max_by_key(|key| key.len())?;
    let mut files = Files::new();
    files.plant("/v", host.get(key)?.clone());
    files.tree(&format!("/v{}", &path[key.len()..]))
}

/// The words of the few files that somebody may read.
fn content(path: &str, node: &str) -> String {
    match path {
        "/etc/hostname" => format!("{node}\n"),
        "/etc/os-release" => "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n".into(),
        "/etc/timezone" => "Etc/UTC\n".into(),
        "/etc/resolv.conf" => "nameserver 172.18.0.1\n".into(),
        "/etc/passwd" => "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n".into(),
        "/etc/group" => "root:x:0:\nnogroup:x:65534:\n".into(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_mounted_directory_is_found_by_its_own_path() {
        let mut host = Directories::new();
        host.insert("/data".into(), Tree::dir().with("a", Tree::file(b"x".to_vec(), 0o644, crate::time::Time::ZERO)));
        assert!(lookup(&host, "/data/a").is_some());
        assert!(lookup(&host, "/data/b").is_none());
        assert!(lookup(&host, "/database").is_none());
    }
}
