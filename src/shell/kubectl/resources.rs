//! What the arguments of a verb stand for: `pods`, `po,svc`, `deploy/web`, `pod web db`, `all`, with `-l`,
//! `--field-selector`, `-A`.
//!
//! Models: `cli-runtime/pkg/resource/builder.go`.
//! Left out: URLs, chunks.

use super::wire::{self, Listed};
use super::{Args, Cx, Failure};
use crate::api::authorize::{self, Ask};
use crate::api::fields::Fields;
use crate::api::selector::Selector;
use crate::api::{ApiError, KindRef, Object, Reader, Reason, discovery, rest};

/// The types and names of the command line.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Only types: everything of them, or what a selector leaves.
    Types(Vec<KindRef>),
    /// Objects by name, in the order typed.
    Names(Vec<(KindRef, String)>),
    /// Nothing was typed.
    None,
}

impl Selection {
    pub fn is_none(&self) -> bool {
        matches!(self, Selection::None)
    }
}

/// One type, as typed: plural, singular, short name, with or without group.
///
/// # Errors
/// `error: the server doesn't have a resource type "x"`.
pub fn resource_type(word: &str, read: Reader<'_>) -> Result<KindRef, Failure> {
    read.find(word).ok_or_else(|| {
        let stem = word.split('.').next().unwrap_or(word);
        Failure::error(format!("the server doesn't have a resource type \"{stem}\""))
    })
}

/// Some verbs need the Go type of what they work on, and kubectl has none for custom kinds.
///
/// # Errors
/// `no kind "CronTab" is registered for version ...`.
pub fn registered(kind: KindRef) -> Result<(), Failure> {
    if kind.custom().is_none() {
        return Ok(());
    }
    let (word, version) = (kind.names().kind, kind.names().api_version());
    Err(Failure::error(format!(
        "no kind \"{word}\" is registered for version \"{version}\" in scheme \"k8s.io/kubectl/pkg/scheme/scheme.go:28\""
    )))
}

