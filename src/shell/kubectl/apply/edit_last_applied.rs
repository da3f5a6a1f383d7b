//! `kubectl apply edit-last-applied`: the configurations applied last in the editor; what is saved is kept, nothing else
//! changes.
//!
//! Models: `kubectl/pkg/cmd/apply/apply_edit_last_applied.go`, `kubectl/pkg/cmd/util/editor/editoptions.go`.
//! Left out: `--windows-line-endings`, opening again after a mistake.

use super::super::trouble::Trouble;
use super::super::write::{self, DryRun, LAST_APPLIED, Printer, VALIDATE};
use super::super::{Args, Cx, Failure, Flag, Flow, Job, Outcome, Spec, Turn, Verb, Wait, flags};
use super::last_applied;
use crate::api::KindRef;
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::base::yaml;
use crate::time::Span;
use serde_json::{Value, json};

pub struct EditLastApplied;

static FLAGS: &[Flag] = &[
    write::manager("kubectl-client-side-apply"),
    Flag::bool("windows-line-endings", "Defaults to the line ending native to your platform."),
];

static SPEC: Spec = Spec {
    name: "edit-last-applied",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    long: "Edit the latest last-applied-configuration annotations of resources from the default editor.\n\n The command opens the editor defined by your KUBE_EDITOR, or EDITOR environment variables, or falls back to 'vi'. You can edit multiple objects, although changes are applied one at a time.\n\n The default format is YAML. To edit in JSON, specify \"-o json\".",
    examples: "# Edit the last-applied-configuration annotations by type/name in YAML\nkubectl apply edit-last-applied deployment/nginx\n\n# Edit the last-applied-configuration annotations by file in JSON\nkubectl apply edit-last-applied -f deploy.yaml -o json",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    flags: &[flags::FILES, flags::OUTPUT, VALIDATE, FLAGS],
    ..Spec::EMPTY
};

const HEADER: &str = "# Please edit the 'last-applied-configuration' annotations below.\n# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.\n#\n";

/// One configuration.
#[derive(Clone)]
struct Edited {
    kind: KindRef,
    namespace: String,
    value: Value,
}

impl Verb for EditLastApplied {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let json = args.text("output") == "json";
        let printer = match args.text("output") {
            "json" | "yaml" => Printer::plain(),
            _ => Printer::of(args, DryRun::None)?,
        };
        let mut all = vec![];
        for (object, _) in last_applied::objects(args, cx)? {
            let Some(text) = object.annotations().get(LAST_APPLIED) else { continue };
            let value = serde_json::from_str(text).unwrap_or_default();
            all.push(Edited { kind: object.kind, namespace: object.namespace().into(), value });
        }
        if all.is_empty() {
            return Err(Failure::error(
                "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
            ));
        }
        let tree = match all.as_slice() {
            [one] => one.value.clone(),
            many => {
                let items: Vec<&Value> = many.iter().map(|edited| &edited.value).collect();
                json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}})
            }
        };
        let text = if json { yaml::to_json_pretty(&tree) } else { format!("{HEADER}{}", yaml::to_yaml(&tree)) };
        let mark = cx.world.rng.of("temporary names").between(1_000_000_000, 4_000_000_000);
        let path = format!("/tmp/kubectl-edit-{mark}.{}", if json { "json" } else { "yaml" });
        cx.desk.write(&path, text.as_bytes()).map_err(|why| Failure::error(format!("open {path}: {why}")))?;
        let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| cx.desk.env(name).filter(|e| !e.is_empty()));
        let page = ["vi", "vim", "nano", "edit", "code", "code --wait"];
        let by_page = editor.as_deref().is_none_or(|editor| page.contains(&editor)) && cx.desk.is_terminal();
        let line = format!("{} \"{path}\"", editor.as_deref().unwrap_or("vi"));
        let Some(command) = cx.desk.spawn(vec!["sh".into(), "-c".into(), line.clone()]) else {
            return Err(Failure::error(format!("unable to launch the editor \"{line}\"")));
        };
        if by_page {
            cx.err(format_args!(
                "{path} is open in the editor: save it to change what was applied last, Ctrl-C to leave it."
            ));
        }
        let command = Some(command);
        Ok(Flow::Job(Box::new(Editing { all, path, text, command, by_page, printer })))
    }
}

#[derive(Clone)]
struct Editing {
    all: Vec<Edited>,
    path: String,
    text: String,
    /// The editor, until it has ended.
    command: Option<u32>,
    /// Nobody ends the editor of the page: the first save counts.
    by_page: bool,
    printer: Printer,
}

impl Editing {
    /// The editor is done: keeps what changed.
    fn take(&mut self, text: &str, cx: &mut Cx<'_>) -> Result<(), Trouble> {
        let bare = |text: &str| -> String { text.lines().filter(|line| !line.trim_start().starts_with('#')).collect() };
        if bare(text) == bare(&self.text) {
            cx.err("Edit cancelled, no changes made.");
            return Ok(());
        }
        if bare(text).trim().is_empty() {
            cx.err("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        let edited = match yaml::documents(text).into_iter().next().map(|document| document.result) {
            Some(Ok(parsed)) => parsed.value,
            None => Value::Null,
            Some(Err(error)) => {
                let commented: String = error.to_string().lines().map(|line| format!("# {line}\n")).collect();
                let _ = cx.desk.write(&self.path, format!("{commented}{text}").as_bytes());
                cx.err(format_args!("A copy of your changes has been stored to \"{}\"", self.path));
                return Err(Trouble::text("Edit cancelled, no valid changes were saved."));
            }
        };
        let items = match edited.get("items").and_then(Value::as_array) {
            Some(items) if edited["kind"] == "List" => items.clone(),
            _ => vec![edited],
        };
        for value in items {
            let name = |value: &Value| (value["kind"].clone(), value["metadata"]["name"].clone());
            let Some(old) = self.all.iter().find(|old| name(&old.value) == name(&value)).cloned() else {
                return Err(Trouble::text("At least one of apiVersion, kind and name was changed"));
            };
            let done = if old.value == value { "skipped" } else { "edited" };
            if done == "edited" {
                let body = last_applied::patch(&value);
                let patch = Patch { how: PatchKind::Merge, body: &body, part: Subresource::Main, check: Check::Ignore };
                let name = write::name_of(&value).0;
                write::act(cx, DryRun::None, |hands| hands.patch(old.kind, &old.namespace, &name, patch))?;
            }
            self.printer.print(cx, old.kind, &value, done)?;
        }
        Ok(())
    }
}

impl Job for Editing {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        if let Some(command) = self.command {
            match cx.desk.ended(command) {
                None => return Ok(Turn::Wait(Wait { child: true, ..Wait::default() })),
                Some(0) => self.command = None,
                Some(code) => {
                    return Err(Failure::error(format!("there was a problem with the editor: exit status {code}")));
                }
            }
        }
        let bytes = cx.desk.read(&self.path).map_err(Failure::error)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if self.by_page && text == self.text {
            let at = Some(cx.now() + Span::seconds(1));
            return Ok(Turn::Wait(Wait { at, change: true, ..Wait::default() }));
        }
        self.take(&text, cx)?;
        Ok(Turn::Done)
    }

    fn interrupt(&mut self, cx: &mut Cx<'_>) -> i32 {
        cx.err("Edit cancelled, no changes made.");
        130
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
