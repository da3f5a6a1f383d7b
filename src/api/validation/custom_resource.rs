//! CustomResourceDefinitions: names, group, versions, columns, subresources. Their schemas are `custom_schema`'s.
//!
//! Models: `apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go`.
//! Left out: the details of a conversion webhook's URL and certificate, approval of groups of the project itself.

use super::{custom_schema, one_of, quoted, text};
use crate::api::custom::{Schema, definition};
use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use crate::base::yaml::to_json;
use serde_json::{Map, Value};

const COLUMN_TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: &[&str] = &["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// Checks a definition.
pub fn definition(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let tree = new.to_value();
    let spec = &tree["spec"];
    let (plural, group) = (word(&spec["names"], "plural"), word(spec, "group"));
    if old.is_none() && new.name() != format!("{plural}.{group}") {
        errors.invalid("metadata.name", quoted(new.name()), "must be spec.names.plural+\".\"+spec.group");
    }
    self::spec(spec, errors);
    if let Some(old) = old {
        changes(spec, &old.to_value()["spec"], definition::is_true(old, "Established"), errors);
    }
    stored(&tree, errors);
    if spec["preserveUnknownFields"] == true {
        let words =
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.invalid("spec.preserveUnknownFields", true, words);
    }
}

fn spec(spec: &Value, errors: &mut FieldErrors) {
    let group = word(spec, "group");
    let problems = text::subdomain(group);
    if group.is_empty() {
        errors.required("spec.group", "");
    } else if !problems.is_empty() {
        errors.invalid("spec.group", quoted(group), &problems.join(","));
    } else if !group.contains('.') {
        errors.invalid("spec.group", quoted(group), "should be a domain with at least one dot");
    }
    match word(spec, "scope") {
        "" => errors.required("spec.scope", ""),
        scope => one_of(errors, "spec.scope", scope, &["Cluster", "Namespaced"]),
    }
    let versions = spec["versions"].as_array().cloned().unwrap_or_default();
    for (n, version) in versions.iter().enumerate() {
        if version.pointer("/schema/openAPIV3Schema").is_none() {
            errors.required(format!("spec.versions[{n}].schema.openAPIV3Schema"), "");
        }
    }
    let (shared, versions) = hoist(versions);
    for (n, one) in versions.iter().enumerate() {
        version(one, &format!("spec.versions[{n}]"), errors);
    }
    let shown = || internal(&versions);
    let mut names: Vec<&str> = versions.iter().map(|version| word(version, "name")).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        errors.invalid("spec.versions", shown(), "must contain unique version names");
    }
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        errors.invalid("spec.versions", shown(), "must have exactly one version marked as storage version");
    }
    if let Some(first) = versions.first() {
        let problems = text::dns1035(word(first, "name"));
        if !problems.is_empty() {
            errors.invalid("spec.version", quoted(word(first, "name")), &problems.join(","));
        }
    }
    for name in ["plural", "singular", "kind", "listKind"] {
        if word(&spec["names"], name).is_empty() {
            errors.required(format!("spec.names.{name}"), "");
        }
    }
    self::names(&spec["names"], errors);
    parts(&shared, "spec", "validation", errors);
    conversion(&spec["conversion"], errors);
}

/// What all versions have alike stands once above them in the server's own form, and errors name it there.
fn hoist(mut versions: Vec<Value>) -> (Value, Vec<Value>) {
    let mut shared = Map::new();
    for name in ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] {
        let Some(first) = versions.first().map(|version| version[name].clone()) else { break };
        if !first.is_null() && versions.iter().all(|version| version[name] == first) {
            shared.insert(name.into(), first);
            for version in versions.iter_mut().filter_map(Value::as_object_mut) {
                version.remove(name);
            }
        }
    }
    (Value::Object(shared), versions)
}

/// A list of versions as the server's own form of it reads in JSON.
fn internal(versions: &[Value]) -> String {
    let one = |version: &Value| {
        let flag = |name: &str| version[name] == true;
        let given = |name: &str| version.get(name).cloned().unwrap_or(Value::Null);
        let schema = match version.pointer("/schema/openAPIV3Schema") {
            Some(schema) => format!("{{\"OpenAPIV3Schema\":{}}}", custom_schema::internal(schema)),
            None => "null".into(),
        };
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\"Schema\":{schema},\"Subresources\":{},\"AdditionalPrinterColumns\":{},\"SelectableFields\":{}}}",
            quoted(word(version, "name")),
            flag("served"),
            flag("storage"),
            flag("deprecated"),
            given("deprecationWarning"),
            subresources_shown(&given("subresources")),
            columns_shown(&given("additionalPrinterColumns")),
            fields_shown(&given("selectableFields")),
        )
    };
    format!("[{}]", versions.iter().map(one).collect::<Vec<_>>().join(","))
}