/// Types parted by commas; categories such as `all` stand for their kinds.
///
/// # Errors
/// As [`resource_type`].
pub fn resource_types(words: &str, read: Reader<'_>) -> Result<Vec<KindRef>, Failure> {
    let mut types: Vec<KindRef> = vec![];
    for word in words.split(',').filter(|w| !w.is_empty()) {
        let mut members: Vec<KindRef> = read.kinds().filter(|kind| kind.names().categories.contains(&word)).collect();
        members.sort_by_key(|kind| discovery::place(*kind));
        if members.is_empty() {
            members.push(resource_type(word, read)?);
        }
        for kind in members {
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
    }
    Ok(types)
}

/// Reads `TYPE [NAME...]` or `TYPE/NAME...`.
///
/// # Errors
/// The builder's words for what does not fit.
pub fn select(words: &[String], read: Reader<'_>) -> Result<Selection, Failure> {
    let slashes = words.iter().filter(|w| w.contains('/')).count();
    if slashes > 0 && slashes < words.len() {
        return Err(Failure::error(
            "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        ));
    }
    if slashes > 0 {
        let mut names = vec![];
        for word in words.iter().flat_map(|w| w.split(',')) {
            names.push(type_and_name(word, read)?);
        }
        return Ok(Selection::Names(names));
    }
    let Some((types, names)) = words.split_first() else { return Ok(Selection::None) };
    let types = resource_types(types, read)?;
    if names.is_empty() {
        return Ok(Selection::Types(types));
    }
    Ok(Selection::Names(types.iter().flat_map(|kind| names.iter().map(|name| (*kind, name.clone()))).collect()))
}

/// What the arguments or `-f` stand for.
///
/// # Errors
/// What makes the whole call fail.
pub fn chosen(args: &Args, cx: &mut Cx<'_>) -> Result<(Selection, Found), Failure> {
    if args.has("filename") || args.has("kustomize") {
        let targets = super::targets::find(&args.words, args, cx)?;
        let names = targets.objects.iter().map(|object| (object.kind, object.name().to_string())).collect();
        let single = targets.objects.len() == 1;
        let errors = targets.troubles.into_iter().map(Failure::from).collect();
        return Ok((Selection::Names(names), Found { objects: targets.objects, errors, single }));
    }
    let selection = select(&args.words, cx.reader())?;
    let found = fetch(&selection, &Filter::of(args, cx), cx)?;
    Ok((selection, found))
}

/// `deploy/web`.
///
/// # Errors
/// The builder's words.
pub fn type_and_name(word: &str, read: Reader<'_>) -> Result<(KindRef, String), Failure> {
    let mut parts = word.split('/');
    let (kind, name) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    if parts.next().is_some() {
        return Err(Failure::error("arguments in resource/name form may not have more than one slash"));
    }
    if kind.is_empty() || name.is_empty() || resource_types(kind, read)?.len() != 1 {
        return Err(Failure::error("arguments in resource/name form must have a single resource and name"));
    }
    Ok((resource_types(kind, read)?[0], name.to_string()))
}

/// `-f` and arguments are both missing.
pub fn nothing_given() -> Failure {
    Failure::error(
        "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
}

/// A name and `-A`.
pub fn everywhere() -> Failure {
    Failure::error("a resource cannot be retrieved by name across all namespaces")
}

/// `error: resource(s) were provided, but no name was specified`.
pub fn no_name() -> Failure {
    Failure::error("resource(s) were provided, but no name was specified")
}

/// What `-l`, `--field-selector`, `-A` and the namespace leave of a list.
#[derive(Clone, Debug)]
pub struct Filter {
    pub selector: Selector,
    pub selector_text: String,
    pub fields: Fields,
    pub fields_text: String,
    fault: Option<String>,
    /// Names were given as `type/name`, or for several types.
    tuples: bool,
    /// `None`: all namespaces.
    pub namespace: Option<String>,
    pub ignore_not_found: bool,
}

impl Filter {
    /// From the flags; a wrong selector is told by the server, when a list is asked for.
    pub fn of(args: &Args, cx: &Cx<'_>) -> Filter {
        let selector_text = args.text("selector").to_string();
        let fields_text = args.text("field-selector").to_string();
        let selector = Selector::parse(&selector_text);
        let fields = Fields::parse(&fields_text);
        let fault = selector.as_ref().err().or(fields.as_ref().err()).cloned();
        Filter {
            selector: selector.unwrap_or_else(|_| Selector::everything()),
            selector_text,
            fields: fields.unwrap_or_default(),
            fields_text,
            fault,
            tuples: args.words.iter().any(|w| w.contains('/')) || (args.words.len() > 1 && args.words[0].contains(',')),
            namespace: (!args.bool("all-namespaces")).then(|| cx.namespace()),
            ignore_not_found: args.bool("ignore-not-found"),
        }
    }

    /// Names and a selector cannot stand together.
    pub fn no_names(&self) -> Failure {
        Failure::error(if self.tuples {
            "selectors and the all flag cannot be used when passing resource/name arguments"
        } else {
            "name cannot be provided when a selector is specified"
        })
    }

    pub fn selects(&self) -> bool {
        !self.selector_text.is_empty() || !self.fields_text.is_empty()
    }

    pub fn matches(&self, object: &Object) -> bool {
        self.selector.matches(object.labels()) && self.fields.matches(object)
    }

    /// # Errors
    /// BadRequest with the server's words, when a selector cannot be read or names an unknown field.
    pub fn check(&self, kind: KindRef) -> Result<(), Failure> {
        let fault = self.fault.clone().or_else(|| self.fields.check(kind).err());
        let Some(why) = fault else { return Ok(()) };
        let names = kind.names();
        Err(ApiError::new(
            Reason::BadRequest,
            format!(
                "Unable to find \"{}/{}, Resource={}\" that match label selector \"{}\", field selector \"{}\": {why}",
                names.group, names.version, names.plural, self.selector_text, self.fields_text
            ),
        )
        .into())
    }
}

/// What was found, and what was not.
#[derive(Default)]
pub struct Found {
    pub objects: Vec<Object>,
    /// One line each, for standard error.
    pub errors: Vec<Failure>,
    /// Exactly one object was asked for by name.
    pub single: bool,
}

/// Gets or lists what was asked for.
///
/// # Errors
/// What makes the whole call fail: contradictions, selectors that cannot be read.
pub fn fetch(selection: &Selection, filter: &Filter, cx: &Cx<'_>) -> Result<Found, Failure> {
    let mut found = Found::default();
    match selection {
        Selection::None => return Err(nothing_given()),
        Selection::Types(types) => {
            for kind in types {
                match list(*kind, filter, cx) {
                    Ok(objects) => found.objects.extend(objects),
                    Err(failure) => found.errors.push(failure),
                }
            }
        }
        Selection::Names(names) => {
            if filter.selects() {
                return Err(filter.no_names());
            }
            if filter.namespace.is_none() && names.iter().any(|(kind, _)| kind.names().namespaced) {
                return Err(everywhere());
            }
            let namespace = filter.namespace.as_deref().unwrap_or("");
            found.single = names.len() == 1;
            for (kind, name) in names {
                if !kind.verbs().contains(&"get") {
                    found.errors.push(not_allowed().into());
                    continue;
                }
                match cx.get(*kind, namespace, name) {
                    Ok(object) => found.objects.push(object.seen_as(*kind)),
                    Err(error) if filter.ignore_not_found && error.reason == Reason::NotFound => {}
                    Err(error) => found.errors.push(error.into()),
                }
            }
        }
    }
    Ok(found)
}

/// The objects of one type that a filter leaves, by namespace and name.
///
/// # Errors
/// See [`Filter::check`].
pub fn list(kind: KindRef, filter: &Filter, cx: &Cx<'_>) -> Result<Vec<Object>, Failure> {
    let found = listed(kind, filter, cx);
    if cx.config.voice.level >= 6 {
        let namespace = filter.namespace.as_deref().unwrap_or("");
        let (fields, labels) = (filter.fields_text.as_str(), filter.selector_text.as_str());
        let tree = found.as_ref().ok().map(|objects| rest::list_of(kind, objects.iter(), cx.world.reader()));
        let denied =
            authorize::check(&cx.config.caller, &Ask::of(kind.names(), "list", namespace, ""), cx.world.reader());
        let ask = Listed { kind, namespace, fields, labels, watch: None };
        wire::listed(cx, ask, tree.as_ref(), denied.err().as_ref());
    }
    found
}

fn listed(kind: KindRef, filter: &Filter, cx: &Cx<'_>) -> Result<Vec<Object>, Failure> {
    filter.check(kind)?;
    may(cx, "list", kind, filter.namespace.as_deref().unwrap_or(""), "")?;
    let namespace = if kind.names().namespaced { filter.namespace.as_deref() } else { None };
    let read = cx.world.reader();
    if kind.custom().is_some() && !read.custom().serves(kind) {
        let names = kind.names();
        let mut error = ApiError::no_resource("get", names, "");
        let what = format!("{}/{}, Resource={}", names.group, names.version, names.plural);
        error.message = format!("Unable to list \"{what}\": {}", error.message);
        return Err(error.into());
    }
    let seen = read.list(kind, namespace).map(|object| object.seen_as(kind));
    Ok(seen.filter(|object| filter.matches(object)).collect())
}

/// Whether whom `--as` names may look.
///
/// # Errors
/// Forbidden.
pub fn may(cx: &Cx<'_>, verb: &str, kind: KindRef, namespace: &str, name: &str) -> Result<(), Failure> {
    if !kind.verbs().contains(&verb) {
        return Err(not_allowed().into());
    }
    let ask = Ask::of(kind.names(), verb, namespace, name);
    Ok(authorize::check(&cx.config.caller, &ask, cx.world.reader())?)
}

/// A kind that can only be created is asked for.
fn not_allowed() -> ApiError {
    ApiError::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource")
}
