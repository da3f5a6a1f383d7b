//! `kubectl port-forward`: local ports that lead into a pod.
//!
//! Models: `kubectl/pkg/cmd/portforward/portforward.go`, `client-go/tools/portforward/portforward.go`.
//! Left out: other addresses than localhost; several connections at once.

use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, pod_of};
use crate::api::{Object, kinds};
use crate::base::hash::fnv32a;
use crate::control::FactId;
use crate::script::host::{Got, Want};
use crate::store::Key;
use crate::time::{Span, Time};
use crate::world::World;
use k8s_openapi::api::core::v1::{ContainerPort, PodSpec, PodStatus, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct PortForward;

static FLAGS: &[Flag] = &[
    Flag {
        default: "localhost",
        ..Flag::list(
            "address",
            "Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.",
        )
    },
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running",
    ),
];

static SPEC: Spec = Spec {
    name: "port-forward",
    group: Group::Troubleshooting,
    short: "Forward one or more local ports to a pod",
    long: "Forward one or more local ports to a pod.

 TYPE/NAME such as deployment/mydeployment selects a pod; without a type it is a pod's name. When several pods fit, one is chosen. Forwarding ends when that pod ends: run the command again then.",
    examples: "# Listen on ports 5000 and 6000 locally, forwarding data to/from ports 5000 and 6000 in the pod
kubectl port-forward pod/mypod 5000 6000

# Listen on ports 5000 and 6000 locally, forwarding data to/from ports 5000 and 6000 in a pod selected by the deployment
kubectl port-forward deployment/mydeployment 5000 6000

# Listen on port 8443 locally, forwarding to the targetPort of the service's port named \"https\" in a pod selected by the service
kubectl port-forward service/myservice 8443:https

# Listen on port 8888 locally, forwarding to 5000 in the pod
kubectl port-forward pod/mypod 8888:5000

# Listen on a random port locally, forwarding to 5000 in the pod
kubectl port-forward pod/mypod :5000",
    usage: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for PortForward {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let words = args.positional();
        if words.len() < 2 {
            return Err(Failure::usage(&args.path, "TYPE/NAME and list of ports are required for port-forward"));
        }
        let object = pod_of::object(&words[..1], cx)?;
        let until = cx.now() + args.duration("pod-running-timeout").unwrap_or(Span::minutes(1));
        let mut job = Forward {
            object,
            words: words[1..].to_vec(),
            addresses: if args.has("address") { args.all("address") } else { vec!["localhost".into()] },
            until,
            pod: None,
            ports: vec![],
        };
        match job.poll(cx)? {
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
            Turn::Exit(code) => Ok(Flow::Exit(code)),
            Turn::Done => Ok(Flow::Done),
        }
    }
}

#[derive(Clone)]
struct Forward {
    object: Object,
    words: Vec<String>,
    addresses: Vec<String>,
    until: Time,
    /// The pod once it is chosen, and its UID.
    pod: Option<(Key, String)>,
    /// Local and remote.
    ports: Vec<(u16, u16)>,
}

impl Forward {
    fn begin(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Some(pod) = pod_of::pods(&self.object, cx)?.into_iter().next() else {
            if cx.now() >= self.until {
                return Err(Failure::error("timed out waiting for the condition"));
            }
            return Ok(Turn::Wait(Wait { at: Some(self.until), change: true, ..Wait::default() }));
        };
        let words = match self.object.try_spec::<ServiceSpec>() {
            Some(service) => of_service(&self.words, self.object.name(), service, &pod),
            None => of_pod(&self.words, &pod),
        };
        let words = words.map_err(Failure::error)?;
        let phase = pod.status::<PodStatus>().phase.clone().unwrap_or_default();
        if phase != "Running" {
            return Err(Failure::error(format!(
                "unable to forward port because pod is not running. Current status={phase}"
            )));
        }
        let addresses = addresses(&self.addresses).map_err(Failure::error)?;
        let pairs = words.iter().map(|word| pair(word)).collect::<Result<Vec<_>, _>>().map_err(Failure::error)?;
        let machine = cx.world.machines.of(pod.namespace(), pod.name());
        if let Some(why) = machine.map_or(Some("connect: no route to host"), |machine| machine.unreachable()) {
            let address = pod.status::<PodStatus>().host_ip.clone().unwrap_or_default();
            return Err(Failure::error(format!(
                "error upgrading connection: error dialing backend: dial tcp {address}:10250: {why}"
            )));
        }
        pod_of::may(&pod, "portforward", cx)
            .map_err(|error| Failure::error(format!("error upgrading connection: {}", error.message)))?;
        for (local, remote) in &pairs {
            if let Some(port) = self.listen(*local, *remote, &addresses, &pod, cx) {
                self.ports.push((port, *remote));
            }
        }
        if self.ports.is_empty() {
            let all: Vec<String> = pairs.iter().map(|(local, remote)| format!("{{{local} {remote}}}")).collect();
            return Err(Failure::error(format!("unable to listen on any of the requested ports: [{}]", all.join(" "))));
        }
        self.pod = Some((pod.key(), pod.uid().to_string()));
        Ok(Turn::Wait(Wait { change: true, ..Wait::default() }))
    }

