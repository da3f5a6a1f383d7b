//! A directory with a kustomization: its file is read and checked, then resources are gathered and transformed.
//!
//! Models: `kustomize/api/internal/target/kusttarget.go`, `api/types/kustomization.go`.
//! Left out: helm charts, generator and transformer plugins, `vars`, `openapi`, `crds`, `buildMetadata`.

use super::files::Files;
use super::res::{Res, append};
use super::{generate, patch, refs, replacements, transform};
use crate::base::yaml;
use serde_json::{Value, json};

/// Fields of a kustomization, and the Go type of each.
static FIELDS: &[(&str, &str)] = &[
    ("apiVersion", "string"),
    ("kind", "string"),
    ("metadata", "types.ObjectMeta"),
    ("openapi", "map[string]string"),
    ("namePrefix", "string"),
    ("nameSuffix", "string"),
    ("namespace", "string"),
    ("commonLabels", "map[string]string"),
    ("labels", "[]types.Label"),
    ("commonAnnotations", "map[string]string"),
    ("patchesStrategicMerge", "[]types.PatchStrategicMerge"),
    ("patchesJson6902", "[]types.Patch"),
    ("patches", "[]types.Patch"),
    ("images", "[]types.Image"),
    ("imageTags", "[]types.Image"),
    ("replacements", "[]types.ReplacementField"),
    ("replicas", "[]types.Replica"),
    ("vars", "[]types.Var"),
    ("sortOptions", "types.SortOptions"),
    ("resources", "[]string"),
    ("components", "[]string"),
    ("crds", "[]string"),
    ("bases", "[]string"),
    ("configMapGenerator", "[]types.ConfigMapArgs"),
    ("secretGenerator", "[]types.SecretArgs"),
    ("helmGlobals", "types.HelmGlobals"),
    ("helmCharts", "[]types.HelmChart"),
    ("helmChartInflationGenerator", "[]types.HelmChartArgs"),
    ("generatorOptions", "types.GeneratorOptions"),
    ("configurations", "[]string"),
    ("generators", "[]string"),
    ("transformers", "[]string"),
    ("validators", "[]string"),
    ("buildMetadata", "[]string"),
];

static OLD: &[(&str, &str)] = &[
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
];

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Bases of bases deeper than this are refused.
const DEPTH: usize = 32;

/// A kustomization that has been read.
pub struct Target {
    pub spec: Value,
}

fn list<'v>(spec: &'v Value, field: &str) -> &'v [Value] {
    spec.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(spec: &Value, field: &str) -> Vec<String> {
    list(spec, field).iter().filter_map(Value::as_str).map(str::to_string).collect()
}

fn text<'v>(spec: &'v Value, field: &str) -> &'v str {
    spec.get(field).and_then(Value::as_str).unwrap_or("")
}

