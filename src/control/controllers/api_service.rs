//! Whether the servers behind APIServices can be reached: their condition Available.
//!
//! Models: `kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go`.
//! Left out: what is asked is whether something listens; five attempts at once.

use crate::api::kinds::plain::{self, Status};
use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, second};
use crate::net::Source;
use crate::script::host::{Got, Want};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

pub struct ApiServices;

const RESOURCE: &str = "apiservices.apiregistration.k8s.io";
/// How often a server is asked that was there, and one that was not.
const WELL: Span = Span::seconds(30);
const ILL: Span = Span::seconds(5);

/// What was found: reason and words; `None` as reason for all being well.
type Found = Result<(), (&'static str, String)>;

impl Controller for ApiServices {
    fn name(&self) -> &'static str {
        "kube-aggregator"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:apiserver".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            RESOURCE => change.new.as_ref().filter(|one| remote(one)).map(|one| one.key()).into_iter().collect(),
            "services" | "endpointslices.discovery.k8s.io" => {
                let object = change.new.as_ref().or(change.old.as_ref());
                let name = object.map_or("", |object| {
                    object.labels().get("kubernetes.io/service-name").map_or(object.name(), String::as_str)
                });
                let fits = |one: &&Object| {
                    plain::text(one, &["spec", "service", "name"]) == name
                        && plain::text(one, &["spec", "service", "namespace"]) == &*change.key.namespace
                };
                read.list(kinds::API_SERVICE, None).filter(fits).map(Object::key).collect()
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(mut service) = cx.read().by_key(key).filter(|one| remote(one)).cloned() else {
            return Ok(Again::OnChange);
        };
        let found = look(&service, cx);
        let well = found.is_ok();
        let (reason, message) = found.err().unwrap_or(("Passed", "all checks passed".into()));
        let status = service.status_mut::<Status>();
        let old = status["conditions"][0].clone();
        let word = if well { "True" } else { "False" };
        let since = match old["status"] == word {
            true => old["lastTransitionTime"].clone(),
            false => Value::from(second(cx.now)),
        };
        *status = json!({ "conditions": [{
            "type": "Available", "status": word, "reason": reason, "message": message, "lastTransitionTime": since,
        }]});
        if cx.read().by_key(key).is_some_and(|stored| !stored.same_status(&service)) {
            service.meta_mut().resource_version = None;
            match cx.update_status(service) {
                Err(error) if error.reason != Reason::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Again::After(if well { WELL } else { ILL }))
    }
}

fn remote(service: &Object) -> bool {
    !plain::text(service, &["spec", "service", "name"]).is_empty()
}

fn look(of: &Object, cx: &mut Cx<'_>) -> Found {
    let text = |path: &[&str]| plain::text(of, path).to_owned();
    let (namespace, name) = (text(&["spec", "service", "namespace"]), text(&["spec", "service", "name"]));
    let port = plain::at(of, &["spec", "service", "port"]).and_then(Value::as_i64).unwrap_or(443) as i32;
    let Some(service) = cx.read().get(kinds::SERVICE, &namespace, &name) else {
        return Err(("ServiceNotFound", format!("service/{name} in \"{namespace}\" is not present")));
    };
    let spec: &ServiceSpec = service.spec();
    let Some(found) = spec.ports.iter().flatten().find(|one| one.port == port) else {
        let words = format!("service/{name} in \"{namespace}\" is not listening on port {port}");
        return Err(("ServicePortError", words));
    };
    let (port_name, address) = (found.name.clone().unwrap_or_default(), spec.cluster_ip.clone().unwrap_or_default());
    let mine = |slice: &&Object| slice.labels().get("kubernetes.io/service-name") == Some(&name);
    let slices = cx.read().list(kinds::ENDPOINT_SLICE, Some(&namespace)).filter(mine);
    let slices: Vec<EndpointSlice> = slices.filter_map(|s| serde_json::from_value(s.to_value()).ok()).collect();
    if slices.is_empty() {
        return Err(("EndpointsNotFound", format!("cannot find endpoints for service/{name} in \"{namespace}\"")));
    }
    let has = |slice: &EndpointSlice| {
        let port = slice.ports.iter().flatten().any(|port| port.name.clone().unwrap_or_default() == port_name);
        let ready = |endpoint: &k8s_openapi::api::discovery::v1::Endpoint| {
            endpoint.conditions.as_ref().is_none_or(|c| c.ready != Some(false))
        };
        port && slice.endpoints.iter().flatten().any(ready)
    };
    if !slices.iter().any(has) {
        let words =
            format!("endpoints for service/{name} in \"{namespace}\" have no addresses with port name \"{port_name}\"");
        return Err(("MissingEndpoints", words));
    }
    let url = format!("https://{address}:{port}/apis/{}/{}", text(&["spec", "group"]), text(&["spec", "version"]));
    asked(&address, port as u16, cx).map_err(|why| {
        ("FailedDiscoveryCheck", format!("failing or missing response from {url}: Get \"{url}\": {why}"))
    })
}

/// Whether anything answers there, asked from the machine of the API server.
fn asked(address: &str, port: u16, cx: &mut Cx<'_>) -> Result<(), String> {
    let Some(node) = cx.machines.nodes.values().find(|machine| machine.control_plane).map(|m| m.name.clone()) else {
        return Ok(());
    };
    let want = Want::Connect { host: address.into(), port };
    match cx.exchange(&Source::Node(node), &want) {
        Some((Got::Connected { .. }, _)) | None => Ok(()),
        Some((Got::Refused { .. }, _)) => Err(format!("dial tcp {address}:{port}: connect: connection refused")),
        Some((Got::NoRoute { .. }, _)) => Err(format!("dial tcp {address}:{port}: connect: no route to host")),
        Some(_) => Err(
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
                .into(),
        ),
    }
}
