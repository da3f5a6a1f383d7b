//! The kinds that a cluster serves and a learner rarely meets: one row each.
//!
//! Models: the registries below `pkg/registry`, the columns of `pkg/printers/internalversion/printers.go`.
//! Left out: defaults, and validation beyond types, unknown fields and what the schema requires; what the reviews answer;
//! devices, webhooks and policies that act.

mod columns;

use super::plain;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names, VERBS};
use crate::api::object::{Codec, Object};
use crate::api::schema::{self, Ty, Type};
use crate::api::server::Reader;
use crate::api::show::{self, Report, network_describe, signing_describe, storage_describe};
use crate::time::Time;
use columns::*;
use serde_json::{Map, Value, json};

const CREATE: &[&str] = &["create"];
const READ: &[&str] = &["get", "list"];

/// What differs from kind to kind beside the names.
struct Row {
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
    columns: &'static [Column],
    generation: bool,
    fixed: &'static str,
    describe: Describe,
}

const PLAIN: Row = Row { categories: &[], verbs: VERBS, columns: &BARE, generation: false, fixed: "", describe };
const SPEC: Row = Row { generation: true, ..PLAIN };
const REVIEW: Row = Row { verbs: CREATE, ..PLAIN };
const EXTENSION: Row = Row { categories: &["api-extensions"], ..SPEC };

/// `ID: group version Kind plural singular short scope row;`
macro_rules! rare {
    ($($id:ident: $group:literal $version:literal $kind:literal $plural:literal $singular:literal $short:expr, $scope:ident, $row:expr;)*) => {
        $(pub static $id: RareKind = {
            const ROW: Row = $row;
            static NAMES: Names = Names {
                kind: $kind,
                group: $group,
                version: $version,
                plural: $plural,
                singular: $singular,
                short: $short,
                namespaced: $scope,
                categories: ROW.categories,
                resource: if $group.is_empty() { $plural } else { concat!($plural, ".", $group) },
            };
            RareKind {
                names: &NAMES,
                columns: ROW.columns,
                verbs: ROW.verbs,
                generation: ROW.generation,
                fixed: ROW.fixed,
                describe: ROW.describe,
            }
        };)*
    };
}

const NAMESPACED: bool = true;
const CLUSTER: bool = false;

