//! Makes the compact API schema from the JSON schemas of k8s-openapi: `schema.rs` (structure, as static tables) and
//! `docs.txt` (descriptions, which the page loads later), both in OUT_DIR. `src/api/schema/names.txt` adds what the
//! JSON schemas do not say, `order.txt` the order of fields in Go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::{env, fs, path::Path};

use k8s_openapi::api;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

const NAMES: &str = "src/api/schema/names.txt";
const ORDER: &str = "src/api/schema/order.txt";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NAMES}");
    println!("cargo::rerun-if-changed={ORDER}");
    let mut names = Names::read(&fs::read_to_string(NAMES).expect("the names stand beside the schema"));
    names.places(&fs::read_to_string(ORDER).expect("the order stands beside the schema"));
    let mut roots = Roots { generator: SchemaGenerator::default(), kinds: vec![] };
    kinds(&mut roots);
    let definitions: BTreeMap<String, Value> = roots.generator.definitions().clone().into_iter().collect();
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let out = Path::new(&out);
    fs::write(out.join("schema.rs"), structure(&definitions, &roots.kinds, &names)).expect("OUT_DIR can be written");
    fs::write(out.join("docs.txt"), docs(&definitions, &names)).expect("OUT_DIR can be written");
    fs::write(out.join("transcripts.rs"), transcripts()).expect("OUT_DIR can be written");
}

/// The transcripts as a list of names and texts, for the test in a browser, which has no files.
fn transcripts() -> String {
    const FOLDER: &str = "tests/transcripts";
    println!("cargo::rerun-if-changed={FOLDER}");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut names: Vec<String> = fs::read_dir(FOLDER)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".txt"))
        .collect();
    names.sort();
    let items: Vec<String> =
        names.iter().map(|name| format!("({name:?}, include_str!({:?}))", format!("{root}/{FOLDER}/{name}"))).collect();
    format!("pub static TRANSCRIPTS: &[(&str, &str)] = &[{}];\n", items.join(", "))
}

struct Roots {
    generator: SchemaGenerator,
    kinds: Vec<(&'static str, &'static str, String)>,
}

impl Roots {
    fn add<T: JsonSchema + k8s_openapi::Resource>(&mut self) {
        self.generator.subschema_for::<T>();
        self.kinds.push((T::API_VERSION, T::KIND, T::schema_name().into_owned()));
    }
}

fn kinds(roots: &mut Roots) {
    use api::core::v1 as core;
    roots.add::<core::Pod>();
    roots.add::<core::PodTemplate>();
    roots.add::<core::ReplicationController>();
    roots.add::<core::Service>();
    roots.add::<core::Endpoints>();
    roots.add::<core::ConfigMap>();
    roots.add::<core::Secret>();
    roots.add::<core::ServiceAccount>();
    roots.add::<core::PersistentVolume>();
    roots.add::<core::PersistentVolumeClaim>();
    roots.add::<core::ResourceQuota>();
    roots.add::<core::LimitRange>();
    roots.add::<core::Namespace>();
    roots.add::<core::Node>();
    roots.add::<core::Event>();
    roots.add::<core::Binding>();
    roots.add::<api::apps::v1::Deployment>();
    roots.add::<api::apps::v1::ReplicaSet>();
    roots.add::<api::apps::v1::StatefulSet>();
    roots.add::<api::apps::v1::DaemonSet>();
    roots.add::<api::apps::v1::ControllerRevision>();
    roots.add::<api::batch::v1::Job>();
    roots.add::<api::batch::v1::CronJob>();
    roots.add::<api::discovery::v1::EndpointSlice>();
    roots.add::<api::networking::v1::Ingress>();
    roots.add::<api::networking::v1::IngressClass>();
    roots.add::<api::networking::v1::NetworkPolicy>();
    roots.add::<api::rbac::v1::Role>();
    roots.add::<api::rbac::v1::RoleBinding>();
    roots.add::<api::rbac::v1::ClusterRole>();
    roots.add::<api::rbac::v1::ClusterRoleBinding>();
    roots.add::<api::storage::v1::StorageClass>();
    roots.add::<api::autoscaling::v1::HorizontalPodAutoscaler>();
    roots.add::<api::autoscaling::v1::Scale>();
    roots.add::<api::autoscaling::v2::HorizontalPodAutoscaler>();
    roots.add::<api::policy::v1::PodDisruptionBudget>();
    roots.add::<api::policy::v1::Eviction>();
    roots.add::<api::scheduling::v1::PriorityClass>();
    roots.add::<api::coordination::v1::Lease>();
    roots.add::<api::events::v1::Event>();
    roots.add::<api::authorization::v1::SelfSubjectAccessReview>();
    roots.add::<api::authorization::v1::LocalSubjectAccessReview>();
    roots.add::<api::authorization::v1::SelfSubjectRulesReview>();
    roots.add::<api::authorization::v1::SubjectAccessReview>();
    roots.add::<api::authentication::v1::SelfSubjectReview>();
    roots.add::<api::authentication::v1::TokenReview>();
    roots.add::<api::admissionregistration::v1::MutatingAdmissionPolicy>();
    roots.add::<api::admissionregistration::v1::MutatingAdmissionPolicyBinding>();
    roots.add::<api::admissionregistration::v1::MutatingWebhookConfiguration>();
    roots.add::<api::admissionregistration::v1::ValidatingAdmissionPolicy>();
    roots.add::<api::admissionregistration::v1::ValidatingAdmissionPolicyBinding>();
    roots.add::<api::admissionregistration::v1::ValidatingWebhookConfiguration>();
    roots.add::<api::certificates::v1::CertificateSigningRequest>();
    roots.add::<api::flowcontrol::v1::FlowSchema>();
    roots.add::<api::flowcontrol::v1::PriorityLevelConfiguration>();
    roots.add::<api::networking::v1::IPAddress>();
    roots.add::<api::networking::v1::ServiceCIDR>();
    roots.add::<api::node::v1::RuntimeClass>();
    roots.add::<api::resource::v1::DeviceClass>();
    roots.add::<api::resource::v1::ResourceClaim>();
    roots.add::<api::resource::v1::ResourceClaimTemplate>();
    roots.add::<api::resource::v1::ResourceSlice>();
    roots.add::<api::storage::v1::CSIDriver>();
    roots.add::<api::storage::v1::CSINode>();
    roots.add::<api::storage::v1::CSIStorageCapacity>();
    roots.add::<api::storage::v1::VolumeAttachment>();
    roots.add::<api::storage::v1::VolumeAttributesClass>();
    roots.add::<core::ComponentStatus>();
    roots.add::<k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService>();
    roots.add::<k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition>();
}

