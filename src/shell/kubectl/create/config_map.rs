//! `kubectl create configmap`.
//!
//! Models: `kubectl/pkg/cmd/create/create_configmap.go`.
//! Left out: `--append-hash`.

use super::super::{Args, Cx, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::sources::{self, For};
use super::{Made, base64, deliver, name, object};
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Map, Value};

pub struct ConfigMaps;

static FLAGS: &[Flag] = &[
    Flag::bool("append-hash", "Append a hash of the configmap to its name."),
    Flag::list("from-env-file", "Specify the path to a file to read lines of key=val pairs to create a configmap."),
    Flag::list(
        "from-file",
        "Key file can be specified using its file path, in which case file basename will be used as configmap key, or optionally with a key and file path, in which case the given key will be used.  Specifying a directory will iterate each named file in the directory whose basename is a valid configmap key.",
    ),
    Flag::array("from-literal", "Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)"),
];

static SPEC: Spec = Spec {
    name: "configmap",
    aliases: &["cm"],
    short: "Create a config map from a local file, directory or literal value",
    long: "Create a config map based on a file, directory, or specified literal value.\n\n A single config map may package one or more key/value pairs.",
    examples: "# Create a new config map named my-config based on folder bar\nkubectl create configmap my-config --from-file=path/to/bar\n\n# Create a new config map named my-config with key1=config1 and key2=config2\nkubectl create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2",
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for ConfigMaps {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create configmap")?;
        let data = sources::read(args, &For { kind: "ConfigMap", name: &name }, cx)?;
        let mut value = object("v1", "ConfigMap", &name);
        let (mut texts, mut binary) = (Map::new(), Map::new());
        for (key, bytes) in data {
            match String::from_utf8(bytes) {
                Ok(text) => texts.insert(key, text.into()),
                Err(error) => binary.insert(key, base64(error.as_bytes()).into()),
            };
        }
        for (field, map) in [("data", texts), ("binaryData", binary)] {
            if !map.is_empty() {
                value.insert(field.into(), Value::Object(map));
            }
        }
        deliver(Made { value: Value::Object(value), fail: "failed to create configmap: " }, args, cx)
    }
}
