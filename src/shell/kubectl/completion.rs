//! `kubectl completion`: what a shell reads to complete kubectl. This terminal completes by itself, and the script says so.
//!
//! Models: `kubectl/pkg/cmd/completion`.
//! Left out: the scripts of the real ones, which ask kubectl at every press of Tab.

use super::{Args, Cx, Failure, Flow, Group, Outcome, Spec, Verb};

pub struct Completion;

static SPEC: Spec = Spec {
    name: "completion",
    group: Group::Settings,
    short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    long: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell). The shell code must be evaluated to provide interactive completion of kubectl commands. This can be done by sourcing it from the .bash_profile.",
    examples: "# Load the kubectl completion code for bash into the current shell
source <(kubectl completion bash)

# Set the kubectl completion code for zsh[1] to autoload on startup
kubectl completion zsh > \"${fpath[1]}/_kubectl\"

# Load the kubectl completion code for fish[2] into the current shell
kubectl completion fish | source",
    usage: "SHELL",
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Completion {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let words = args.positional();
        let shell = match words.as_slice() {
            [] => return Err(Failure::usage(&args.path, "Shell not specified.")),
            [shell] => shell.as_str(),
            _ => return Err(Failure::usage(&args.path, "Too many arguments. Expected only the shell type.")),
        };
        let body = match shell {
            "bash" => "__start_kubectl() { :; }\n",
            "zsh" => "#compdef kubectl\n_kubectl() { :; }\n",
            "fish" => "function __kubectl_perform_completion\nend\n",
            "powershell" => "Register-ArgumentCompleter -CommandName 'kubectl' -ScriptBlock { }\n",
            other => return Err(Failure::usage(&args.path, format!("Unsupported shell type {other:?}."))),
        };
        cx.out(format!(
            "# {shell} completion for kubectl: this terminal completes kubectl by itself, press Tab\n{body}"
        ));
        Ok(Flow::Done)
    }
}