impl Target {
    /// Reads the kustomization of a directory.
    ///
    /// # Errors
    /// There is none, or it is not well formed.
    pub fn load(files: &mut Files<'_, '_>) -> Result<Target, String> {
        let root = files.root.clone();
        let found: Vec<String> = NAMES.iter().filter_map(|name| files.read(name).ok()).collect();
        let body = match found.as_slice() {
            [one] => one.clone(),
            [] => {
                return Err(format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{root}'"
                ));
            }
            _ => return Err(format!("Found multiple kustomization files under: {root}\n")),
        };
        let document = yaml::documents(&body).into_iter().next();
        let mut spec = match document.map(|document| document.result) {
            None => Value::Null,
            Some(Ok(parsed)) => parsed.value,
            Some(Err(error)) => return Err(format!("invalid Kustomization: {error}")),
        };
        check(&spec)?;
        for (old, new) in OLD {
            if spec.get(old).is_some_and(|value| !value.is_null()) {
                files.cx.err(format_args!(
                    "# Warning: '{old}' is deprecated. Please use '{new}' instead. Run 'kustomize edit fix' to update your Kustomization automatically."
                ));
            }
        }
        if spec.get("vars").is_some() {
            files.cx.err("# Warning: 'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] Run 'kustomize edit fix' to update your Kustomization automatically.");
        }
        if !spec.as_object().is_some_and(|map| map.keys().any(|key| key != "kind" && key != "apiVersion")) {
            return Err("kustomization.yaml is empty".into());
        }
        for (old, new) in [("bases", "resources"), ("imageTags", "images")] {
            let mut both = list(&spec, new).to_vec();
            both.extend(list(&spec, old).iter().cloned());
            spec[new] = Value::Array(both);
        }
        let kind = if text(&spec, "kind").is_empty() { "Kustomization" } else { text(&spec, "kind") }.to_string();
        let version = if kind == "Component" { "v1alpha1" } else { "v1beta1" };
        let version = format!("kustomize.config.k8s.io/{version}");
        let mut wrong = vec![];
        if kind != "Kustomization" && kind != "Component" {
            wrong.push("kind should be Kustomization or Component".to_string());
        }
        if !text(&spec, "apiVersion").is_empty() && text(&spec, "apiVersion") != version {
            wrong.push(format!("apiVersion for {kind} should be {version}"));
        }
        if !wrong.is_empty() {
            return Err(format!("Failed to read kustomization file under {root}:\n{}", wrong.join("\n")));
        }
        spec["kind"] = kind.into();
        Ok(Target { spec })
    }

    /// Everything that it stands for, references not yet fixed.
    ///
    /// # Errors
    /// kustomize's words.
    pub fn accumulate(&self, mut all: Vec<Res>, files: &mut Files<'_, '_>) -> Result<Vec<Res>, String> {
        let spec = &self.spec;
        for path in texts(spec, "resources") {
            resource(&mut all, &path, files).map_err(|why| format!("accumulating resources: {why}"))?;
        }
        let options = spec.get("generatorOptions").cloned().unwrap_or_default();
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in list(spec, field) {
                generate::run(&mut all, kind, entry, &options, files)?;
            }
        }
        for path in texts(spec, "components") {
            let wrong = |why: String| format!("accumulating components: {why}");
            let root = files.directory(&path).map_err(|why| wrong(format!("loader.New {why:?}")))?;
            all = directory(all, &root, true, files).map_err(|why| wrong(format!("accumulateDirectory: {why:?}")))?;
        }
        self.transform(&mut all, files)?;
        Ok(all)
    }

    fn transform(&self, all: &mut Vec<Res>, files: &mut Files<'_, '_>) -> Result<(), String> {
        let spec = &self.spec;
        let mut merges = vec![];
        for entry in texts(spec, "patchesStrategicMerge") {
            let body = match files.read(&entry) {
                Ok(body) => body,
                Err(_) if entry.contains('\n') => entry,
                Err(why) => return Err(why),
            };
            for document in yaml::documents(&body) {
                let value = document.result.map_err(|error| error.to_string())?.value;
                if !value.is_null() {
                    merges.push(value);
                }
            }
        }
        patch::strategic(all, merges, false)?;
        for entry in list(spec, "patches") {
            patch::apply(all, entry, files)?;
        }
        if !text(spec, "namespace").is_empty() {
            transform::namespace(all, text(spec, "namespace"))?;
        }
        transform::affixes(all, text(spec, "namePrefix"), text(spec, "nameSuffix"));
        list(spec, "labels").iter().for_each(|entry| transform::labels(all, entry));
        if let Some(pairs) = spec.get("commonLabels").filter(|pairs| pairs.is_object()) {
            transform::labels(all, &json!({"pairs": pairs, "includeSelectors": true}));
        }
        if let Some(notes) = spec.get("commonAnnotations").and_then(Value::as_object) {
            transform::annotations(all, notes);
        }
        for entry in list(spec, "patchesJson6902") {
            patch::apply(all, entry, files)?;
        }
        for entry in list(spec, "replicas") {
            transform::replicas(all, entry)?;
        }
        list(spec, "images").iter().for_each(|entry| transform::images(all, entry));
        for entry in list(spec, "replacements") {
            let inner;
            let entries = match entry.get("path").and_then(Value::as_str) {
                None => std::slice::from_ref(entry),
                Some(path) => {
                    let body = files.read(path)?;
                    let parsed = yaml::documents(&body).into_iter().next().and_then(|d| d.result.ok());
                    inner = match parsed.map(|parsed| parsed.value) {
                        Some(Value::Array(items)) => items,
                        Some(one) => vec![one],
                        None => vec![],
                    };
                    inner.as_slice()
                }
            };
            for entry in entries {
                replacements::apply(all, entry)?;
            }
        }
        Ok(())
    }

    /// The whole build: resources, hashes, references; local ones dropped.
    ///
    /// # Errors
    /// kustomize's words.
    pub fn build(&self, files: &mut Files<'_, '_>) -> Result<Vec<Res>, String> {
        let mut all = self.accumulate(vec![], files)?;
        for res in all.iter_mut().filter(|res| res.hash) {
            let name = format!("{}-{}", res.name(), generate::hash(&res.tree));
            res.remember();
            res.set_name(name);
        }
        refs::fix(&mut all)?;
        all.retain(|res| {
            let local = res.map("/metadata/annotations").and_then(|map| map.get("config.kubernetes.io/local-config"));
            local.is_none_or(|value| value == "false")
        });
        Ok(all)
    }
}

