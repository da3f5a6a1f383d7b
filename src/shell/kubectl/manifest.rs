//! `-f`: files, directories and standard input as objects to create, apply, delete, get.
//!
//! Models: `cli-runtime/pkg/resource/{builder,visitor,mapper}.go`, `kubectl/pkg/validation`.
//! Left out: URLs (there is no Internet), globs inside quotes.

use super::trouble::{Trouble, gather};
use super::{Args, Cx};
use crate::api::decode::Check;
use crate::api::schema::misfit;
use crate::api::{KindRef, Reader, versions};
use crate::base::yaml;
use serde_json::Value;

/// One object of a file.
#[derive(Clone, Debug)]
pub struct Item {
    pub kind: KindRef,
    /// As written, namespace filled in.
    pub value: Value,
    /// Where it came from, as errors name it: `x.yaml`, `STDIN`.
    pub source: String,
    pub namespace: String,
    pub name: String,
    /// `deployment.extensions`: how what was done to it is told.
    pub title: String,
}

impl Item {
    /// As apply's errors describe it.
    pub fn describe(&self) -> String {
        let names = self.kind.names();
        let group = if names.group.is_empty() { String::new() } else { names.group.to_string() };
        format!(
            "Resource: \"{group}/{version}, Resource={}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"",
            names.plural,
            names.kind,
            self.name,
            self.namespace,
            version = names.version,
        )
    }
}

