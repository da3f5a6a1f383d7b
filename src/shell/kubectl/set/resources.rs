//! `kubectl set resources`.
//!
//! Models: `kubectl/pkg/cmd/set/set_resources.go`.

use super::super::flags;
use super::*;
use crate::base::quantity::Quantity;

pub struct Resources;

static RESOURCE_FLAGS: &[Flag] = &[
    Flag::text("containers", "*", "The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards").short('c'),
    Flag::text("limits", "", "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges."),
    Flag::text("requests", "", "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges."),
];

static SPEC: Spec = Spec {
    name: "resources",
    short: "Update resource requests/limits on objects with pod templates",
    long: "Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.  If a pod is successfully scheduled, it is guaranteed the amount of resource requested, but may burst up to its specified limits.",
    examples: "# Set a deployments nginx container cpu limits to \"200m\" and memory to \"512Mi\"\nkubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi\n\n# Remove the resource requests for resources on containers in nginx\nkubectl set resources deployment nginx --limits=cpu=0,memory=0 --requests=cpu=0,memory=0",
    usage: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, FLAGS, RESOURCE_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Resources {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let (limits, requests) = (list(args.text("limits"))?, list(args.text("requests"))?);
        if limits.is_empty() && requests.is_empty() {
            let words = "you must specify an update to requests or limits (in the form of --requests/--limits)";
            return Err(Failure::error(words));
        }
        let found = objects(&args.words, args, cx)?;
        let said =
            Words { done: "resource requirements updated", fail: "failed to patch resources update to pod template " };
        update(found, args, cx, &said, |object, value, _| {
            let Some(spec) = pod_spec(object, value) else { return Err(no_template(object)) };
            let pattern = args.text("containers");
            let mut hits = 0;
            for container in containers(spec, "containers", pattern) {
                hits += 1;
                for (field, list) in [("limits", &limits), ("requests", &requests)] {
                    for (name, quantity) in list {
                        container["resources"][field][name] = quantity.clone().into();
                    }
                }
            }
            if hits == 0 {
                return Err(Trouble::text(format!("unable to find container named {pattern}")));
            }
            Ok(())
        })
    }
}

/// `cpu=100m,memory=256Mi`.
fn list(text: &str) -> Result<Vec<(String, String)>, Failure> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, quantity) = pair.split_once('=').ok_or_else(|| {
                Failure::error(format!("invalid argument syntax {pair}, expected <resource>=<value>"))
            })?;
            Quantity::parse(quantity).map_err(Failure::error)?;
            Ok((name.to_string(), crate::base::quantity::canonical(quantity)))
        })
        .collect()
}