fn subresources_shown(value: &Value) -> String {
    if value.is_null() {
        return "null".into();
    }
    let status = value.get("status").map_or("null".to_string(), |_| "{}".into());
    let scale = value.get("scale").map_or("null".to_string(), |scale| {
        format!(
            "{{\"SpecReplicasPath\":{},\"StatusReplicasPath\":{},\"LabelSelectorPath\":{}}}",
            quoted(word(scale, "specReplicasPath")),
            quoted(word(scale, "statusReplicasPath")),
            to_json(&scale.get("labelSelectorPath").cloned().unwrap_or(Value::Null)),
        )
    });
    format!("{{\"Status\":{status},\"Scale\":{scale}}}")
}

fn fields_shown(value: &Value) -> String {
    let Some(fields) = value.as_array() else { return "null".into() };
    let one = |field: &Value| format!("{{\"JSONPath\":{}}}", quoted(word(field, "jsonPath")));
    format!("[{}]", fields.iter().map(one).collect::<Vec<_>>().join(","))
}

fn columns_shown(value: &Value) -> String {
    let Some(columns) = value.as_array() else { return "null".into() };
    let one = |column: &Value| {
        format!(
            "{{\"Name\":{},\"Type\":{},\"Format\":{},\"Description\":{},\"Priority\":{},\"JSONPath\":{}}}",
            quoted(word(column, "name")),
            quoted(word(column, "type")),
            quoted(word(column, "format")),
            quoted(word(column, "description")),
            column.get("priority").and_then(Value::as_i64).unwrap_or(0),
            quoted(word(column, "jsonPath")),
        )
    };
    format!("[{}]", columns.iter().map(one).collect::<Vec<_>>().join(","))
}

fn version(version: &Value, path: &str, errors: &mut FieldErrors) {
    let name = word(version, "name");
    let problems = text::dns1035(name);
    if !problems.is_empty() {
        errors.invalid(format!("{path}.name"), quoted(name), &problems.join(","));
    }
    deprecation(version, &format!("{path}.deprecationWarning"), errors);
    parts(version, path, "schema", errors);
}

/// Schema, subresources, columns and fields, of a version or of all.
fn parts(version: &Value, path: &str, title: &str, errors: &mut FieldErrors) {
    let with_status = version.pointer("/subresources/status").is_some();
    let schema = version.pointer("/schema/openAPIV3Schema");
    if let Some(schema) = schema {
        custom_schema::root(schema, with_status, &format!("{path}.{title}.openAPIV3Schema"), errors);
    }
    if let Some(scale) = version.pointer("/subresources/scale") {
        self::scale(scale, &format!("{path}.subresources.scale"), errors);
    }
    let columns = version["additionalPrinterColumns"].as_array();
    for (n, one) in columns.into_iter().flatten().enumerate() {
        column(one, &format!("{path}.additionalPrinterColumns[{n}]"), errors);
    }
    let fields = version["selectableFields"].as_array().filter(|fields| !fields.is_empty());
    if let Some(fields) = fields {
        selectable(fields, &schema.map(Schema::of).unwrap_or_default(), &format!("{path}.selectableFields"), errors);
    }
}

fn deprecation(version: &Value, path: &str, errors: &mut FieldErrors) {
    let Some(words) = version["deprecationWarning"].as_str() else { return };
    let mut complain = |detail: &str| errors.invalid(path, quoted(words), detail);
    if version["deprecated"] != true {
        return complain("can only be set for deprecated versions");
    }
    if words.len() > 256 {
        complain("must be <= 256 characters long");
    }
    if words.is_empty() {
        complain("must not be an empty string");
    }
    if let Some((at, _)) = words.char_indices().find(|(_, c)| c.is_control()) {
        let detail =
            format!("must only contain printable UTF-8 characters; non-printable character found at index {at}");
        complain(&detail);
    }
}

/// What is wrong with a path such as `.spec.replicas`.
fn simple_path(path: &str) -> Option<&'static str> {
    (!path.starts_with('.')).then_some("must be a simple json path starting with .")
}