/// How `--validate` asks the manifest to be checked.
///
/// # Errors
/// Another word.
pub fn check_of(args: &Args) -> Result<Check, Trouble> {
    match args.text("validate") {
        "strict" | "true" => Ok(Check::Strict),
        "warn" => Ok(Check::Warn),
        "ignore" | "false" => Ok(Check::Ignore),
        other => Err(Trouble::text(format!(
            "invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// Everything that `-f` names, and what was wrong on the way.
pub struct Loaded {
    pub items: Vec<Item>,
    pub troubles: Vec<Trouble>,
    /// What the server has to say about old versions, each once.
    warnings: Vec<String>,
}

impl Loaded {
    /// The troubles as the result of reading everything first, as `apply` does.
    pub fn trouble(&self) -> Option<Trouble> {
        gather(self.troubles.clone()).err()
    }
}

/// Reads `-f`.
///
/// # Errors
/// A path that does not exist: nothing is done then.
pub fn load(args: &Args, check: Check, cx: &mut Cx<'_>) -> Result<Loaded, Trouble> {
    let mut paths = vec![];
    let mut troubles = vec![];
    for name in args.all("filename") {
        if name == "-" {
            paths.push(("STDIN".to_string(), true));
        } else if super::known::text(&name).is_some() {
            paths.push((name, false));
        } else if name.starts_with("http://") || name.starts_with("https://") {
            let host = name.split('/').nth(2).unwrap_or_default();
            troubles.push(Trouble::Failure(super::Failure::plain(format!(
                "Unable to connect to the server: dial tcp: lookup {host}: no such host"
            ))));
        } else if cx.desk.list(&name).is_some() {
            let files = files_in(&name, args.bool("recursive"), cx);
            if files.is_empty() {
                let words = format!("error reading [{name}]: recognized file extensions are [.json .yaml .yml]");
                troubles.push(Trouble::Text(words));
            }
            paths.extend(files.into_iter().map(|file| (file, false)));
        } else if cx.desk.read(&name).is_ok() {
            paths.push((name, false));
        } else {
            troubles.push(Trouble::Text(format!("the path \"{name}\" does not exist")));
        }
    }
    gather(troubles)?;
    let kustomize = args.text("kustomize").to_string();
    if !kustomize.is_empty() {
        if !paths.is_empty() {
            return Err(Trouble::text("only one of -f or -k can be specified"));
        }
        if args.bool("recursive") {
            return Err(Trouble::text("the -k flag can't be used with -f or -R"));
        }
        let built = super::kustomize::build(&kustomize, super::kustomize::Order::Legacy, cx).map_err(Trouble::Text)?;
        let text: Vec<String> = built.iter().map(yaml::to_yaml).collect();
        let mut loaded = Loaded { items: vec![], troubles: vec![], warnings: vec![] };
        stream(&text.join("---\n"), &kustomize, check, cx, &mut loaded);
        super::write::warn(cx, &std::mem::take(&mut loaded.warnings));
        return Ok(loaded);
    }
    let mut loaded = Loaded { items: vec![], troubles: vec![], warnings: vec![] };
    for (path, stdin) in paths {
        let bytes = match super::known::text(&path) {
            Some(text) => text.into_bytes().into(),
            None if stdin => cx.stdin.clone(),
            None => cx.desk.read(&path).map_err(Trouble::Text)?,
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        stream(&text, &path, check, cx, &mut loaded);
    }
    super::write::warn(cx, &std::mem::take(&mut loaded.warnings));
    Ok(loaded)
}

fn files_in(directory: &str, recursive: bool, cx: &mut Cx<'_>) -> Vec<String> {
    let base = directory.trim_end_matches('/');
    let mut files = vec![];
    for name in cx.desk.list(directory).unwrap_or_default() {
        let path = if base == "." { name.clone() } else { format!("{base}/{name}") };
        if cx.desk.list(&path).is_some() {
            if recursive {
                files.extend(files_in(&path, true, cx));
            }
        } else if [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    files
}

/// The documents of one file; the first that is no YAML or fails the check ends it.
fn stream(text: &str, source: &str, check: Check, cx: &Cx<'_>, loaded: &mut Loaded) {
    for document in yaml::documents(text) {
        let value = match document.result {
            Ok(parsed) => parsed.value,
            Err(error) => {
                loaded.troubles.push(Trouble::Text(format!("error parsing {source}: {error}")));
                return;
            }
        };
        if value.is_null() {
            continue;
        }
        if check != Check::Ignore
            && let Err(words) = well_formed(&value)
        {
            let hint = "if you choose to ignore these errors, turn validation off with --validate=false";
            let words = format!("error validating \"{source}\": error validating data: {words}; {hint}");
            loaded.troubles.push(Trouble::Text(words));
            return;
        }
        flatten(value, source, cx, loaded);
    }
}

fn well_formed(value: &Value) -> Result<(), String> {
    let Some(map) = value.as_object() else {
        return Err("invalid object to validate".into());
    };
    if map.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"))
        && let Some(items) = map.get("items").and_then(Value::as_array)
    {
        return items.iter().try_for_each(well_formed);
    }
    let lacks = |name: &str| map.get(name).and_then(Value::as_str).is_none_or(str::is_empty);
    match (lacks("apiVersion"), lacks("kind")) {
        (true, true) => Err("[apiVersion not set, kind not set]".into()),
        (true, false) => Err("apiVersion not set".into()),
        (false, true) => Err("kind not set".into()),
        _ => Ok(()),
    }
}

fn flatten(value: Value, source: &str, cx: &Cx<'_>, loaded: &mut Loaded) {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    if is_list && let Some(Value::Array(items)) = value.get("items") {
        for item in items {
            flatten(item.clone(), source, cx, loaded);
        }
        return;
    }
    match item(value, source, cx, &mut loaded.warnings) {
        Ok(item) => loaded.items.push(item),
        Err(trouble) => loaded.troubles.push(trouble),
    }
}

fn item(mut value: Value, source: &str, cx: &Cx<'_>, warnings: &mut Vec<String>) -> Result<Item, Trouble> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_string();
    for (name, title) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if text(&value, name).is_empty() {
            let shown = yaml::to_json(&value);
            return Err(Trouble::Text(format!(
                "unable to decode \"{source}\": Object '{title}' is missing in '{shown}'"
            )));
        }
    }
    // kubectl reads the metadata itself; a wrong type there is its own error
    if let Some(words) = misfit::wrong_metadata(&value) {
        return Err(Trouble::Text(format!("unable to decode \"{source}\": {words}")));
    }
    let meta = value.get("metadata").cloned().unwrap_or_default();
    let (name, given) = (text(&meta, "name"), text(&meta, "namespace"));
    let release = cx.world.reader().release();
    let old = versions::find(release, &text(&value, "apiVersion"), &text(&value, "kind"));
    if let Some(old) = old {
        old.convert(&mut value);
        warnings.extend(old.warning(release).filter(|words| !warnings.contains(words)));
    }
    let kind = mapping(&text(&value, "apiVersion"), &text(&value, "kind"), &name, &given, source, cx.reader())?;
    let mut namespace = String::new();
    if kind.names().namespaced {
        namespace = cx.namespace();
        if !given.is_empty() {
            if cx.config.asked_namespace.as_ref().is_some_and(|asked| *asked != given) {
                return Err(Trouble::Text(format!(
                    "the namespace from the provided object \"{given}\" does not match the namespace \"{namespace}\". You must pass '--namespace={given}' to perform this operation."
                )));
            }
            namespace = given;
        }
        if let Some(map) = value.as_object_mut() {
            let meta = map.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
            if meta.is_null() {
                *meta = Value::Object(serde_json::Map::new());
            }
            meta["namespace"] = namespace.clone().into();
        }
    }
    let title = old.map_or_else(
        || kind.names().qualified(),
        |old| {
            if old.group().is_empty() {
                kind.names().singular.into()
            } else {
                format!("{}.{}", kind.names().singular, old.group())
            }
        },
    );
    Ok(Item { kind, value, source: source.into(), namespace, name, title })
}

/// The kind that the server knows by this `apiVersion` and `kind`; the case of `kind` does not matter here.
fn mapping(
    version: &str,
    word: &str,
    name: &str,
    namespace: &str,
    source: &str,
    read: Reader<'_>,
) -> Result<KindRef, Trouble> {
    let fits = |kind: &KindRef| {
        kind.names().api_version() == version
            && (kind.names().kind == word || kind.names().kind.to_ascii_lowercase() == word)
    };
    if let Some(kind) = read.lookup(|kind| fits(&kind)) {
        return Ok(kind);
    }
    Err(Trouble::Text(format!(
        "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{source}\": no matches for kind \"{word}\" in version \"{version}\"\nensure CRDs are installed first"
    )))
}