/// What names.txt says.
#[derive(Default)]
struct Names {
    /// By type and field: the words behind them.
    fields: BTreeMap<(String, String), BTreeMap<String, String>>,
    /// Values with their meaning, by name.
    lists: BTreeMap<String, Vec<(String, String)>>,
    /// By type: the fields as Go has them.
    order: BTreeMap<String, Vec<String>>,
}

impl Names {
    fn read(text: &str) -> Names {
        let mut names = Names::default();
        let mut list = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("= ") {
                list = name.to_string();
            } else if let Some(value) = line.strip_prefix('-') {
                let (value, meaning) = value.split_once('\t').unwrap_or((value, ""));
                names.lists.entry(list.clone()).or_default().push((value.trim().to_string(), meaning.to_string()));
            } else {
                let mut words = line.split(' ');
                if let (Some(kind), Some(field)) = (words.next(), words.next()) {
                    let pairs = words.filter_map(|word| word.split_once('='));
                    let pairs = pairs.map(|(key, value)| (key.to_string(), value.to_string())).collect();
                    names.fields.insert((kind.to_string(), field.to_string()), pairs);
                }
            }
        }
        names
    }

    fn places(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ').map(str::to_string);
            if let Some(name) = words.next() {
                self.order.insert(name, words.collect());
            }
        }
    }

    /// Which field of the structure it is in Go; 0 where the alphabet says it.
    fn place(&self, kind: &str, field: &str) -> usize {
        self.order.get(kind).and_then(|fields| fields.iter().position(|name| name == field)).unwrap_or(0)
    }

    fn word(&self, kind: &str, field: &str, word: &str) -> Option<&str> {
        self.fields.get(&(kind.to_string(), field.to_string()))?.get(word).map(String::as_str)
    }
}

/// Whether a definition is a value of its own and not a structure.
fn scalar(name: &str) -> Option<&'static str> {
    Some(match name.rsplit('.').next()? {
        "Quantity" => "Ty::Quantity",
        "IntOrString" => "Ty::IntOrString",
        "Time" => "Ty::Time",
        "MicroTime" => "Ty::MicroTime",
        "RawExtension"
        | "FieldsV1"
        | "JSON"
        | "JSONSchemaPropsOrArray"
        | "JSONSchemaPropsOrBool"
        | "JSONSchemaPropsOrStringArray"
        | "CustomResourceSubresourceStatus" => "Ty::Any",
        _ => return None,
    })
}

fn target(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"))?;
    reference.as_str()?.rsplit('/').next()
}