    /// Opens a local port; its number.
    fn listen(&self, local: u16, remote: u16, addresses: &[String], pod: &Object, cx: &mut Cx<'_>) -> Option<u16> {
        let to = format!("pod:{}/{}/{remote}", pod.namespace(), pod.name());
        let (port, fault) = open(local, &to, cx);
        let joined = |address: &str| if address.contains(':') { format!("[{address}]") } else { address.to_string() };
        if let Some(fault) = fault {
            let errors: Vec<String> = addresses
                .iter()
                .map(|address| {
                    let family = if address.contains(':') { "tcp6" } else { "tcp4" };
                    let at = joined(address);
                    format!("unable to create listener: Error listen {family} {at}:{local}: bind: {fault}")
                })
                .collect();
            cx.err(format_args!(
                "Unable to listen on port {local}: Listeners failed to create with the following errors: [{}]",
                errors.join(" ")
            ));
            return None;
        }
        for address in addresses {
            cx.line(format_args!("Forwarding from {}:{port} -> {remote}", joined(address)));
        }
        Some(port)
    }
}

/// Listens on a local port, any free one for 0; or why not.
pub fn open(local: u16, to: &str, cx: &mut Cx<'_>) -> (u16, Option<&'static str>) {
    if local == 0 {
        let from = 32768 + (fnv32a(to.as_bytes()) % 20_000) as u16;
        let free = (from..u16::MAX).find(|port| cx.desk.listen(*port, to));
        return (free.unwrap_or(0), None);
    }
    let fault = match local {
        1..1024 => Some("permission denied"),
        // the way to the API server
        6443 => Some("address already in use"),
        port if !cx.desk.listen(port, to) => Some("address already in use"),
        _ => None,
    };
    (local, fault)
}

