//! `kubectl get`: tables and every other form of output, once or watching.
//!
//! Models: `kubectl/pkg/cmd/get/get.go`, `sorter.go`.
//! Left out: chunks.

use super::flags::{ALL_NAMESPACES, FIELD_SELECTOR, FILES, SELECTOR};
use super::printer::{self, Format};
use super::resources::{self, Filter, Found, Selection};
use super::table::{Look, Table};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, raw, sort, wire};
use crate::api::authorize::Ask;
use crate::api::kinds::scale;
use crate::api::{KindRef, Object, kinds};
use crate::store::Revision;
use crate::time::{Span, Time};

pub struct Get;

static FLAGS: &[Flag] = &[
    Flag::bool("allow-missing-template-keys", "If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.").on(),
    Flag::int("chunk-size", "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
    Flag::bool("ignore-not-found", "If set to true, suppresses NotFound error for specific objects that do not exist. Using this flag with commands that query for collections of resources has no effect when no resources are found."),
    Flag::list("label-columns", "Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...").short('L'),
    Flag::bool("no-headers", "When using the default or custom-column output format, don't print headers (default print headers)."),
    Flag::text("output", "", "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide). See custom columns [https://kubernetes.io/docs/reference/kubectl/#custom-columns], golang template [http://golang.org/pkg/text/template/#pkg-overview] and jsonpath template [https://kubernetes.io/docs/reference/kubectl/jsonpath/].").short('o'),
    Flag::bool("output-watch-events", "Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events."),
    Flag::text("raw", "", "Raw URI to request from the server.  Uses the transport specified by the kubeconfig file."),
    Flag::bool("server-print", "If true, have the server return the appropriate table output. Supports extension APIs and CRDs.").on(),
    Flag::bool("show-kind", "If present, list the resource type for the requested object(s)."),
    Flag::bool("show-labels", "When printing, show all labels as the last column (default hide labels column)"),
    Flag::bool("show-managed-fields", "If true, keep the managedFields when printing objects in JSON or YAML format."),
    Flag::text("sort-by", "", "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string."),
    Flag::text("subresource", "", "If specified, gets the subresource of the requested object."),
    Flag::text("template", "", "Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview]."),
    Flag::bool("watch", "After listing/getting the requested object, watch for changes.").short('w'),
    Flag::bool("watch-only", "Watch for changes to the requested object(s), without listing/getting first."),
];

static SPEC: Spec = Spec {
    name: "get",
    group: Group::Intermediate,
    short: "Display one or many resources",
    long: "Display one or many resources.

 Prints a table of the most important information about the specified resources. You can filter the list using a label selector and the --selector flag. If the desired resource type is namespaced you will only see results in the current namespace if you don't specify any namespace.

 By specifying the output as 'template' and providing a Go template as the value of the --template flag, you can filter the attributes of the fetched resources.

Use \"kubectl api-resources\" for a complete list of supported resources.",
    examples: "# List all pods in ps output format
kubectl get pods

# List all pods in ps output format with more information (such as node name)
kubectl get pods -o wide

# List a single replication controller with specified NAME in ps output format
kubectl get replicationcontroller web

# List deployments in JSON output format, in the \"v1\" version of the \"apps\" API group
kubectl get deployments.v1.apps -o json

# List a single pod in JSON output format
kubectl get -o json pod web-pod-13je7

# List a pod identified by type and name specified in \"pod.yaml\" in JSON output format
kubectl get -f pod.yaml -o json

# List resources from a directory with kustomization.yaml - e.g. dir/kustomization.yaml
kubectl get -k dir/

# Return only the phase value of the specified pod
kubectl get -o template pod/web-pod-13je7 --template={{.status.phase}}

# List resource information in custom columns
kubectl get pod test-pod -o custom-columns=CONTAINER:.spec.containers[0].name,IMAGE:.spec.containers[0].image

# List all replication controllers and services together in ps output format
kubectl get rc,services

# List one or more resources by their type and names
kubectl get rc/web service/frontend pods/web-pod-13je7

# List the 'status' subresource for a single pod
kubectl get pod web-pod-13je7 --subresource status

# List all deployments in namespace 'backend'
kubectl get deployments.apps --namespace backend

# List all pods existing in all namespaces
kubectl get pods --all-namespaces",
    usage: "[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    flags: &[FLAGS, FILES, SELECTOR, FIELD_SELECTOR, ALL_NAMESPACES],
    ..Spec::EMPTY
};

impl Verb for Get {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let watching = args.bool("watch") || args.bool("watch-only");
        if args.bool("output-watch-events") && !watching {
            return Err(Failure::usage(
                &args.path,
                "--output-watch-events option can only be used with --watch or --watch-only",
            ));
        }
        if let Some(path) = args.given("raw").filter(|path| !path.is_empty()) {
            raw_alone(path, args)?;
            return raw::get(path, cx);
        }
        if args.bool("show-labels") && !["", "wide"].contains(&args.text("output")) {
            return Err(Failure::error(format!(
                "--show-labels option cannot be used with {} printer",
                args.text("output")
            )));
        }
        if watching && !args.text("sort-by").is_empty() {
            cx.err(if args.bool("watch") {
                "warning: --watch requested, --sort-by will be ignored for watch events received"
            } else {
                "warning: --watch-only requested, --sort-by will be ignored"
            });
        }
        let files = args.has("filename") || args.has("kustomize");
        if args.words.is_empty() && !files {
            cx.err("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
            return Err(Failure::usage(
                &args.path,
                "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
            ));
        }
        let format = Format::of(args, printer::GET_FORMATS)?;
        let filter = Filter::of(args, cx);
        let revision = cx.world.reader().revision();
        let (selection, mut found) = resources::chosen(args, cx)?;
        warn(&selection, cx);
        if watching {
            return watch(args, found, selection, filter, format, revision, cx);
        }
        subresource(args, &selection, &mut found)?;
        let sort_by = args.text("sort-by");
        if !format.is_table() {
            if !sort_by.is_empty() {
                sort::objects(&mut found.objects, sort_by)?;
            }
            if let Some(failure) = together(&found.errors) {
                if !found.objects.is_empty() {
                    printer::print_all(&found.objects, found.single, &format, cx)?;
                }
                return Err(failure);
            }
            if found.objects.is_empty() && filter.ignore_not_found && found.single {
                return Ok(Flow::Done);
            }
            printer::print_all(&found.objects, found.single, &format, cx)?;
            return Ok(Flow::Done);
        }
        if !sort_by.is_empty() && sort::objects(&mut found.objects, sort_by).is_err() {
            found.objects.clear();
        }
        tables(args, &selection, &found, &format, cx);
        if let Some(failure) = together(&found.errors) {
            return Err(failure);
        }
        if found.objects.is_empty() && !(filter.ignore_not_found && matches!(selection, Selection::Names(_))) {
            nothing(&selection, &filter, cx);
        }
        Ok(Flow::Done)
    }
}

/// Puts the part that `--subresource` asks for in the place of each object.
fn subresource(args: &Args, selection: &Selection, found: &mut Found) -> Result<(), Failure> {
    let part = args.text("subresource");
    if part.is_empty() {
        return Ok(());
    }
    if matches!(selection, Selection::Types(_)) {
        return Err(Failure::error("subresource cannot be used when bulk resources are specified"));
    }
    let lacking = || Failure::plain("Error from server (NotFound): the server could not find the requested resource");
    for object in &mut found.objects {
        match part {
            "status" => {}
            "resize" if object.kind.names().resource == "pods" => {}
            "scale" => *object = scale::of(object).ok_or_else(lacking)?,
            _ => return Err(lacking()),
        }
    }
    Ok(())
}

/// `--raw` stands alone, with a path.
fn raw_alone(path: &str, args: &Args) -> Result<(), Failure> {
    if !args.words.is_empty() {
        return Err(Failure::error("arguments may not be passed when --raw is specified"));
    }
    if args.bool("watch") || args.bool("watch-only") || !args.text("selector").is_empty() {
        let words = "--raw may not be specified with other flags that filter the server request or alter the output";
        return Err(Failure::error(words));
    }
    if !args.text("output").is_empty() {
        return Err(Failure::error("--raw and --output are mutually exclusive"));
    }
    if !path.starts_with('/') && !path.contains("://") {
        let words = format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request");
        return Err(Failure::error(words));
    }
    Ok(())
}

/// What the server has to say before it answers.
pub fn warn(selection: &Selection, cx: &mut Cx<'_>) {
    let of_kind = |kind: KindRef| match selection {
        Selection::Types(types) => types.contains(&kind),
        Selection::Names(names) => names.iter().any(|(k, _)| *k == kind),
        Selection::None => false,
    };
    if of_kind(&kinds::rare::COMPONENT_STATUS) {
        cx.err("Warning: v1 ComponentStatus is deprecated in v1.19+");
    }
    if of_kind(kinds::ENDPOINTS) {
        cx.err("Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    let mut kinds: Vec<KindRef> = match selection {
        Selection::Types(types) => types.clone(),
        Selection::Names(names) => names.iter().map(|(kind, _)| *kind).collect(),
        Selection::None => vec![],
    };
    kinds.dedup();
    let customs = cx.world.reader().custom();
    let served = kinds.iter().filter(|kind| customs.serves(**kind));
    let told: Vec<String> = served.filter_map(|kind| kind.custom()?.deprecated.clone()).collect();
    for words in told {
        cx.err(format_args!("Warning: {words}"));
    }
}

/// Several failures as one, a line each.
pub fn together(errors: &[Failure]) -> Option<Failure> {
    let last = errors.last()?;
    let lines: Vec<&str> = errors.iter().map(|failure| failure.message.as_str()).collect();
    Some(Failure { message: lines.join("\n"), code: last.code })
}

/// `No resources found in default namespace.`
pub fn nothing(selection: &Selection, filter: &Filter, cx: &mut Cx<'_>) {
    let namespaced = match selection {
        Selection::Types(types) => types.iter().any(|kind| kind.names().namespaced),
        _ => true,
    };
    match &filter.namespace {
        Some(namespace) if namespaced => cx.err(format_args!("No resources found in {namespace} namespace.")),
        _ => cx.err("No resources found"),
    }
}

fn look(args: &Args, selection: &Selection, format: &Format, several: bool) -> Look {
    let types_asked = match selection {
        Selection::Types(types) => types.len() > 1 || args.words.iter().any(|w| w.split(',').any(|t| t == "all")),
        _ => false,
    };
    Look {
        wide: *format == Format::Wide,
        namespace: args.bool("all-namespaces"),
        kind: args.bool("show-kind") || several || types_asked,
        headers: !args.bool("no-headers"),
        labels: args.bool("show-labels"),
        label_columns: args.all("label-columns"),
        events: args.bool("output-watch-events"),
    }
}

/// A table for each run of objects of one kind.
fn tables(args: &Args, selection: &Selection, found: &Found, format: &Format, cx: &mut Cx<'_>) {
    let several = found.objects.windows(2).any(|pair| pair[0].kind != pair[1].kind);
    let look = look(args, selection, format, several);
    let now = cx.now();
    for (n, group) in found.objects.chunk_by(|a, b| a.kind == b.kind).enumerate() {
        if n > 0 && look.headers {
            cx.out("\n");
        }
        let kind = group[0].kind;
        let look = Look { namespace: look.namespace && kind.names().namespaced, ..look.clone() };
        let rows: Vec<(&str, &Object)> = group.iter().map(|object| ("", object)).collect();
        Table::new(kind, look).print(&rows, now, &mut cx.output);
    }
}

fn watch(
    args: &Args,
    found: Found,
    selection: Selection,
    filter: Filter,
    format: Format,
    revision: Revision,
    cx: &mut Cx<'_>,
) -> Outcome {
    if let Some(failure) = together(&found.errors) {
        return Err(failure);
    }
    let more = || {
        Failure::error(
            "watch is only supported on individual resources and resource collections - more than 1 resource was found",
        )
    };
    let (kind, name) = match &selection {
        Selection::Types(types) if types.len() == 1 => (types[0], None),
        Selection::Names(names) if names.len() == 1 => (names[0].0, Some(names[0].1.clone())),
        _ => return Err(more()),
    };
    let namespace = filter.namespace.as_deref().unwrap_or("");
    cx.may(&Ask::of(kind.names(), "watch", namespace, name.as_deref().unwrap_or("")))?;
    if cx.config.voice.level >= 6 {
        let only = name.as_ref().map(|name| format!("metadata.name={name}"));
        let (fields, labels) = (only.as_deref().unwrap_or(&filter.fields_text), filter.selector_text.as_str());
        wire::listed(cx, wire::Listed { kind, namespace, fields, labels, watch: Some(revision.0) }, None, None);
    }
    let mut look = look(args, &selection, &format, false);
    look.namespace &= kind.names().namespaced;
    let timeout = args.text("request-timeout");
    let seconds = timeout.parse().map(Span::seconds).ok();
    let timeout = seconds.or_else(|| super::flags::parse_duration(timeout).ok().flatten()).filter(|t| *t > Span::ZERO);
    let until = timeout.map(|timeout| cx.now() + timeout);
    let mut job = Watch { kind, name, filter, table: Table::new(kind, look), format, revision, until };
    if !args.bool("watch-only") {
        let rows: Vec<(&str, &Object)> = found.objects.iter().map(|object| ("ADDED", object)).collect();
        if !rows.is_empty() {
            job.print(&rows, cx)?;
        }
    }
    Ok(Flow::Job(Box::new(job)))
}

/// Prints what changes.
#[derive(Clone)]
struct Watch {
    kind: KindRef,
    name: Option<String>,
    filter: Filter,
    table: Table,
    format: Format,
    revision: Revision,
    /// When `--request-timeout` ends the request, and kubectl with it, without a word.
    until: Option<Time>,
}

impl Watch {
    fn print(&mut self, rows: &[(&str, &Object)], cx: &mut Cx<'_>) -> Result<(), Failure> {
        if self.format.is_table() {
            self.table.print(rows, cx.now(), &mut cx.output);
            return Ok(());
        }
        for (_, object) in rows {
            printer::print_all(std::slice::from_ref(object), true, &self.format, cx)?;
        }
        Ok(())
    }

    fn concerns(&self, object: &Object) -> bool {
        self.name.as_deref().is_none_or(|name| name == object.name())
            && (!self.kind.names().namespaced
                || self.filter.namespace.as_deref().is_none_or(|n| n == object.namespace()))
            && self.filter.matches(object)
    }
}

impl Job for Watch {
    /// The connection is closed: kubectl ends without a word.
    fn lost(&mut self) -> Option<Result<Turn, Failure>> {
        Some(Ok(Turn::Done))
    }

    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let changes = cx.world.api.since(self.revision);
        self.revision = cx.world.reader().revision();
        let resource = self.kind.names().resource;
        for change in changes.iter().filter(|change| change.key.resource == resource) {
            let was = change.old.as_ref().filter(|object| self.concerns(object));
            let is = change.new.as_ref().filter(|object| self.concerns(object));
            let row = match (was, is) {
                (None, None) => continue,
                (None, Some(object)) => ("ADDED", object),
                (Some(_), Some(object)) => ("MODIFIED", object),
                (Some(object), None) => ("DELETED", change.new.as_ref().unwrap_or(object)),
            };
            let (event, object) = (row.0, row.1.clone());
            self.print(&[(event, &object)], cx)?;
        }
        if self.until.is_some_and(|until| until <= cx.now()) {
            return Ok(Turn::Done);
        }
        Ok(Turn::Wait(Wait { at: self.until, change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
