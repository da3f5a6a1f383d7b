//! `kubectl create secret generic|tls|docker-registry`.
//!
//! Models: `kubectl/pkg/cmd/create/create_secret*.go`.
//! Left out: `--append-hash`, checking that a certificate fits its key.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::sources::{self, Data, For};
use super::{Made, base64, deliver, name, object, required};
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Map, Value};

pub struct Secret;

static SECRET: Spec = Spec {
    name: "secret",
    short: "Create a secret using a specified subcommand",
    long: "Create a secret with specified type.\n\n A docker-registry type secret is for accessing a container registry.\n\n A generic type secret indicate an Opaque secret type.\n\n A tls type secret holds TLS certificate and its associated key.",
    usage: "(docker-registry | generic | tls)",
    subs: &[&DockerRegistry, &Generic, &Tls],
    ..Spec::EMPTY
};

impl Verb for Secret {
    fn spec(&self) -> &'static Spec {
        &SECRET
    }
}

fn secret(name: &str, kind: &str, data: Data) -> Made {
    let mut value = object("v1", "Secret", name);
    if !data.is_empty() {
        let data: Map<String, Value> = data.into_iter().map(|(key, bytes)| (key, base64(&bytes).into())).collect();
        value.insert("data".into(), Value::Object(data));
    }
    if !kind.is_empty() {
        value.insert("type".into(), kind.into());
    }
    Made { value: Value::Object(value), fail: "failed to create secret " }
}

static FILES: &[Flag] = &[
    Flag::bool("append-hash", "Append a hash of the secret to its name."),
    Flag::list(
        "from-file",
        "Key files can be specified using their file path, in which case a default name will be given to them, or optionally with a name and file path, in which case the given name will be used.  Specifying a directory will iterate each named file in the directory that is a valid secret key.",
    ),
];

struct Generic;

static GENERIC_FLAGS: &[Flag] = &[
    Flag::list("from-env-file", "Specify the path to a file to read lines of key=val pairs to create a secret."),
    Flag::array("from-literal", "Specify a key and literal value to insert in secret (i.e. mykey=somevalue)"),
    Flag::text("type", "", "The type of secret to create"),
];

static GENERIC: Spec = Spec {
    name: "generic",
    short: "Create a secret from a local file, directory, or literal value",
    long: "Create a secret based on a file, directory, or specified literal value.\n\n A single secret may package one or more key/value pairs.",
    examples: "# Create a new secret named my-secret with key1=supersecret and key2=topsecret\nkubectl create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret",
    usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, FILES, GENERIC_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Generic {
    fn spec(&self) -> &'static Spec {
        &GENERIC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create secret generic")?;
        let data = sources::read(args, &For { kind: "Secret", name: &name }, cx)?;
        deliver(secret(&name, args.text("type"), data), args, cx)
    }
}

struct Tls;

static TLS_FLAGS: &[Flag] = &[
    Flag::bool("append-hash", "Append a hash of the secret to its name."),
    Flag::text("cert", "", "Path to PEM encoded public key certificate."),
    Flag::text("key", "", "Path to private key associated with given certificate."),
];

static TLS: Spec = Spec {
    name: "tls",
    short: "Create a TLS secret",
    long: "Create a TLS secret from the given public/private key pair.\n\n The public/private key pair must exist beforehand. The public key certificate must be .PEM encoded and match the given private key.",
    examples: "# Create a new TLS secret named tls-secret with the given key pair\nkubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key",
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, TLS_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Tls {
    fn spec(&self) -> &'static Spec {
        &TLS
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create secret tls")?;
        if args.text("cert").is_empty() || args.text("key").is_empty() {
            return Err(Failure::error("key and cert must be specified"));
        }
        let mut data = Data::new();
        for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
            let path = args.text(flag);
            let bytes = cx
                .desk
                .read(path)
                .map_err(|why| Failure::error(format!("Cannot read file {path}, open {path}: {why}")))?;
            if !String::from_utf8_lossy(&bytes).contains("-----BEGIN ") {
                let what = if flag == "cert" { "certificate" } else { "key" };
                return Err(Failure::error(format!("tls: failed to find any PEM data in {what} input")));
            }
            data.insert(key.into(), bytes.to_vec());
        }
        deliver(secret(&name, "kubernetes.io/tls", data), args, cx)
    }
}

struct DockerRegistry;

static DOCKER_FLAGS: &[Flag] = &[
    Flag::text("docker-email", "", "Email for Docker registry"),
    Flag::text("docker-password", "", "Password for Docker registry authentication"),
    Flag::text("docker-server", "https://index.docker.io/v1/", "Server location for Docker registry"),
    Flag::text("docker-username", "", "Username for Docker registry authentication"),
];

static DOCKER: Spec = Spec {
    name: "docker-registry",
    short: "Create a secret for use with a Docker registry",
    long: "Create a new secret for use with Docker registries.\n\n Dockercfg secrets are used to authenticate against Docker registries.",
    examples: "# If you do not already have a .dockercfg file, create a dockercfg secret directly\nkubectl create secret docker-registry my-secret --docker-server=DOCKER_REGISTRY_SERVER --docker-username=DOCKER_USER --docker-password=DOCKER_PASSWORD --docker-email=DOCKER_EMAIL",
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, FILES, DOCKER_FLAGS],
    ..Spec::EMPTY
};

impl Verb for DockerRegistry {
    fn spec(&self) -> &'static Spec {
        &DOCKER
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        required(args, &[])?;
        let name = name(args, "kubectl create secret docker-registry")?;
        let (user, password, server) =
            (args.text("docker-username"), args.text("docker-password"), args.text("docker-server"));
        let data = if args.has("from-file") {
            sources::read(args, &For { kind: "Secret", name: &name }, cx)?
        } else {
            if user.is_empty() || password.is_empty() || server.is_empty() {
                return Err(Failure::error(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                ));
            }
            let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
            let email = args.text("docker-email");
            let email = if email.is_empty() { String::new() } else { format!("\"email\":{},", quote(email)) };
            let text = format!(
                "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":{}}}}}}}",
                quote(server),
                quote(user),
                quote(password),
                quote(&base64(format!("{user}:{password}").as_bytes()))
            );
            Data::from([(".dockerconfigjson".to_string(), text.into_bytes())])
        };
        deliver(secret(&name, "kubernetes.io/dockerconfigjson", data), args, cx)
    }
}