rare! {
    BINDING: "" "v1" "Binding" "bindings" "binding" &[], NAMESPACED, REVIEW;
    COMPONENT_STATUS: "" "v1" "ComponentStatus" "componentstatuses" "componentstatus" &["cs"], CLUSTER,
        Row { verbs: READ, columns: &COMPONENT, ..PLAIN };
    MUTATING_POLICY: "admissionregistration.k8s.io" "v1" "MutatingAdmissionPolicy" "mutatingadmissionpolicies"
        "mutatingadmissionpolicy" &[], CLUSTER, Row { columns: &MUTATIONS, ..EXTENSION };
    MUTATING_BINDING: "admissionregistration.k8s.io" "v1" "MutatingAdmissionPolicyBinding"
        "mutatingadmissionpolicybindings" "mutatingadmissionpolicybinding" &[], CLUSTER,
        Row { columns: &POLICY_BINDING, ..EXTENSION };
    MUTATING_WEBHOOK: "admissionregistration.k8s.io" "v1" "MutatingWebhookConfiguration"
        "mutatingwebhookconfigurations" "mutatingwebhookconfiguration" &[], CLUSTER,
        Row { columns: &WEBHOOKS, ..EXTENSION };
    VALIDATING_POLICY: "admissionregistration.k8s.io" "v1" "ValidatingAdmissionPolicy" "validatingadmissionpolicies"
        "validatingadmissionpolicy" &[], CLUSTER, Row { columns: &VALIDATIONS, ..EXTENSION };
    VALIDATING_BINDING: "admissionregistration.k8s.io" "v1" "ValidatingAdmissionPolicyBinding"
        "validatingadmissionpolicybindings" "validatingadmissionpolicybinding" &[], CLUSTER,
        Row { columns: &POLICY_BINDING, ..EXTENSION };
    VALIDATING_WEBHOOK: "admissionregistration.k8s.io" "v1" "ValidatingWebhookConfiguration"
        "validatingwebhookconfigurations" "validatingwebhookconfiguration" &[], CLUSTER,
        Row { columns: &WEBHOOKS, ..EXTENSION };
    API_SERVICE: "apiregistration.k8s.io" "v1" "APIService" "apiservices" "apiservice" &[], CLUSTER,
        Row { categories: &["api-extensions"], columns: &AGGREGATED, ..PLAIN };
    SELF_REVIEW: "authentication.k8s.io" "v1" "SelfSubjectReview" "selfsubjectreviews" "selfsubjectreview" &[],
        CLUSTER, REVIEW;
    TOKEN_REVIEW: "authentication.k8s.io" "v1" "TokenReview" "tokenreviews" "tokenreview" &[], CLUSTER, REVIEW;
    LOCAL_ACCESS_REVIEW: "authorization.k8s.io" "v1" "LocalSubjectAccessReview" "localsubjectaccessreviews"
        "localsubjectaccessreview" &[], NAMESPACED, REVIEW;
    SELF_ACCESS_REVIEW: "authorization.k8s.io" "v1" "SelfSubjectAccessReview" "selfsubjectaccessreviews"
        "selfsubjectaccessreview" &[], CLUSTER, REVIEW;
    SELF_RULES_REVIEW: "authorization.k8s.io" "v1" "SelfSubjectRulesReview" "selfsubjectrulesreviews"
        "selfsubjectrulesreview" &[], CLUSTER, REVIEW;
    ACCESS_REVIEW: "authorization.k8s.io" "v1" "SubjectAccessReview" "subjectaccessreviews" "subjectaccessreview" &[],
        CLUSTER, REVIEW;
    SIGNING_REQUEST: "certificates.k8s.io" "v1" "CertificateSigningRequest" "certificatesigningrequests"
        "certificatesigningrequest" &["csr"], CLUSTER, Row { columns: &REQUEST, fixed: "spec", describe: signing_describe::request, ..PLAIN };
    FLOW_SCHEMA: "flowcontrol.apiserver.k8s.io" "v1" "FlowSchema" "flowschemas" "flowschema" &[], CLUSTER,
        Row { columns: &FLOW, ..SPEC };
    PRIORITY_LEVEL: "flowcontrol.apiserver.k8s.io" "v1" "PriorityLevelConfiguration" "prioritylevelconfigurations"
        "prioritylevelconfiguration" &[], CLUSTER, Row { columns: &LEVEL, ..SPEC };
    IP_ADDRESS: "networking.k8s.io" "v1" "IPAddress" "ipaddresses" "ipaddress" &["ip"], CLUSTER,
        Row { columns: &ADDRESS, fixed: "spec.parentRef", describe: network_describe::ip_address, ..PLAIN };
    SERVICE_CIDR: "networking.k8s.io" "v1" "ServiceCIDR" "servicecidrs" "servicecidr" &[], CLUSTER,
        Row { columns: &CIDRS, fixed: "spec.cidrs", describe: network_describe::service_cidr, ..PLAIN };
    RUNTIME_CLASS: "node.k8s.io" "v1" "RuntimeClass" "runtimeclasses" "runtimeclass" &[], CLUSTER,
        Row { columns: &RUNTIME, fixed: "handler", ..PLAIN };
    DEVICE_CLASS: "resource.k8s.io" "v1" "DeviceClass" "deviceclasses" "deviceclass" &[], CLUSTER, SPEC;
    RESOURCE_CLAIM: "resource.k8s.io" "v1" "ResourceClaim" "resourceclaims" "resourceclaim" &[], NAMESPACED,
        Row { columns: &CLAIM, fixed: "spec", ..PLAIN };
    CLAIM_TEMPLATE: "resource.k8s.io" "v1" "ResourceClaimTemplate" "resourceclaimtemplates" "resourceclaimtemplate"
        &[], NAMESPACED, Row { fixed: "spec", ..PLAIN };
    RESOURCE_SLICE: "resource.k8s.io" "v1" "ResourceSlice" "resourceslices" "resourceslice" &[], CLUSTER,
        Row { columns: &SLICE, ..SPEC };
    CSI_DRIVER: "storage.k8s.io" "v1" "CSIDriver" "csidrivers" "csidriver" &[], CLUSTER,
        Row { columns: &DRIVER, ..PLAIN };
    CSI_NODE: "storage.k8s.io" "v1" "CSINode" "csinodes" "csinode" &[], CLUSTER,
        Row { columns: &DRIVERS, describe: storage_describe::csi_node, ..PLAIN };
    CSI_CAPACITY: "storage.k8s.io" "v1" "CSIStorageCapacity" "csistoragecapacities" "csistoragecapacity" &[],
        NAMESPACED, Row { columns: &CAPACITY, ..PLAIN };
    VOLUME_ATTACHMENT: "storage.k8s.io" "v1" "VolumeAttachment" "volumeattachments" "volumeattachment" &[], CLUSTER,
        Row { columns: &ATTACHMENT, fixed: "spec", ..PLAIN };
    ATTRIBUTES_CLASS: "storage.k8s.io" "v1" "VolumeAttributesClass" "volumeattributesclasses" "volumeattributesclass"
        &["vac"], CLUSTER, Row { columns: &ATTRIBUTES, fixed: "driverName", ..PLAIN };
}