fn ty(schema: &Value, numbers: &BTreeMap<&str, usize>) -> String {
    if let Some(name) = target(schema) {
        let number = || numbers.get(name).map(|n| format!("Ty::Ref({n})"));
        return scalar(name).map(str::to_string).or_else(number).unwrap_or_else(|| "Ty::Any".to_string());
    }
    let format = schema.get("format").and_then(Value::as_str);
    match (schema.get("type").and_then(Value::as_str), format) {
        (Some("string"), Some("byte")) => "Ty::Bytes".to_string(),
        (Some("string"), _) => "Ty::Str".to_string(),
        (Some("integer"), Some("int64")) => "Ty::Int64".to_string(),
        (Some("integer"), _) => "Ty::Int32".to_string(),
        (Some("number"), _) => "Ty::Float".to_string(),
        (Some("boolean"), _) => "Ty::Bool".to_string(),
        (Some("array"), _) => format!("Ty::List(&{})", ty(&schema["items"], numbers)),
        (Some("object"), _) if schema.get("additionalProperties").is_some_and(Value::is_object) => {
            format!("Ty::Map(&{})", ty(&schema["additionalProperties"], numbers))
        }
        _ => "Ty::Any".to_string(),
    }
}

fn structure(definitions: &BTreeMap<String, Value>, kinds: &[(&str, &str, String)], names: &Names) -> String {
    let structures: Vec<&String> = definitions.keys().filter(|name| scalar(name).is_none()).collect();
    let numbers: BTreeMap<&str, usize> = structures.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let lists: Vec<&String> = used_lists(definitions, names).into_iter().collect();
    let list_numbers: BTreeMap<&str, usize> =
        lists.iter().enumerate().map(|(i, name)| (name.as_str(), i + 1)).collect();
    let mut out = String::from("pub(super) static TYPES: &[Type] = &[\n");
    for name in &structures {
        let definition = &definitions[*name];
        let atomic = names.word(name, ".", "own") == Some("atomic");
        let _ = writeln!(out, "Type {{ name: {name:?}, atomic: {atomic}, fields: &[");
        for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
            // k8s-openapi wants metadata of every kind; the server does not
            let required = field != "metadata"
                && definition["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field));
            let word = |word| names.word(name, field, word).unwrap_or("");
            let list =
                [word("enum"), word("values")].iter().find_map(|name| list_numbers.get(name)).copied().unwrap_or(0);
            let _ = writeln!(
                out,
                "Field {{ name: {field:?}, ty: {}, required: {required}, go: {:?}, patch: {:?}, key: {:?}, own: {:?}, list: {list}, place: {}, documented: {} }},",
                ty(schema, &numbers),
                word("go"),
                word("patch"),
                word("key"),
                word("own"),
                names.place(name, field),
                !word("enum").is_empty(),
            );
        }
        out.push_str("] },\n");
    }
    out.push_str("];\npub(super) static KINDS: &[(&str, &str, u16)] = &[\n");
    for (version, kind, name) in kinds {
        let _ = writeln!(out, "({version:?}, {kind:?}, {}),", numbers[name.as_str()]);
    }
    out.push_str("];\npub(super) static LISTS: &[(&str, &[&str])] = &[(\"\", &[]),\n");
    for name in lists {
        let values: Vec<&String> = names.lists[name].iter().map(|(value, _)| value).collect();
        let _ = writeln!(out, "({name:?}, &{values:?}),");
    }
    out.push_str("];\n");
    out
}

/// The value lists of the fields that are in the schema.
fn used_lists<'a>(definitions: &BTreeMap<String, Value>, names: &'a Names) -> BTreeSet<&'a String> {
    let mut used = BTreeSet::new();
    for ((kind, field), words) in &names.fields {
        let known = definitions.get(kind).is_some_and(|definition| definition["properties"].get(field).is_some());
        for word in ["enum", "values"] {
            if let Some((name, _)) = words.get(word).and_then(|list| names.lists.get_key_value(list)).filter(|_| known)
            {
                used.insert(name);
            }
        }
    }
    used
}

/// `@TYPE<tab>text`, `.field<tab>text`, and for value lists `=NAME`, `-value<tab>text`; line ends are written as `\n`.
fn docs(definitions: &BTreeMap<String, Value>, names: &Names) -> String {
    let text = |schema: &Value| {
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        text.replace('\\', "\\\\").replace('\n', "\\n")
    };
    let mut out = String::new();
    for (name, definition) in definitions {
        let _ = writeln!(out, "@{name}\t{}", text(definition));
        for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
            let _ = writeln!(out, ".{field}\t{}", text(schema));
        }
    }
    for name in used_lists(definitions, names) {
        let documented = names.fields.values().any(|words| words.get("enum") == Some(name));
        if documented {
            let _ = writeln!(out, "={name}");
            for (value, meaning) in &names.lists[name] {
                let _ = writeln!(out, "-{value}\t{meaning}");
            }
        }
    }
    out
}