fn column(column: &Value, path: &str, errors: &mut FieldErrors) {
    if word(column, "name").is_empty() {
        errors.required(format!("{path}.name"), "");
    }
    let types = format!("must be one of {}", COLUMN_TYPES.join(","));
    match word(column, "type") {
        "" => errors.required(format!("{path}.type"), &types),
        ty if !COLUMN_TYPES.contains(&ty) => errors.invalid(format!("{path}.type"), quoted(ty), &types),
        _ => {}
    }
    let format = word(column, "format");
    if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
        let words = format!("must be one of {}", COLUMN_FORMATS.join(","));
        errors.invalid(format!("{path}.format"), quoted(format), &words);
    }
    let json_path = word(column, "jsonPath");
    if json_path.is_empty() {
        errors.required(format!("{path}.JSONPath"), "");
    } else if let Some(words) = simple_path(json_path) {
        errors.invalid(format!("{path}.JSONPath"), quoted(json_path), words);
    }
}

fn scale(scale: &Value, path: &str, errors: &mut FieldErrors) {
    let checks = [
        ("specReplicasPath", vec![".spec."], "should be a json path under .spec", true),
        ("statusReplicasPath", vec![".status."], "should be a json path under .status", true),
        ("labelSelectorPath", vec![".spec.", ".status."], "should be a json path under either .spec or .status", false),
    ];
    for (name, starts, words, required) in checks {
        let value = word(scale, name);
        let here = format!("{path}.{name}");
        if value.is_empty() {
            if required {
                errors.required(here, "");
            }
        } else if let Some(words) = simple_path(value) {
            errors.invalid(here, quoted(value), words);
        } else if !starts.iter().any(|start| value.starts_with(start)) {
            errors.invalid(here, quoted(value), words);
        }
    }
}

fn selectable(fields: &[Value], schema: &Schema, path: &str, errors: &mut FieldErrors) {
    let mut seen: Vec<&str> = vec![];
    for (n, field) in fields.iter().enumerate() {
        let json_path = word(field, "jsonPath");
        let here = format!("{path}[{n}].jsonPath");
        if json_path.is_empty() {
            errors.required(here, "");
            continue;
        }
        let steps: Vec<&str> = json_path.trim_start_matches('.').split('.').collect();
        let found = steps.iter().try_fold(schema, |at, step| at.child(step));
        let Some(found) = found.filter(|_| json_path.starts_with('.')) else {
            let words = match json_path.starts_with('.') {
                true => "is an invalid path: does not refer to a valid field".to_string(),
                false => format!("is an invalid path: expected [ or . but got: {}", steps[0]),
            };
            errors.invalid(here, quoted(json_path), &words);
            continue;
        };
        if steps[0] == "metadata" {
            errors.invalid(here.clone(), quoted(json_path), "must not point to fields in metadata");
        }
        if !["string", "boolean", "integer"].contains(&found.ty.as_str()) {
            let words = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.invalid(here.clone(), quoted(json_path), words);
        }
        if seen.contains(&json_path) {
            errors.duplicate(here, quoted(json_path));
        } else {
            seen.push(json_path);
        }
    }
    if seen.len() > 8 {
        errors.told(path, &format!("Too many: {}", seen.len()), "must have at most 8 items");
    }
}

fn names(names: &Value, errors: &mut FieldErrors) {
    let text = |name: &str| word(names, name).to_string();
    for name in ["plural", "singular"] {
        let value = text(name);
        let problems = text::dns1035(&value);
        if !value.is_empty() && !problems.is_empty() {
            errors.invalid(format!("spec.names.{name}"), quoted(&value), &problems.join(","));
        }
    }
    for name in ["kind", "listKind"] {
        let value = text(name);
        let problems = text::dns1035(&value.to_lowercase());
        if !value.is_empty() && !problems.is_empty() {
            let words = format!("may have mixed case, but should otherwise match: {}", problems.join(","));
            errors.invalid(format!("spec.names.{name}"), quoted(&value), &words);
        }
    }
    let mut list = |name: &str| {
        for (n, value) in names[name].as_array().into_iter().flatten().enumerate() {
            let value = value.as_str().unwrap_or("");
            let problems = text::dns1035(value);
            if !problems.is_empty() {
                errors.invalid(format!("spec.names.{name}[{n}]"), quoted(value), &problems.join(","));
            }
        }
    };
    list("shortNames");
    list("categories");
    if !text("kind").is_empty() && text("kind") == text("listKind") {
        errors.invalid("spec.names.listKind", quoted(&text("listKind")), "kind and listKind may not be the same");
    }
}