/// How `kubectl describe` shows an object.
type Describe = fn(&Object, Reader<'_>, Time, &mut Report);

/// A kind whose objects are JSON.
pub struct RareKind {
    names: &'static Names,
    columns: &'static [Column],
    verbs: &'static [&'static str],
    /// Whether changes of the spec count in `metadata.generation`.
    generation: bool,
    /// A field that may not change once it is set, as a path with dots; or nothing.
    fixed: &'static str,
    describe: Describe,
}

impl Kind for RareKind {
    fn names(&self) -> &'static Names {
        self.names
    }

    fn columns(&self) -> &'static [Column] {
        self.columns
    }

    fn codec(&self) -> &'static Codec {
        &plain::BUILT_IN
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        (self.describe)(object, read, now, out);
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        if let Some(ty) = schema::type_of(&self.names.api_version(), self.names.kind) {
            let body = new.spec::<plain::Body>();
            let beside = |name: &str| matches!(name, "metadata" | "status" | "apiVersion" | "kind");
            for field in ty.fields.iter().filter(|field| !beside(field.name)) {
                required(field, body, "", errors);
            }
        }
        if let Some(old) = old.filter(|_| !self.fixed.is_empty()) {
            let (was, now) = (at(old, self.fixed), at(new, self.fixed));
            if was != now {
                errors.invalid(self.fixed, now, "field is immutable");
            }
        }
    }

    fn has_generation(&self) -> bool {
        self.generation
    }

    fn verbs(&self) -> &'static [&'static str] {
        self.verbs
    }
}

/// The address of a Service as an object.
pub fn ip_address(ip: &str, service: &Object) -> Value {
    let family = if ip.contains(':') { "IPv6" } else { "IPv4" };
    json!({
        "metadata": {"name": ip, "labels": {
            "ipaddress.kubernetes.io/ip-family": family,
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        }},
        "spec": {"parentRef": {
            "group": "", "name": service.name(), "namespace": service.namespace(), "resource": "services",
        }},
    })
}

/// What the schema requires of a field of `map`, and of what is inside of it.
fn required(field: &schema::Field, map: &Map<String, Value>, path: &str, errors: &mut FieldErrors) {
    let path = if path.is_empty() { field.name.to_string() } else { format!("{path}.{}", field.name) };
    let value = map.get(field.name).unwrap_or(&Value::Null);
    let empty = value.is_null() || value.as_str() == Some("");
    if empty && field.required {
        errors.required(path, "");
    } else if !empty {
        inside(field.ty, value, &path, errors);
    }
}

fn inside(ty: Ty, value: &Value, path: &str, errors: &mut FieldErrors) {
    match (ty, value) {
        (Ty::List(inner), Value::Array(items)) => {
            for (n, item) in items.iter().enumerate() {
                inside(*inner, item, &format!("{path}[{n}]"), errors);
            }
        }
        (Ty::Ref(_), Value::Object(map)) => {
            let fields = ty.structure().map_or(&[][..], |found: &'static Type| found.fields);
            fields.iter().for_each(|field| required(field, map, path, errors));
        }
        _ => {}
    }
}

/// The value at a path with dots; Null where there is nothing.
fn at<'a>(object: &'a Object, path: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    let path: Vec<&str> = path.split('.').collect();
    plain::at(object, &path).unwrap_or(&NULL)
}

/// The text at a path; nothing where there is none.
fn text<'a>(object: &'a Object, path: &str) -> &'a str {
    at(object, path).as_str().unwrap_or("")
}

/// Text, number or truth at a path, or `<none>`.
fn shown(object: &Object, path: &str) -> String {
    match at(object, path) {
        Value::Null => "<none>".into(),
        Value::String(text) if text.is_empty() => "<none>".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// How long a list is.
fn count(object: &Object, path: &str) -> usize {
    at(object, path).as_array().map_or(0, Vec::len)
}

/// The generic description.
fn describe(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    show::unstructured::any(object, read, now, out);
}
