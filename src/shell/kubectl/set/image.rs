//! `kubectl set image`.
//!
//! Models: `kubectl/pkg/cmd/set/set_image.go`.

use super::super::flags;
use super::*;

pub struct Image;

static SPEC: Spec = Spec {
    name: "image",
    short: "Update the image of a pod template",
    long: "Update existing container image(s) of resources.",
    examples: "# Set a deployment's nginx container image to 'nginx:1.9.1', and its busybox container image to 'busybox'\nkubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1\n\n# Update image of all containers of daemonset abc to 'nginx:1.9.1'\nkubectl set image daemonset abc *=nginx:1.9.1",
    usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Image {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let (words, pairs) = resources_and_pairs(&args.words, "image")?;
        if words.is_empty() && !args.has("filename") {
            return objects(&words, args, cx).map(|_| Flow::Done);
        }
        if pairs.is_empty() {
            return Err(Failure::error("at least one image update is required"));
        }
        let mut images = vec![];
        for pair in &pairs {
            match pair.split_once('=') {
                Some((name, image)) if !name.is_empty() && !image.is_empty() => {
                    images.push((name.to_string(), image.to_string()));
                }
                _ => return Err(Failure::error(format!("invalid image spec: {pair}"))),
            }
        }
        if images.len() > 1 && images.iter().any(|(name, _)| name == "*") {
            return Err(Failure::error(
                "all containers are already specified by *, but saw more than one container_name=container_image pairs",
            ));
        }
        let found = objects(&words, args, cx)?;
        let said = Words { done: "image updated", fail: "failed to patch image update to pod template: " };
        update(found, args, cx, &said, |object, value, _| {
            let Some(spec) = pod_spec(object, value) else { return Err(no_template(object)) };
            let mut lacking = vec![];
            for (name, image) in &images {
                let mut hits = 0;
                for list in ["initContainers", "containers"] {
                    for container in containers(spec, list, name) {
                        container["image"] = image.clone().into();
                        hits += 1;
                    }
                }
                if hits == 0 {
                    lacking.push(Trouble::Text(format!("unable to find container named \"{name}\"")));
                }
            }
            gather(lacking)
        })
    }
}