fn conversion(conversion: &Value, errors: &mut FieldErrors) {
    let Some(map) = conversion.as_object() else { return };
    let webhook = map.get("webhook");
    match word(conversion, "strategy") {
        "" => errors.required("spec.conversion.strategy", ""),
        strategy => one_of(errors, "spec.conversion.strategy", strategy, &["None", "Webhook"]),
    }
    if word(conversion, "strategy") != "Webhook" {
        if webhook.is_some_and(|webhook| webhook.get("clientConfig").is_some()) {
            let words = "should not be set when strategy is not set to Webhook";
            errors.forbidden("spec.conversion.webhookClientConfig", words);
        }
        return;
    }
    let client = webhook.and_then(|webhook| webhook.get("clientConfig"));
    match client {
        None => errors.required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook"),
        Some(client) if client.get("url").is_some() == client.get("service").is_some() => {
            errors.required("spec.conversion.webhookClientConfig", "exactly one of url or service is required");
        }
        Some(_) => {}
    }
    let versions = webhook.and_then(|w| w.get("conversionReviewVersions")).and_then(Value::as_array);
    let versions = versions.cloned().unwrap_or_default();
    let path = "spec.conversion.conversionReviewVersions";
    if versions.is_empty() {
        errors.required(path, "");
    } else if !versions.iter().any(|v| *v == "v1" || *v == "v1beta1") {
        errors.invalid(path, to_json(&Value::Array(versions)), "must include at least one of v1, v1beta1");
    }
}

/// What may not change once it is there.
fn changes(new: &Value, old: &Value, established: bool, errors: &mut FieldErrors) {
    let mut same = |path: &str, pointer: &str| {
        let none = Value::Null;
        let (new, old) = (new.pointer(pointer).unwrap_or(&none), old.pointer(pointer).unwrap_or(&none));
        if new != old {
            errors.invalid(path, to_json(new), "field is immutable");
        }
    };
    if established {
        same("spec.scope", "/scope");
        same("spec.names.kind", "/names/kind");
    }
    same("spec.group", "/group");
    same("spec.names.plural", "/names/plural");
}

fn stored(tree: &Value, errors: &mut FieldErrors) {
    let path = "status.storedVersions";
    let list = tree.pointer("/status/storedVersions").and_then(Value::as_array).cloned().unwrap_or_default();
    if list.is_empty() {
        return errors.invalid(path, "null", "must have at least one stored version");
    }
    let none = vec![];
    let versions = tree.pointer("/spec/versions").and_then(Value::as_array).unwrap_or(&none);
    for (n, name) in list.iter().enumerate() {
        if !versions.iter().any(|version| version["name"] == *name) {
            let name = name.as_str().unwrap_or("");
            let words = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            errors.invalid(format!("{path}[{n}]"), quoted(name), &words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds;
    use serde_json::json;

    fn told(tree: Value) -> Vec<String> {
        let kind = kinds::of("apiextensions.k8s.io/v1", "CustomResourceDefinition").expect("it is there");
        let mut object = Object::from_value(kind, tree).expect("it reads");
        kind.defaults(&mut object);
        kind.prepare(&mut object, None);
        let mut errors = FieldErrors::default();
        definition(&object, None, &mut errors);
        errors.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_definition_that_fits_has_no_errors_and_a_bad_one_has_all() {
        let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}});
        let good = json!({"metadata": {"name": "crontabs.stable.example.com"}, "spec": {"group": "stable.example.com",
            "scope": "Namespaced", "names": {"plural": "crontabs", "kind": "CronTab"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}]}});
        assert_eq!(told(good.clone()), Vec::<String>::new());
        let mut bad = good;
        bad["metadata"]["name"] = "crontab.stable.example.com".into();
        bad["spec"]["group"] = "stable".into();
        bad["spec"]["scope"] = "Everywhere".into();
        bad["spec"]["names"]["kind"] = "Cron Tab".into();
        let errors = told(bad);
        assert_eq!(
            errors[..3],
            [
                "metadata.name: Invalid value: \"crontab.stable.example.com\": must be spec.names.plural+\".\"+spec.group",
                "spec.group: Invalid value: \"stable\": should be a domain with at least one dot",
                "spec.scope: Unsupported value: \"Everywhere\": supported values: \"Cluster\", \"Namespaced\"",
            ]
        );
        assert!(
            errors[3].starts_with("spec.names.singular: Invalid value: \"cron tab\": a DNS-1035 label"),
            "{errors:?}"
        );
    }
}
