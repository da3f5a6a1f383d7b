//! `kubectl create deployment`.
//!
//! Models: `kubectl/pkg/cmd/create/create_deployment.go`.

use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::{Made, deliver, name, object, required};
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Value, json};

pub struct Deployment;

static FLAGS: &[Flag] = &[
    Flag::list("image", "Image names to run. A deployment can have multiple images set for multi-container pod."),
    Flag::int("port", "-1", "The containerPort that this deployment exposes."),
    Flag::int("replicas", "1", "Number of replicas to create. Default is 1.").short('r'),
];

static SPEC: Spec = Spec {
    name: "deployment",
    aliases: &["deploy"],
    short: "Create a deployment with the specified name",
    long: "Create a deployment with the specified name.",
    examples: "# Create a deployment named my-dep that runs the busybox image\nkubectl create deployment my-dep --image=busybox\n\n# Create a deployment with a command\nkubectl create deployment my-dep --image=busybox -- date\n\n# Create a deployment named my-dep that runs the nginx image with 3 replicas\nkubectl create deployment my-dep --image=nginx --replicas=3\n\n# Create a deployment named my-dep that runs the busybox image and expose port 5701\nkubectl create deployment my-dep --image=busybox --port=5701\n\n# Create a deployment named my-dep that runs multiple containers\nkubectl create deployment my-dep --image=busybox:latest --image=ubuntu:latest --image=nginx",
    usage: "NAME --image=image -- [COMMAND] [args...]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Deployment {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        required(args, &["image"])?;
        let name = name(args, "kubectl create deployment")?;
        let images = args.all("image");
        let command = args.rest.clone().unwrap_or_default();
        if images.len() > 1 && !command.is_empty() {
            return Err(Failure::error("cannot specify multiple --image options and command"));
        }
        let mut containers: Vec<Value> = vec![];
        for image in &images {
            let mut container = json!({ "image": image, "name": container_name(image, cx), "resources": {} });
            if !command.is_empty() {
                container["command"] = command.clone().into();
            }
            containers.push(container);
        }
        if args.int("port") >= 0 {
            containers[0]["ports"] = json!([{ "containerPort": args.int("port") }]);
        }
        let mut value = object("apps/v1", "Deployment", &name);
        value["metadata"]["labels"] = json!({ "app": name });
        value.insert(
            "spec".into(),
            json!({
                "replicas": args.int("replicas"),
                "selector": { "matchLabels": { "app": name } },
                "strategy": {},
                "template": { "metadata": { "labels": { "app": name } }, "spec": { "containers": containers } },
            }),
        );
        value.insert("status".into(), json!({}));
        deliver(Made { value: Value::Object(value), fail: "failed to create deployment: " }, args, cx)
            .map(|_: Flow| Flow::Done)
    }
}

/// `registry/team/web_app:v1` gives `web-app-x7k2p`: the image's last word, made unique where it had to be changed.
fn container_name(image: &str, cx: &mut Cx<'_>) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    if !name.contains(['_', '.']) {
        return name.to_string();
    }
    let suffix = cx.world.rng.of("generated names").suffix(5);
    format!("{}-{suffix}", name.replace(['_', '.'], "-"))
}
