//! What a pod calls itself and whom it asks for names: host name, `/etc/hosts`, `/etc/resolv.conf`.
//!
//! Models: `pkg/kubelet/kubelet_pods.go` (`GeneratePodHostNameAndDomain`, `ensureHostsFile`), `pkg/kubelet/network/dns`.
//! Left out: addresses of version 6; limits of search lists.

use super::worker::Look;
use crate::control::events::EventType;
use k8s_openapi::api::core::v1::PodSpec;
use std::fmt::Write;

/// The cluster's own name server and domain.
const SERVER: &str = "10.96.0.10";
const DOMAIN: &str = "cluster.local";
/// Whom the machines themselves ask.
const UPSTREAM: &str = "172.18.0.1";
/// How many name servers a resolver asks.
const SERVERS: usize = 3;

/// The names of a pod.
pub(super) struct Names {
    pub hostname: String,
    pub hosts: String,
    pub resolv: String,
}

/// What stands in `/etc/resolv.conf`.
#[derive(Default)]
struct Dns {
    servers: Vec<String>,
    searches: Vec<String>,
    options: Vec<(String, Option<String>)>,
}

impl Look<'_, '_> {
    /// The names of the pod, which has this address.
    pub fn names(&mut self, address: &str) -> Names {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let (own, domain) = own_name(spec, self.object.name(), self.object.namespace());
        let host = spec.host_network == Some(true);
        let full = if domain.is_empty() { own.clone() } else { format!("{own}.{domain}") };
        let as_full = spec.set_hostname_as_fqdn == Some(true);
        let hostname = match host {
            true => self.node.to_string(),
            false if as_full => full.clone(),
            false => own.clone(),
        };
        let mut hosts = if host { self.hosts_of_node() } else { hosts_of_pod(address, &own, &full) };
        for (n, alias) in spec.host_aliases.iter().flatten().enumerate() {
            if n == 0 {
                hosts.push_str("\n# Entries added by HostAliases.\n");
            }
            let names = alias.hostnames.clone().unwrap_or_default().join("\t");
            let _ = writeln!(hosts, "{}\t{names}", alias.ip);
        }
        let resolv = dns(spec, self.object.namespace()).text();
        Names { hostname, hosts, resolv }
    }

    fn hosts_of_node(&mut self) -> String {
        let (address, name) = (self.machine().address.clone(), self.node.clone());
        format!(
            "# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n{address}\t{name}\n"
        )
    }

    /// Says that some name servers will not be asked.
    pub fn warn_of_names(&mut self) {
        let dns = dns(self.spec(), self.object.namespace());
        if dns.servers.len() <= SERVERS {
            return;
        }
        let kept = dns.servers[..SERVERS].join(" ");
        let text = format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: {kept}"
        );
        let object = self.object.clone();
        self.cx.event(&object, EventType::Warning, "DNSConfigForming", text);
    }
}

/// The pod's host name, cut to 63 letters, and its domain, which may be empty.
fn own_name(spec: &PodSpec, pod: &str, namespace: &str) -> (String, String) {
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    if let Some(name) = given(&spec.hostname_override) {
        return (name, String::new());
    }
    let name = given(&spec.hostname).unwrap_or_else(|| pod.to_owned());
    let cut: String = name.chars().take(63).collect();
    let name = if cut.len() < name.len() { cut.trim_end_matches(['-', '.']).to_owned() } else { name };
    let domain = given(&spec.subdomain).map_or(String::new(), |sub| format!("{sub}.{namespace}.svc.{DOMAIN}"));
    (name, domain)
}

fn hosts_of_pod(address: &str, own: &str, full: &str) -> String {
    let mut text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n".to_owned();
    if address.is_empty() {
        return text;
    }
    let names = if full == own { own.to_owned() } else { format!("{full}\t{own}") };
    let _ = writeln!(text, "{address}\t{names}");
    text
}

fn dns(spec: &PodSpec, namespace: &str) -> Dns {
    let policy = spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let host = spec.host_network == Some(true);
    let mut dns = match policy {
        "None" => Dns::default(),
        "ClusterFirst" if host => Dns { servers: vec![UPSTREAM.into()], ..Dns::default() },
        "Default" => Dns { servers: vec![UPSTREAM.into()], ..Dns::default() },
        _ => Dns {
            servers: vec![SERVER.into()],
            searches: vec![format!("{namespace}.svc.{DOMAIN}"), format!("svc.{DOMAIN}"), DOMAIN.into()],
            options: vec![("ndots".into(), Some("5".into()))],
        },
    };
    let Some(own) = &spec.dns_config else { return dns };
    let add = |list: &mut Vec<String>, more: &Option<Vec<String>>| {
        for item in more.iter().flatten() {
            if !list.contains(item) {
                list.push(item.clone());
            }
        }
    };
    add(&mut dns.servers, &own.nameservers);
    add(&mut dns.searches, &own.searches);
    for option in own.options.iter().flatten() {
        let name = option.name.clone().unwrap_or_default();
        match dns.options.iter_mut().find(|(held, _)| *held == name) {
            Some(held) => held.1.clone_from(&option.value),
            None => dns.options.push((name, option.value.clone())),
        }
    }
    dns
}

impl Dns {
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.searches.is_empty() {
            let _ = writeln!(text, "search {}", self.searches.join(" "));
        }
        for server in self.servers.iter().take(SERVERS) {
            let _ = writeln!(text, "nameserver {server}");
        }
        let option = |(name, value): &(String, Option<String>)| match value {
            Some(value) if !value.is_empty() => format!("{name}:{value}"),
            _ => name.clone(),
        };
        if !self.options.is_empty() {
            let _ = writeln!(text, "options {}", self.options.iter().map(option).collect::<Vec<_>>().join(" "));
        }
        text
    }
}
