//! What the verbs that write share: dry runs, acting as the learner, printing what was done.
//!
//! Models: `cli-runtime/pkg/genericclioptions/print_flags.go`, `kubectl/pkg/cmd/util/helpers.go` (`GetDryRunStrategy`).

use super::manifest::Item;
use super::printer::{self, Format};
use super::trouble::Trouble;
use super::{Args, Cx, Failure, Flag, Span};
use crate::api::decode::{self, Check};
use crate::api::errors::FieldError;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::{ApiError, KindRef, Object, Reason};
use crate::base::yaml;
use crate::control;
use crate::store::Key;
use serde_json::{Map, Value, json};

/// How far a request goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    #[default]
    None,
    Client,
    Server,
}

impl DryRun {
    /// # Errors
    /// A value that is none of the three, or no value.
    pub fn of(args: &Args) -> Result<DryRun, Trouble> {
        match args.text("dry-run") {
            "none" | "" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => Err(Trouble::text(
                "--dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".",
            )),
            other => Err(Trouble::text(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// `--field-manager`, which says who owns the fields that are written.
pub const fn manager(default: &'static str) -> Flag {
    Flag::text("field-manager", default, "Name of the manager used to track field ownership.")
}

/// `--validate`.
pub static VALIDATE: &[Flag] = &[Flag::optional(
    "validate",
    "strict",
    "strict",
    "Must be one of: strict (or true), warn, ignore (or false). \"true\" or \"strict\" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. \"warn\" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as \"ignore\" otherwise. \"false\" or \"ignore\" will not perform any schema validation, silently dropping any unknown or duplicate fields.",
)];

/// `--save-config`.
pub static SAVE_CONFIG: &[Flag] = &[Flag::bool(
    "save-config",
    "If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.",
)];

/// Acts on the cluster as the learner (or whom `--as` names).
pub fn act<R>(cx: &mut Cx<'_>, dry: DryRun, act: impl FnOnce(&mut control::Cx<'_>) -> R) -> R {
    let user = cx.config.caller.clone();
    let manager = cx.config.manager.clone();
    let loud = cx.config.voice.level >= 6;
    let (result, heard) = cx.world.learner(cx.cause, |hands| {
        hands.dry_run = dry == DryRun::Server;
        hands.user = user;
        hands.manager = manager.into();
        hands.heard = loud.then(Vec::new);
        let result = act(hands);
        (result, hands.heard.take().unwrap_or_default())
    });
    heard.iter().for_each(|heard| super::wire::wrote(cx, heard, dry == DryRun::Server));
    result
}

/// Creates what a manifest or a generator made; warnings are printed.
///
/// # Errors
/// The server's.
pub fn create(cx: &mut Cx<'_>, kind: KindRef, value: Value, check: Check, dry: DryRun) -> Result<Object, Trouble> {
    let word = value.get("kind").and_then(Value::as_str).unwrap_or_default().to_string();
    if kind.custom().is_some() && word != kind.names().kind {
        let text = format!("Invalid value: \"{word}\": must be {}", kind.names().kind);
        let (group, name) = (kind.names().group, name_of(&value).0);
        let message = format!("{word}.{group} \"{name}\" is invalid: kind: {text}");
        let mut error = ApiError::new(Reason::Invalid, message);
        error.causes.push(FieldError { path: "kind".into(), text });
        (error.kind, error.name) = (word, name);
        return Err(error.into());
    }
    known_kind(kind, &word)?;
    let (object, warnings) = decode::object(kind, value, check).map_err(|misfit| misfit.into_api(kind.names()))?;
    warn(cx, &warnings);
    let object = act(cx, dry, |hands| hands.create(object))?;
    let warnings = crate::api::warnings::of(&object, cx.world.reader());
    warn(cx, &warnings);
    Ok(object)
}

/// A `kind` in the wrong case gets past kubectl, not past the server.
///
/// # Errors
/// BadRequest, in the server's words.
pub fn known_kind(kind: KindRef, word: &str) -> Result<(), Trouble> {
    let names = kind.names();
    if word.is_empty() || word == names.kind {
        return Ok(());
    }
    Err(crate::api::ApiError::bad_request(format!(
        "{word} in version \"{}\" cannot be handled as a {}: no kind \"{word}\" is registered for version \"{}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        names.version,
        names.kind,
        names.api_version()
    ))
    .into())
}

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// `--record`: the command among the annotations of what is about to be sent.
pub fn record(cx: &Cx<'_>, value: &mut Value) {
    if let Some(cause) = &cx.config.change_cause {
        annotate(value, CHANGE_CAUSE, cause.clone());
    }
}

/// `--record` of the verbs that write it in a request of its own: the object as it is then.
///
/// # Errors
/// The server's.
pub fn recorded(cx: &mut Cx<'_>, dry: DryRun, object: Object) -> Result<Object, ApiError> {
    let Some(cause) = cx.config.change_cause.clone().filter(|_| dry == DryRun::None) else { return Ok(object) };
    let body = json!({ "metadata": { "annotations": { CHANGE_CAUSE: cause } } });
    let patch = Patch { how: PatchKind::Merge, body: &body, part: Subresource::Main, check: Check::Ignore };
    let (kind, namespace, name) = (object.kind, object.namespace().to_string(), object.name().to_string());
    act(cx, dry, |hands| hands.patch(kind, &namespace, &name, patch)).map(|patched| patched.object)
}

/// `Warning: ...` for each.
pub fn warn(cx: &mut Cx<'_>, warnings: &[String]) {
    for warning in warnings {
        cx.err(format_args!("Warning: {warning}"));
    }
}

/// How a verb prints what it did: its own words, or the object with `-o`.
#[derive(Clone, Debug)]
pub struct Printer {
    format: Format,
    suffix: &'static str,
    printed: bool,
}

impl Printer {
    /// # Errors
    /// A format that does not exist.
    pub fn of(args: &Args, dry: DryRun) -> Result<Printer, Failure> {
        let format = Format::of(args, printer::OBJECT_FORMATS)?;
        Ok(Printer { format, suffix: dry.suffix(), printed: false })
    }

    /// Only words, whatever `-o` says.
    pub fn plain() -> Printer {
        Printer { format: Format::Own, suffix: "", printed: false }
    }

    /// Whether whole objects are printed instead of words.
    pub fn whole(&self) -> bool {
        !matches!(self.format, Format::Own | Format::Name)
    }

    /// One object as the server has it now, and what was done to it.
    ///
    /// # Errors
    /// A template that cannot be applied.
    pub fn object(&mut self, cx: &mut Cx<'_>, object: &Object, done: &str) -> Result<(), Failure> {
        let value = if self.whole() { object.to_wire_managed() } else { printer::wire(object) };
        self.print(cx, object.kind, &value, done)
    }

    /// The object of a manifest, and what was done to it.
    ///
    /// # Errors
    /// See [`Printer::print`].
    pub fn item(&mut self, cx: &mut Cx<'_>, item: &Item, value: &Value, done: &str) -> Result<(), Failure> {
        let key = Key::new(item.kind.names().resource, &item.namespace, &name_of(value).0);
        self.titled(cx, &item.title, Some(key), value, done)
    }

    /// One object, and what was done to it.
    ///
    /// # Errors
    /// A template that finds nothing.
    pub fn print(&mut self, cx: &mut Cx<'_>, kind: KindRef, value: &Value, done: &str) -> Result<(), Failure> {
        let (name, namespace) = name_of(value);
        let namespace = if kind.names().namespaced { namespace.as_str() } else { "" };
        let key = Key::new(kind.names().resource, namespace, &name);
        self.titled(cx, &kind.names().qualified(), Some(key), value, done)
    }

    /// A tree as it is, for a form that shows whole objects.
    ///
    /// # Errors
    /// A template that finds nothing.
    pub fn tree(&mut self, cx: &mut Cx<'_>, tree: &Value) -> Result<(), Failure> {
        printer::print_value(tree, &self.format, cx)
    }

    /// The same for a kind that this cluster does not have: `title` is its name, `role.rbac.authorization.k8s.io`.
    ///
    /// # Errors
    /// See [`Printer::print`].
    pub fn titled(
        &mut self,
        cx: &mut Cx<'_>,
        title: &str,
        link: Option<Key>,
        value: &Value,
        done: &str,
    ) -> Result<(), Failure> {
        let name = name_of(value).0;
        let title = Span::plain(format!("{title}/{}", if name.is_empty() { "<unknown>" } else { &name }));
        let title = Span { link, ..title };
        match &self.format {
            Format::Own | Format::Wide => {
                cx.span(title);
                cx.line(format_args!(" {done}{}", self.suffix));
            }
            Format::Name => {
                cx.span(title);
                cx.out("\n");
            }
            format => {
                if self.printed && *format == Format::Yaml {
                    cx.out("---\n");
                }
                printer::print_value(value, format, cx)?;
            }
        }
        self.printed = true;
        Ok(())
    }
}

/// Name and namespace of an object's JSON.
pub fn name_of(value: &Value) -> (String, String) {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or("").to_string();
    (text("/metadata/name"), text("/metadata/namespace"))
}

/// Sets an annotation in an object's JSON.
pub fn annotate(value: &mut Value, key: &str, text: String) {
    if value.pointer("/metadata/annotations").is_none_or(Value::is_null) {
        value["metadata"]["annotations"] = Value::Object(Map::new());
    }
    value["metadata"]["annotations"][key] = text.into();
}

/// Where `kubectl apply` keeps what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What `apply` remembers of a manifest: one line of JSON, annotations without itself.
pub fn last_applied(value: &Value) -> String {
    let mut value = value.clone();
    if value.get("metadata").is_none_or(Value::is_null) {
        value["metadata"] = json!({});
    }
    if value.pointer("/metadata/annotations").is_none_or(Value::is_null) {
        value["metadata"]["annotations"] = json!({});
    }
    if let Some(map) = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        map.remove(LAST_APPLIED);
    }
    format!("{}\n", yaml::to_json(&value).trim_end())
}