impl Job for Forward {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Some((key, uid)) = self.pod.clone() else { return self.begin(cx) };
        let mut lost = false;
        for (local, remote) in &self.ports {
            let (visitors, fault) = cx.desk.visitors(*local);
            for _ in 0..visitors {
                cx.line(format_args!("Handling connection for {local}"));
            }
            if let Some(fault) = fault {
                lost = true;
                let stamp = klog('E', cx.now(), "portforward.go:571");
                cx.err(format_args!(
                    "{stamp} \"An error occurred forwarding\" err={} localPort={local} remotePort={remote}",
                    crate::base::text::go_quote(&fault)
                ));
            }
        }
        let there = cx.world.reader().by_key(&key).is_some_and(|pod| pod.uid() == uid && !over(pod));
        let on = cx.world.machines.of(&key.namespace, &key.name).is_some_and(|machine| machine.unreachable().is_none());
        if lost || !there || !on {
            return Err(Failure::error("lost connection to pod"));
        }
        Ok(Turn::Wait(Wait { change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

fn over(pod: &Object) -> bool {
    matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// The head of a line of klog: `E0901 09:00:10.000000    1234 portforward.go:571]`.
pub fn klog(letter: char, now: Time, place: &str) -> String {
    let at = now.timestamp().to_string();
    let (date, clock) = at.split_once('T').unwrap_or((&at, ""));
    let day: String = date.split('-').skip(1).collect();
    let clock = clock.trim_end_matches('Z').split('.').next().unwrap_or("");
    format!("{letter}{day} {clock}.{:06}    4711 {place}]", now.0 % 1000 * 1000)
}

/// A connection of a forwarded port; and kubectl's words when the pod does not take it.
pub fn pass(to: &str, want: &Want, world: &mut World, cause: FactId) -> ((Got, Span), Option<String>) {
    let address = "127.0.0.1".to_string();
    let empty = |address: String| (Got::Bytes { address, bytes: vec![] }, Span::millis(12));
    let parts: Vec<&str> = to.trim_start_matches("pod:").split('/').collect();
    let [namespace, name, port] = parts.as_slice() else { return (empty(address), None) };
    let port: u16 = port.parse().unwrap_or(0);
    let plain = match want {
        Want::Http { https: true, .. } => return (empty(address), None),
        want => want,
    };
    match world.tunnel(namespace, name, port, plain, cause) {
        Some((Got::Refused { .. }, takes)) => {
            let uid = world.reader().get(kinds::POD, namespace, name).map(|pod| pod.uid().to_string());
            let sandbox = fnv32a(uid.unwrap_or_default().as_bytes());
            let id = format!("{sandbox:08x}").repeat(8);
            let space = format!("/var/run/netns/cni-{sandbox:08x}-4b1d-9c53-7e6f-{sandbox:08x}5a21");
            let words = format!(
                "error forwarding port {port} to pod {id}, uid : failed to execute portforward in network namespace \"{space}\": failed to connect to localhost:{port} inside namespace \"{id}\", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6 [::1]:{port}: connect: connection refused "
            );
            ((empty(address).0, takes), Some(words))
        }
        Some((got, takes)) => ((got, takes), None),
        None => (empty(address), None),
    }
}

fn split(word: &str) -> (&str, &str) {
    let parts: Vec<&str> = word.split(':').collect();
    if let [local, remote] = parts.as_slice() { (local, remote) } else { (parts[0], parts[0]) }
}

fn joined(local: &str, remote: &str) -> String {
    if local == remote { remote.to_string() } else { format!("{local}:{remote}") }
}

fn pod_ports(pod: &Object) -> Vec<ContainerPort> {
    let spec = pod.spec::<PodSpec>();
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    containers.flat_map(|container| container.ports.iter().flatten().cloned()).collect()
}

fn named(pod: &Object, name: &str) -> Result<i32, String> {
    let found = pod_ports(pod).into_iter().find(|port| port.name.as_deref().unwrap_or("") == name);
    found
        .map(|port| port.container_port)
        .ok_or_else(|| format!("Pod '{}' does not have a named port '{name}'", pod.name()))
}

fn only_udp(ports: &[(i32, &str)], number: i32) -> bool {
    let of = |protocol: &str| ports.iter().any(|(port, p)| *port == number && *p == protocol);
    of("UDP") && !of("TCP")
}

fn of_pod(words: &[String], pod: &Object) -> Result<Vec<String>, String> {
    let all = pod_ports(pod);
    let ports: Vec<(i32, &str)> =
        all.iter().map(|port| (port.container_port, port.protocol.as_deref().unwrap_or("TCP"))).collect();
    let number = |remote: &str| remote.parse::<i32>().map_or_else(|_| named(pod, remote), Ok);
    for word in words {
        let (_, remote) = split(word);
        if only_udp(&ports, number(remote)?) {
            return Err(format!("UDP protocol is not supported for {remote}"));
        }
    }
    words
        .iter()
        .map(|word| {
            let (local, remote) = split(word);
            if remote.is_empty() {
                return Err("remote port cannot be empty".to_string());
            }
            let port = match remote.parse::<i64>() {
                Ok(_) => remote.to_string(),
                Err(_) => named(pod, remote)?.to_string(),
            };
            Ok(if local == remote { port } else { format!("{local}:{port}") })
        })
        .collect()
}

fn of_service(words: &[String], name: &str, service: &ServiceSpec, pod: &Object) -> Result<Vec<String>, String> {
    let ports: Vec<&ServicePort> = service.ports.iter().flatten().collect();
    let number = |remote: &str| match remote.parse::<i32>() {
        Ok(number) => Ok(number),
        Err(_) => ports
            .iter()
            .find(|port| port.name.as_deref() == Some(remote))
            .map(|port| port.port)
            .ok_or_else(|| format!("Service '{name}' does not have a named port '{remote}'")),
    };
    let protocols: Vec<(i32, &str)> =
        ports.iter().map(|port| (port.port, port.protocol.as_deref().unwrap_or("TCP"))).collect();
    for word in words {
        let (_, remote) = split(word);
        if only_udp(&protocols, number(remote)?) {
            return Err(format!("UDP protocol is not supported for {remote}"));
        }
    }
    words
        .iter()
        .map(|word| {
            let (local, remote) = split(word);
            let wanted = number(remote)?;
            let local = if local == remote { wanted.to_string() } else { local.to_string() };
            let port = ports
                .iter()
                .find(|port| port.port == wanted)
                .ok_or_else(|| format!("Service {name} does not have a service port {wanted}"))?;
            let target = match &port.target_port {
                _ if service.cluster_ip.as_deref() == Some("None") => wanted,
                Some(IntOrString::Int(target)) if *target != 0 => *target,
                Some(IntOrString::String(target)) => named(pod, target)?,
                _ => wanted,
            };
            Ok(joined(&local, &target.to_string()))
        })
        .collect()
}

/// `8080:80`, `80`, `:80`.
fn pair(word: &str) -> Result<(u16, u16), String> {
    let parts: Vec<&str> = word.split(':').collect();
    let (local, remote) = match parts.as_slice() {
        [one] => (*one, *one),
        [local, remote] => (if local.is_empty() { "0" } else { local }, *remote),
        _ => return Err(format!("invalid port format '{word}'")),
    };
    let number = |text: &str, which: &str| {
        text.parse::<u16>().map_err(|_| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let why = if digits { "value out of range" } else { "invalid syntax" };
            format!("error parsing {which} port '{text}': strconv.ParseUint: parsing {text:?}: {why}")
        })
    };
    let (local, remote) = (number(local, "local")?, number(remote, "remote")?);
    if remote == 0 {
        return Err("remote port must be > 0".into());
    }
    Ok((local, remote))
}

fn addresses(asked: &[String]) -> Result<Vec<String>, String> {
    let mut all = vec![];
    for address in asked {
        match address.as_str() {
            "localhost" => all.extend(["127.0.0.1".to_string(), "::1".to_string()]),
            address if address.parse::<std::net::IpAddr>().is_ok() => all.push(address.to_string()),
            address => return Err(format!("{address} is not a valid IP")),
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}
