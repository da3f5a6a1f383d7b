//! `kubectl proxy`: a local port that leads to the API server, without credentials.
//!
//! Models: `kubectl/pkg/proxy/proxy_server.go`, the API server's `proxy` subresources.
//! Left out: writing through it, watches, static files, Unix sockets.

use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, port_forward, raw};
use crate::api::rest;
use crate::api::selector::Selector;
use crate::api::{ApiError, Reason, kinds};
use crate::base::yaml::{indented, json_mistake};
use crate::control::{FactId, pods};
use crate::script::host::{Got, Want};
use crate::script::regex;
use crate::time::Span;
use crate::world::World;
use k8s_openapi::api::core::v1::{PodSpec, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct Proxy;

static FLAGS: &[Flag] = &[
    Flag::text(
        "accept-hosts",
        "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$",
        "Regular expression for hosts that the proxy should accept.",
    ),
    Flag::text("accept-paths", "^.*", "Regular expression for paths that the proxy should accept."),
    Flag::text("address", "127.0.0.1", "The IP address on which to serve on."),
    Flag::text("api-prefix", "/", "Prefix to serve the proxied API under."),
    Flag::bool(
        "append-server-path",
        "If true, enables automatic path appending of the kube context server path to each request.",
    ),
    Flag::bool(
        "disable-filter",
        "If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.",
    ),
    Flag::duration(
        "keepalive",
        "0s",
        "keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.",
    ),
    Flag::int("port", "8001", "The port on which to run the proxy. Set to 0 to pick a random port.").short('p'),
    Flag::text(
        "reject-methods",
        "^$",
        "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH').",
    ),
    Flag::text(
        "reject-paths",
        "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
        "Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.",
    ),
    Flag::text("unix-socket", "", "Unix socket on which to run the proxy.").short('u'),
    Flag::text("www", "", "Also serve static files from the given directory under the specified prefix.").short('w'),
    Flag::text("www-prefix", "/static/", "Prefix to serve static files under, if static file directory is specified.")
        .short('P'),
];

static SPEC: Spec = Spec {
    name: "proxy",
    group: Group::Troubleshooting,
    short: "Run a proxy to the Kubernetes API server",
    long: "Creates a proxy server between localhost and the Kubernetes API server. What comes in at one local port is sent to the API server with your credentials.",
    examples: "# To proxy all of the Kubernetes API and nothing else
kubectl proxy --api-prefix=/

# To proxy the entire Kubernetes API at a different root
# You can get pods info with 'curl localhost:8001/custom/api/v1/pods'
kubectl proxy --api-prefix=/custom/

# Run a proxy to the Kubernetes API server on an arbitrary local port
# The chosen port for the server will be output to stdout
kubectl proxy --port=0",
    usage: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for Proxy {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.int("port") != 8001 && !args.text("unix-socket").is_empty() {
            return Err(Failure::error("cannot set --unix-socket and --port at the same time"));
        }
        if args.bool("disable-filter") {
            let stamp = port_forward::klog('W', cx.now(), "proxy.go:177");
            cx.err(format_args!(
                "{stamp} Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious"
            ));
        }
        let address = args.text("address").to_string();
        let Ok(port) = u16::try_from(args.int("port")) else {
            return Err(Failure::error(format!("listen tcp: address {}: invalid port", args.int("port"))));
        };
        let mut prefix = args.text("api-prefix").to_string();
        if !prefix.ends_with('/') {
            prefix.push('/');
        }
        let (port, fault) = port_forward::open(port, &format!("api:{prefix}"), cx);
        if let Some(fault) = fault {
            return Err(Failure::error(format!("listen tcp {address}:{port}: bind: {fault}")));
        }
        cx.line(format_args!("Starting to serve on {address}:{port}"));
        Ok(Flow::Job(Box::new(Serving)))
    }
}

#[derive(Clone)]
struct Serving;

impl Job for Serving {
    fn poll(&mut self, _: &mut Cx<'_>) -> Result<Turn, Failure> {
        Ok(Turn::Wait(Wait { change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(Serving)
    }
}

fn reply(status: u16, kind: &str, body: String) -> (Got, Span) {
    let headers =
        vec![("Content-Type".to_string(), kind.to_string()), ("Content-Length".to_string(), body.len().to_string())];
    let reason = crate::node::http::reason(status).to_string();
    let got = Got::Http { address: "127.0.0.1".into(), status, reason, headers, body: body.into_bytes() };
    (got, Span::millis(8))
}

/// The API server's answer to a request that came through the proxy.
pub fn answer(prefix: &str, want: &Want, world: &mut World, cause: FactId) -> (Got, Span) {
    let Want::Http { https, host, method, target, headers, body, port } = want else {
        return (Got::Connected { address: "127.0.0.1".into() }, Span::millis(1));
    };
    if *https {
        return (Got::Bytes { address: "127.0.0.1".into(), bytes: vec![] }, Span::millis(1));
    }
    let Some(path) = target.strip_prefix(prefix.trim_end_matches('/')).filter(|path| path.starts_with('/')) else {
        return reply(404, "text/plain; charset=utf-8", "404 page not found\n".into());
    };
    let refused = regex::compile("^/api/.*/pods/.*/(exec|attach)", false).is_some_and(|form| form.is_match(path));
    if refused || !matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]") {
        return reply(403, "text/plain; charset=utf-8", "Forbidden\n".into());
    }
    let parts: Vec<&str> = path.split('?').next().unwrap_or("").split('/').filter(|p| !p.is_empty()).collect();
    if let ["api", "v1", "namespaces", namespace, kind @ ("pods" | "services"), name, "proxy", ..] = parts.as_slice() {
        let mark = format!("/{kind}/{name}/proxy");
        let inner = path.split_once(&mark).map_or("/", |(_, rest)| rest);
        if inner.is_empty() {
            let (got, takes) = reply(301, "text/plain", String::new());
            let Got::Http { address, status, reason, mut headers, body } = got else { return (got, takes) };
            headers.push(("Location".into(), format!("{target}/")));
            return (Got::Http { address, status, reason, headers, body }, takes);
        }
        let request = Want::Http {
            https: false,
            host: host.clone(),
            port: *port,
            method: method.clone(),
            target: inner.to_string(),
            headers: headers.clone(),
            body: body.clone(),
        };
        return match through(namespace, kind, name, &request, world, cause) {
            Ok(answer) => answer,
            Err(error) => status(&error, path),
        };
    }
    if method != "GET" && method != "HEAD" {
        let words = format!("{method} is left out of this simulation's proxy: use kubectl");
        return reply(405, "text/plain; charset=utf-8", format!("{words}\n"));
    }
    match raw::text(path, world) {
        Ok(text) => {
            if text.starts_with('{') && json_mistake(&text).is_none() {
                // the server writes indented JSON for curl and browsers
                return reply(200, "application/json", indented(&text, "  "));
            }
            reply(200, "text/plain; charset=utf-8", text)
        }
        Err(error) => status(&error, path),
    }
}

/// An error as the server sends it.
fn status(error: &ApiError, path: &str) -> (Got, Span) {
    reply(error.code(), "application/json", rest::status(error, rest::Target::of(path)))
}

/// A request to a pod or to the pods behind a service: `NAME`, `NAME:PORT`, `http:NAME:PORT`.
fn through(
    namespace: &str,
    kind: &str,
    name: &str,
    want: &Want,
    world: &mut World,
    cause: FactId,
) -> Result<(Got, Span), ApiError> {
    let parts: Vec<&str> = name.split(':').collect();
    let (name, port) = match parts.as_slice() {
        [name] => (*name, ""),
        [name, port] => (*name, *port),
        [_, name, port] => (*name, *port),
        _ => (name, ""),
    };
    let unavailable = |words: String| ApiError::new(Reason::ServiceUnavailable, words);
    let (pod, port) = if kind == "pods" {
        let pod = world.api.get(kinds::POD, namespace, name)?;
        let spec = pod.spec::<PodSpec>();
        let first = spec.containers.iter().flat_map(|c| c.ports.iter().flatten()).next();
        let port = match port.parse::<u16>() {
            Ok(port) => port,
            Err(_) => first.map_or(80, |port| port.container_port as u16),
        };
        (name.to_string(), port)
    } else {
        let service = world.api.get(kinds::SERVICE, namespace, name)?;
        let spec = service.spec::<ServiceSpec>();
        let mut ports = spec.ports.iter().flatten();
        let chosen = if port.is_empty() {
            ports.next()
        } else {
            ports.find(|p| p.name.as_deref() == Some(port) || p.port.to_string() == port)
        };
        let Some(chosen) = chosen else {
            return Err(unavailable(format!("no service port {port:?} found for service {name:?}")));
        };
        let selector = Selector::of_map(spec.selector.as_ref().unwrap_or(&Default::default()));
        let read = world.reader();
        let ready = read
            .list(kinds::POD, Some(namespace))
            .find(|pod| spec.selector.is_some() && selector.matches(pod.labels()) && pods::is_ready(pod));
        let Some(ready) = ready else {
            return Err(unavailable(format!("no endpoints available for service {name:?}")));
        };
        let ports = ready.spec::<PodSpec>();
        let by_name = |wanted: &str| {
            let mut all = ports.containers.iter().flat_map(|c| c.ports.iter().flatten());
            all.find(|p| p.name.as_deref() == Some(wanted)).map(|p| p.container_port)
        };
        let number = match &chosen.target_port {
            Some(IntOrString::Int(number)) => *number,
            Some(IntOrString::String(wanted)) => by_name(wanted).unwrap_or(chosen.port),
            None => chosen.port,
        };
        (ready.name().to_string(), number as u16)
    };
    let address = world
        .reader()
        .get(kinds::POD, namespace, &pod)
        .and_then(|pod| pod.status::<k8s_openapi::api::core::v1::PodStatus>().pod_ip.clone())
        .unwrap_or_default();
    match world.tunnel(namespace, &pod, port, want, cause) {
        Some((Got::Refused { .. }, _)) => Err(unavailable(format!(
            "error trying to reach service: dial tcp {address}:{port}: connect: connection refused"
        ))),
        Some(answer) => Ok(answer),
        None => Err(unavailable(format!(
            "error trying to reach service: dial tcp {address}:{port}: connect: no route to host"
        ))),
    }
}
