//! Sends the requests of the loads that are on: some real ones each half second, each of them standing for several alike.
//!
//! Models: `hey`, `k6` and their like, run beside the cluster.
//! Left out: requests that are counted but not sent leave no line in access logs.

use crate::api::{ApiError, Object, Reader};
use crate::control::{Again, Controller, Cx};
use crate::net::{End, Flow, Source, Target, trace};
use crate::node::http::HttpRequest;
use crate::node::load::{PATIENCE, Tally};
use crate::store::{Change, Key};
use crate::time::Span;

pub struct Loads;

/// The resource of the keys: each is a Service with a load on it.
pub const LOADS: &str = "loads";
const TICK: Span = Span::millis(500);
/// Real requests in a tick.
const MOST: u64 = 8;

impl Controller for Loads {
    fn name(&self) -> &'static str {
        "load"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:anonymous".into()
    }

    fn keys(&self, _change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        vec![]
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let now = cx.now;
        let Some(load) = cx.machines.loads.get_mut(key) else { return Ok(Again::OnChange) };
        let due = load.due(now);
        let (port, path) = (load.port, load.path.clone());
        let mut round = Tally::default();
        let real = due.min(MOST);
        for n in 0..real {
            let count = due / real + u64::from(n < due % real);
            let (status, took) = send(key, port, &path, count, n == 0, cx);
            round.count(count, status, took);
        }
        if let Some(load) = cx.machines.loads.get_mut(key) {
            let all = &mut load.all;
            all.sent += round.sent;
            all.well += round.well;
            all.errors += round.errors;
            all.lost += round.lost;
            all.took += round.took;
            load.round = round;
        }
        Ok(Again::After(TICK))
    }
}

/// Sends one request that stands for several; status (0: no answer) and time.
fn send(key: &Key, port: u16, path: &str, count: u64, drawn: bool, cx: &mut Cx<'_>) -> (u16, Span) {
    let Some(from) = cx.machines.nodes.values().find(|machine| machine.on).map(|machine| machine.name.clone()) else {
        return (0, Span::ZERO);
    };
    let host = format!("{}.{}.svc.cluster.local", key.name, key.namespace);
    let service = cx.read().get(crate::api::kinds::SERVICE, &key.namespace, &key.name);
    let spec = service.map(|service| service.spec::<k8s_openapi::api::core::v1::ServiceSpec>());
    let address = spec.and_then(|spec| spec.cluster_ip.as_deref()).and_then(|ip| ip.parse().ok());
    let to = address.map_or(Target::Name(host.clone()), Target::Address);
    let flow = Flow { from: Source::Node(from), to, port, protocol: "TCP" };
    cx.machines.now = cx.now;
    let chance = cx.rng.of("packets");
    let walked = trace(&flow, cx.api.reader(), cx.tables, &*cx.machines, chance);
    if drawn {
        cx.draw(&flow.from, &walked);
    }
    let End::Delivered { address, port } = walked.end else { return (0, PATIENCE) };
    let client = walked.hops.last().map_or("", |hop| hop.from.split(':').next().unwrap_or(""));
    let mut request = HttpRequest::get(path, &host, client);
    request.headers.push(("User-Agent".into(), "sim-load".into()));
    match cx.machines.press(address, port, &request, cx.now, (count, PATIENCE)) {
        Some((status, took)) => (status, took + Span(walked.takes().0 * 2)),
        None => (0, PATIENCE),
    }
}
