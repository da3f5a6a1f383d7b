//! What the schema finds in manifests that a learner may write.

use super::misfit::{unknown_fields, wrong_metadata, wrong_type};
use super::*;
use crate::base::yaml::documents;
use serde_json::Value;

fn read(text: &str) -> Value {
    documents(text).remove(0).result.unwrap().value
}

fn both(text: &str) -> (Vec<String>, Option<String>) {
    let value = read(text);
    let (version, kind) = (value["apiVersion"].as_str().unwrap(), value["kind"].as_str().unwrap());
    (unknown_fields(version, kind, &value), wrong_type(version, kind, &value))
}

#[test]
fn unknown_fields_are_told_in_the_order_of_their_keys() {
    let (unknown, wrong) = both(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c}\nspec:\n  replica: 3\n  template:\n    metadata: {label: {app: c}}\n    spec:\n      containers: [{name: c, imagePullpolicy: Always}]\n",
    );
    assert_eq!(wrong, None);
    assert_eq!(
        unknown,
        [
            "unknown field \"spec.replica\"",
            "unknown field \"spec.template.metadata.label\"",
            "unknown field \"spec.template.spec.containers[0].imagePullpolicy\""
        ]
    );
}

#[test]
fn wrong_types_are_told_in_gos_words() {
    let pod = |spec: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n");
    for (text, want) in [
        (
            pod("{containers: {name: c}}"),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            pod("{containers: [{env: {A: b}}]}"),
            "json: cannot unmarshal object into Go struct field Container.spec.containers.env of type []v1.EnvVar",
        ),
        (
            pod("{containers: [{env: [{name: A, value: 1}]}]}"),
            "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
        ),
        (
            pod("{containers: [{imagePullPolicy: 5}]}"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ),
        (
            pod("{containers: [{ports: [{containerPort: 80.5}]}]}"),
            "json: cannot unmarshal number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            pod("{containers: [{args: [1]}]}"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string",
        ),
        (pod("web"), "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"),
        (
            pod("{containers: [{resources: {requests: {memory: 1Gb}}}]}"),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata: {port: 8080, on: true}\n".into(),
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        ("apiVersion: v1\nkind: Secret\ndata: {password: not-base64!}\n".into(), "illegal base64 data at input byte 3"),
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: three}\n".into(),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
    ] {
        assert_eq!(both(&text).1.as_deref(), Some(want), "for {text}");
    }
    let value = read("metadata: {name: n, labels: {version: 1.2}}");
    assert_eq!(
        wrong_metadata(&value).as_deref(),
        Some("json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string")
    );
    let value = read("metadata: name web");
    assert_eq!(
        wrong_metadata(&value).as_deref(),
        Some("json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta")
    );
}

#[test]
fn every_field_is_known_by_its_binary_search() {
    for ty in TYPES {
        for field in ty.fields {
            assert!(ty.field(field.name).is_some(), "{}.{}", ty.name, field.name);
        }
    }
    assert_eq!(lookup("v1", "Pod", &["spec", "containers", "ports"]).map(|f| f.key), Some("containerPort"));
    assert_eq!(lookup("v1", "Service", &["spec", "type"]).map(|f| f.values().len()), Some(4));
}

#[test]
fn explanations_look_like_kubectls() {
    let docs = Docs::built_in();
    let text = explain("v1", "Pod", &["spec", "restartPolicy"], explain::Depth::default(), &docs).unwrap();
    assert!(text.starts_with("KIND:       Pod\nVERSION:    v1\n\nFIELD: restartPolicy <string>\nENUM:\n    Always\n    Never\n    OnFailure\n\nDESCRIPTION:\n    Restart policy for all"), "{text}");
    let text = explain("v1", "ServicePort", &[], explain::Depth::default(), &docs);
    assert!(text.is_err());
    let text = explain("v1", "Pod", &["spec", "nope"], explain::Depth::default(), &docs);
    assert_eq!(text, Err("field \"nope\" does not exist".into()));
    let deep = explain("apps/v1", "Deployment", &["spec"], explain::Depth { recursive: true, max: 2 }, &docs).unwrap();
    assert!(deep.contains("  strategy\t<DeploymentStrategy>\n    rollingUpdate\t<RollingUpdateDeployment>\n    type\t<string>\n    enum: Recreate, RollingUpdate\n"), "{deep}");
}
