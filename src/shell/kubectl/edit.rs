//! `kubectl edit`: the object as a file in the editor; what is saved is sent as a patch.
//!
//! `KUBE_EDITOR` or `EDITOR` may be any command of the shell (`sed -i s/1/2/`). Without one the file opens in the editor of
//! the page, and the first save counts.
//!
//! Models: `kubectl/pkg/cmd/util/editor/editoptions.go`.
//! Left out: several objects in one file, `--windows-line-endings`.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer, SAVE_CONFIG, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, flags, printer, targets};
use crate::api::decode::Check;
use crate::api::patch::{Patch, Subresource, three_way};
use crate::api::{ApiError, Object, Reason};
use crate::base::yaml;
use crate::time::Span;
use serde_json::Value;

pub struct Edit;

static FLAGS: &[Flag] = &[
    Flag::text("field-manager", "kubectl-edit", "Name of the manager used to track field ownership."),
    Flag::bool("output-patch", "Output the patch if the resource is edited."),
    Flag::text("subresource", "", "If specified, edit will operate on the subresource of the requested object."),
    Flag::bool("windows-line-endings", "Defaults to the line ending native to your platform."),
];

static SPEC: Spec = Spec {
    name: "edit",
    group: Group::Intermediate,
    short: "Edit a resource on the server",
    long: "Edit a resource from the default editor.\n\n The edit command allows you to directly edit any API resource you can retrieve via the command-line tools. It will open the editor defined by your KUBE_EDITOR, or EDITOR environment variables, or fall back to 'vi' for Linux or 'notepad' for Windows.",
    examples: "# Edit the service named 'registry'\nkubectl edit svc/registry\n\n# Use an alternative editor\nKUBE_EDITOR=\"nano\" kubectl edit svc/registry",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    flags: &[flags::FILES, flags::OUTPUT, VALIDATE, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

impl Verb for Edit {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let printer = Printer::of(args, DryRun::None)?;
        if args.words.is_empty() && !args.has("filename") {
            return Err(super::resources::nothing_given());
        }
        let found = targets::find(&args.words, args, cx)?;
        gather(found.troubles)?;
        let mut objects = found.objects;
        objects.reverse();
        let json = args.text("output") == "json";
        let printer = if json || args.text("output") == "yaml" { Printer::plain() } else { printer };
        let patches = args.bool("output-patch");
        let part = match args.text("subresource") {
            "" => Subresource::Main,
            "status" => Subresource::Status,
            "resize" => Subresource::Resize,
            other => {
                let words = format!("invalid subresource value: \"{other}\". Must be one of [status resize]");
                return Err(Failure::error(words));
            }
        };
        let mut job = Editing { objects, open: None, json, patches, part, printer, failed: false };
        job.next(cx)?;
        Ok(Flow::Job(Box::new(job)))
    }
}

/// A file in the editor.
#[derive(Clone, Debug)]
struct Open {
    object: Object,
    path: String,
    text: String,
    /// The editor, until it has ended.
    command: Option<u32>,
    /// Nobody ends the editor of the page: every save counts until one is good.
    by_page: bool,
    /// What was saved with a mistake, comments left out; the file is open again.
    refused: Option<String>,
}

#[derive(Clone)]
struct Editing {
    /// Still to edit, the next one last.
    objects: Vec<Object>,
    open: Option<Open>,
    json: bool,
    patches: bool,
    part: Subresource,
    printer: Printer,
    failed: bool,
}

impl Editing {
    /// Opens the next object.
    fn next(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let Some(object) = self.objects.pop() else { return Ok(()) };
        let tree = printer::wire(&object);
        let text = if self.json { yaml::to_json_pretty(&tree) } else { format!("{HEADER}{}", yaml::to_yaml(&tree)) };
        self.launch(object, text, None, cx)
    }

    /// Puts a text into a new file and an editor on it.
    fn launch(
        &mut self,
        object: Object,
        text: String,
        refused: Option<String>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Failure> {
        let mark = cx.world.rng.of("temporary names").between(1_000_000_000, 4_000_000_000);
        let path = format!("/tmp/kubectl-edit-{mark}.{}", if self.json { "json" } else { "yaml" });
        cx.desk.write(&path, text.as_bytes()).map_err(|why| Failure::error(format!("open {path}: {why}")))?;
        let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| cx.desk.env(name).filter(|e| !e.is_empty()));
        let page = ["vi", "vim", "nano", "edit", "code", "code --wait"];
        let by_page = editor.as_deref().is_none_or(|editor| page.contains(&editor)) && cx.desk.is_terminal();
        let line = format!("{} \"{path}\"", editor.as_deref().unwrap_or("vi"));
        let command = cx.desk.spawn(vec!["sh".into(), "-c".into(), line.clone()]);
        if command.is_none() {
            return Err(Failure::error(format!("unable to launch the editor \"{line}\"")));
        }
        if by_page {
            cx.err(format_args!(
                "{path} is open in the editor: save it to change {}, Ctrl-C to leave it.",
                object.name()
            ));
        }
        self.open = Some(Open { object, path, text, command, by_page, refused });
        Ok(())
    }

    /// The editor is done: sends what changed. What is wrong with it opens the file again.
    fn take(&mut self, open: &Open, text: &str, cx: &mut Cx<'_>) -> Result<(), Trouble> {
        let bare = stripped(text);
        if open.refused.as_deref() == Some(bare.as_str()) {
            return Err(kept(open, cx));
        }
        let parsed = yaml::documents(text).into_iter().next().map(|document| document.result);
        if let Some(Err(error)) = &parsed {
            let kind = format!("error: {} \"{}\" is invalid", open.object.kind.names().resource, open.object.name());
            cx.err(kind);
            return self.again(open, &bare, &format!("The edited file had a syntax error: {error}"), &[], cx);
        }
        if bare == stripped(&open.text) && open.refused.is_none() {
            cx.err("Edit cancelled, no changes made.");
            return Ok(());
        }
        let value = match parsed {
            Some(Ok(parsed)) => parsed.value,
            _ => Value::Null,
        };
        if value.is_null() {
            cx.err("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        let object = &open.object;
        let kind = object.kind;
        let (how, body) = three_way::two_way_of_kind(kind, &printer::wire(object), &value).map_err(Trouble::Text)?;
        if body.as_object().is_some_and(serde_json::Map::is_empty) {
            cx.err("Edit cancelled, no changes made.");
            return Ok(());
        }
        for (field, word) in [("/metadata/name", object.name()), ("/kind", kind.names().kind)] {
            if value.pointer(field).and_then(Value::as_str) != Some(word) {
                cx.err(format_args!("A copy of your changes has been stored to \"{}\"", open.path));
                return Err(Trouble::text("At least one of apiVersion, kind and name was changed"));
            }
        }
        if self.patches {
            cx.line(format_args!("Patch: {}", yaml::to_json(&body)));
        }
        let patch = Patch { how, body: &body, part: self.part, check: Check::Warn };
        let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
        match write::act(cx, DryRun::None, |hands| hands.patch(kind, &namespace, &name, patch)) {
            Ok(patched) => {
                write::warn(cx, &patched.warnings);
                Ok(self.printer.object(cx, &patched.object, "edited")?)
            }
            Err(error) => self.refused(open, &bare, &error, cx),
        }
    }

    fn refused(&mut self, open: &Open, bare: &str, error: &ApiError, cx: &mut Cx<'_>) -> Result<(), Trouble> {
        let (resource, name) = (open.object.kind.names().resource, open.object.name());
        if error.reason == Reason::Invalid {
            cx.err(format_args!("error: {resource} \"{name}\" is invalid"));
            let causes: Vec<String> = error.causes.iter().map(ToString::to_string).collect();
            return self.again(open, bare, &format!("{resource} \"{name}\" was not valid"), &causes, cx);
        }
        if error.reason == Reason::NotFound {
            cx.err(format_args!("error: {resource} \"{name}\" could not be found on the server"));
            cx.err(format_args!("The edits you made on deleted resources have been saved to \"{}\"", open.path));
        } else {
            cx.err(format_args!("error: {resource} \"{name}\" could not be patched: {}", error.message));
            cx.err(format_args!("You can run `kubectl replace -f {}` to try this update again.", open.path));
        }
        Err(Failure::code(1).into())
    }

    /// Opens what was typed again, with what is wrong above it.
    fn again(
        &mut self,
        open: &Open,
        bare: &str,
        head: &str,
        causes: &[String],
        cx: &mut Cx<'_>,
    ) -> Result<(), Trouble> {
        let hash = |text: &str| text.replace('\n', "\n# ");
        let colon = if causes.is_empty() { "" } else { ":" };
        let mut text = format!("{HEADER}# {}{colon}\n", hash(head));
        for cause in causes {
            text += &format!("# * {}\n", hash(cause));
        }
        text += &format!("#\n{bare}");
        Ok(self.launch(open.object.clone(), text, Some(bare.to_string()), cx)?)
    }
}

/// A text without its comment lines.
fn stripped(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// Nothing better came: what was typed is not lost.
fn kept(open: &Open, cx: &mut Cx<'_>) -> Trouble {
    cx.err(format_args!("A copy of your changes has been stored to \"{}\"", open.path));
    Trouble::text("Edit cancelled, no valid changes were saved.")
}

impl Job for Editing {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        while let Some(mut open) = self.open.take() {
            if let Some(command) = open.command {
                match cx.desk.ended(command) {
                    None => {
                        self.open = Some(open);
                        return Ok(Turn::Wait(Wait { child: true, ..Wait::default() }));
                    }
                    Some(0) => open.command = None,
                    Some(code) => {
                        return Err(Failure::error(format!("there was a problem with the editor: exit status {code}")));
                    }
                }
            }
            let bytes = cx.desk.read(&open.path).map_err(Failure::error)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if open.by_page && text == open.text {
                self.open = Some(open);
                let at = Some(cx.now() + Span::seconds(1));
                return Ok(Turn::Wait(Wait { at, change: true, ..Wait::default() }));
            }
            if let Err(trouble) = self.take(&open, &text, cx) {
                self.failed = true;
                let failure: Failure = trouble.into();
                if !failure.message.is_empty() {
                    cx.err(failure.message);
                }
            }
            if self.open.is_none() {
                self.next(cx)?;
            }
        }
        Ok(if self.failed { Turn::Exit(1) } else { Turn::Done })
    }

    fn interrupt(&mut self, cx: &mut Cx<'_>) -> i32 {
        match self.open.take().filter(|open| open.refused.is_some()) {
            Some(open) => {
                let failure: Failure = kept(&open, cx).into();
                cx.err(failure.message);
            }
            None => cx.err("Edit cancelled, no changes made."),
        }
        130
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