fn check(spec: &Value) -> Result<(), String> {
    let Some(map) = spec.as_object() else {
        return if spec.is_null() {
            Ok(())
        } else {
            Err(format!(
                "invalid Kustomization: json: cannot unmarshal {} into Go value of type types.Kustomization",
                json_type(spec)
            ))
        };
    };
    for (key, value) in map {
        let Some((name, form)) = FIELDS.iter().find(|(name, _)| name == key) else {
            return Err(format!("invalid Kustomization: json: unknown field {key:?}"));
        };
        let fits = match value {
            Value::Null => true,
            Value::String(_) => *form == "string",
            Value::Array(items) => {
                if let Some(item) =
                    items.iter().find(|item| *form == "[]string" && !item.is_string() && !item.is_null())
                {
                    return Err(wrong_type(item, name, "string"));
                }
                form.starts_with("[]")
            }
            Value::Object(entries) => {
                if let Some(entry) =
                    entries.values().find(|e| *form == "map[string]string" && !e.is_string() && !e.is_null())
                {
                    return Err(wrong_type(entry, name, "string"));
                }
                !form.starts_with("[]") && *form != "string"
            }
            _ => false,
        };
        if !fits {
            return Err(wrong_type(value, name, form));
        }
    }
    Ok(())
}

fn wrong_type(value: &Value, field: &str, form: &str) -> String {
    format!(
        "invalid Kustomization: json: cannot unmarshal {} into Go struct field Kustomization.{field} of type {form}",
        json_type(value)
    )
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    }
}

fn resource(all: &mut Vec<Res>, path: &str, files: &mut Files<'_, '_>) -> Result<(), String> {
    let Err(why) = file(all, path, files) else { return Ok(()) };
    let base = match files.directory(path) {
        Ok(base) => base,
        Err(_) if why.contains("MalformedYAMLError") => return Err(why),
        Err(other) => return Err(format!("accumulation err='{why}': {other}")),
    };
    let wrong = |other: String| format!("accumulation err='{why}': {other}");
    let children = directory(vec![], &base, false, files).map_err(wrong)?;
    for child in children {
        append(all, child).map_err(|other| wrong(format!("recursed merging from path '{base}': {other}")))?;
    }
    Ok(())
}

/// A file's documents, lists taken apart.
fn file(all: &mut Vec<Res>, path: &str, files: &mut Files<'_, '_>) -> Result<(), String> {
    let wrong = |why: String| format!("accumulating resources from '{path}': {why}");
    let body = files.read(path).map_err(wrong)?;
    let mut trees = vec![];
    for document in yaml::documents(&body) {
        match document.result {
            Ok(parsed) if parsed.value.is_null() => {}
            Ok(parsed) => trees.push(parsed.value),
            Err(error) => {
                let error = error.to_string();
                let bare = error.strip_prefix("error converting YAML to JSON: ").unwrap_or(&error);
                return Err(wrong(format!("MalformedYAMLError: {bare} in File: {path}")));
            }
        }
    }
    let mut fresh = vec![];
    let mut at = 0;
    while at < trees.len() {
        let tree = trees[at].clone();
        at += 1;
        let kind = text(&tree, "kind").to_string();
        let name = tree.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("");
        if kind.ends_with("List")
            && let Some(Value::Array(items)) = tree.get("items")
        {
            trees.extend(items.iter().cloned());
            continue;
        }
        let shown = format!(
            "{{{{{} {kind}}} {{{{{name} {}}} map[] map[]}}}}",
            text(&tree, "apiVersion"),
            tree.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("")
        );
        if kind.is_empty() {
            return Err(wrong(format!("missing kind in object {shown}")));
        }
        if name.is_empty() {
            return Err(wrong(format!("missing metadata.name in object {shown}")));
        }
        append(&mut fresh, Res::new(tree)).map_err(wrong)?;
    }
    for res in fresh {
        append(all, res).map_err(|why| format!("merging resources from '{path}': {why}"))?;
    }
    Ok(())
}

/// A directory below: a base of its own, or a component that works on what is there.
fn directory(all: Vec<Res>, root: &str, component: bool, files: &mut Files<'_, '_>) -> Result<Vec<Res>, String> {
    let mut above = files.above.clone();
    above.push(files.root.clone());
    if above.len() > DEPTH {
        return Err("bases are nested too deeply".into());
    }
    let mut inner = Files { cx: &mut *files.cx, root: root.to_string(), above };
    let target = Target::load(&mut inner).map_err(|why| format!("couldn't make target for path '{root}': {why}"))?;
    let kind = text(&target.spec, "kind");
    if component && kind != "Component" {
        return Err(format!("expected kind 'Component' for path '{root}' but got '{kind}'"));
    }
    if !component && kind == "Component" {
        return Err(format!("expected kind != 'Component' for path '{root}'"));
    }
    target.accumulate(all, &mut inner).map_err(|why| format!("recursed accumulation of path '{root}': {why}"))
}
