//! `kubectl cluster-info dump`: the objects that say how a cluster is, and what its containers wrote.
//!
//! Models: `kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go`.

use super::printer::{self, Format};
use super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags};
use crate::api::{KindRef, kinds};
use crate::node::logs::text_of;
use k8s_openapi::api::core::v1::PodSpec;
use serde_json::{Value, json};

pub struct Dump;

static FLAGS: &[Flag] = &[
    Flag::list("namespaces", "A comma separated list of namespaces to dump."),
    Flag::text(
        "output-directory",
        "",
        "Where to output the files.  If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    ),
    Flag::duration(
        "pod-running-timeout",
        "20s",
        "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running",
    ),
];

static SPEC: Spec = Spec {
    name: "dump",
    short: "Dump relevant information for debugging and diagnosis",
    long: "Dump cluster information out suitable for debugging and diagnosing cluster problems. By default, dumps everything to stdout. You can optionally specify a directory with --output-directory. By default only the current namespace and the 'kube-system' namespace are dumped, but you can switch to a different namespace with the --namespaces flag, or specify --all-namespaces to dump all namespaces.",
    examples: "# Dump current cluster state to stdout
kubectl cluster-info dump

# Dump current cluster state to /path/to/cluster-state
kubectl cluster-info dump --output-directory=/path/to/cluster-state

# Dump all namespaces to stdout
kubectl cluster-info dump --all-namespaces",
    usage: "[flags]",
    flags: &[FLAGS, flags::OUTPUT, flags::ALL_NAMESPACES],
    ..Spec::EMPTY
};

impl Verb for Dump {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let format = match Format::of(args, printer::OBJECT_FORMATS)? {
            Format::Own => Format::Json,
            format => format,
        };
        let target = args.text("output-directory").to_string();
        let folder = if target == "-" { String::new() } else { target };
        let end = if format == Format::Yaml { "yaml" } else { "json" };
        let mut place = Place { folder: folder.clone(), end, format };
        place.list(kinds::NODE, None, "nodes", cx)?;
        let all: Vec<String> = if args.bool("all-namespaces") {
            cx.reader().list(kinds::NAMESPACE, None).map(|object| object.name().to_string()).collect()
        } else if args.has("namespaces") {
            args.all("namespaces")
        } else {
            vec!["kube-system".into(), cx.namespace()]
        };
        for namespace in all {
            for (kind, file) in [
                (kinds::EVENT, "events"),
                (kinds::REPLICATION_CONTROLLER, "replication-controllers"),
                (kinds::SERVICE, "services"),
                (kinds::DAEMON_SET, "daemonsets"),
                (kinds::DEPLOYMENT, "deployments"),
                (kinds::REPLICA_SET, "replicasets"),
                (kinds::POD, "pods"),
            ] {
                place.list(kind, Some(&namespace), &format!("{namespace}/{file}"), cx)?;
            }
            let pods: Vec<_> = cx.reader().list(kinds::POD, Some(&namespace)).cloned().collect();
            for pod in pods {
                let spec = pod.spec::<PodSpec>();
                let names = spec.init_containers.iter().flatten().chain(&spec.containers).map(|c| c.name.clone());
                let mut text = String::new();
                for name in names.collect::<Vec<_>>() {
                    let title = format!("logs for container {name} of pod {namespace}/{}", pod.name());
                    text += &format!("==== START {title} ====\n");
                    if let Some(run) = cx.world.machines.container(&namespace, pod.name(), &name) {
                        text.extend(run.logs.after(0).map(text_of));
                    }
                    text += &format!("==== END {title} ====\n");
                }
                place.write(&format!("{namespace}/{}/logs.txt", pod.name()), text, cx)?;
            }
        }
        if !folder.is_empty() {
            cx.line(format_args!("Cluster info dumped to {folder}"));
        }
        Ok(Flow::Done)
    }
}

/// Where the dump goes, and in which form.
struct Place {
    folder: String,
    end: &'static str,
    format: Format,
}

impl Place {
    fn list(&mut self, kind: KindRef, namespace: Option<&str>, file: &str, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let names = kind.names();
        let items: Vec<Value> = cx.reader().list(kind, namespace).map(printer::wire).collect();
        let revision = cx.reader().revision().0.to_string();
        let tree = json!({
            "kind": format!("{}List", names.kind), "apiVersion": names.api_version(),
            "metadata": {"resourceVersion": revision}, "items": items,
        });
        let begin = cx.output.len();
        printer::print_value(&tree, &self.format, cx)?;
        let text: String = cx.output.drain(begin..).map(|span| span.text).collect();
        let path = format!("{file}.{}", self.end);
        self.write(&path, text, cx)
    }

    fn write(&self, path: &str, text: String, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if self.folder.is_empty() {
            cx.out(text);
            return Ok(());
        }
        let path = format!("{}/{path}", self.folder);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        cx.desk.mkdir(folder).and_then(|()| cx.desk.write(&path, text.as_bytes())).map_err(Failure::error)
    }
}
