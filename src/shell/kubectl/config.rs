//! `kubectl config`: contexts, clusters and users of the kubeconfig.
//!
//! Models: `kubectl/pkg/cmd/config`.
//! Left out: `config set` of anything but contexts' namespaces and the current context.

use super::kubeconfig::{ClusterEntry, Context, ContextEntry, Kubeconfig, UserEntry};
use super::printer::{self, Format};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::base::table::TabWriter;
use crate::base::yaml;

pub struct Config;

static SPEC: Spec = Spec {
    name: "config",
    group: Group::Settings,
    short: "Modify kubeconfig files",
    long: "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".

 The loading order follows these rules:

  1.  If the --kubeconfig flag is set, then only that file is loaded. The flag may only be set once and no merging takes place.
  2.  If $KUBECONFIG environment variable is set, then it is used as a list of paths (normal path delimiting rules for your system).
  3.  Otherwise, ${HOME}/.kube/config is used and no merging takes place.",
    usage: "SUBCOMMAND",
    subs: SUBS,
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Config {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
}

/// A subcommand: its words, and what it does.
struct Sub {
    spec: Spec,
    act: fn(&Args, &mut Cx<'_>) -> Result<(), Failure>,
}

impl Verb for Sub {
    fn spec(&self) -> &'static Spec {
        // Every Sub is one of the statics below.
        SUB_SPECS.iter().find(|sub| sub.spec.name == self.spec.name).map_or(&SPEC, |sub| &sub.spec)
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        (self.act)(args, cx)?;
        Ok(Flow::Done)
    }
}

const fn sub(
    name: &'static str,
    short: &'static str,
    usage: &'static str,
    flags: &'static [&'static [Flag]],
    act: fn(&Args, &mut Cx<'_>) -> Result<(), Failure>,
) -> Sub {
    Sub { spec: Spec { name, short, usage, flags, offline: true, ..Spec::EMPTY }, act }
}

static NO_HEADERS: &[Flag] = &[
    Flag::bool(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (name).").short('o'),
];
static SET_CONTEXT: &[Flag] = &[Flag::bool("current", "Modify the current context")];
static SET_CLUSTER: &[Flag] = &[
    Flag::bool("embed-certs", "embed-certs for the cluster entry in kubeconfig"),
    Flag::text("proxy-url", "", "proxy-url for the cluster entry in kubeconfig"),
];
static SET_USER: &[Flag] = &[
    Flag::bool("embed-certs", "Embed client cert/key for the user entry in kubeconfig"),
    Flag::text("exec-command", "", "Command for the exec credential plugin for the user entry in kubeconfig"),
];
static VIEW: &[Flag] = &[
    Flag::bool(
        "flatten",
        "Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)",
    ),
    Flag::bool("merge", "Merge the full hierarchy of kubeconfig files").on(),
    Flag::bool("minify", "Remove all information not used by current-context from the output"),
    Flag::bool("raw", "Display raw byte data and sensitive data"),
];
static NONE: &[&[Flag]] = &[];

static SUB_SPECS: [Sub; 15] = [
    sub("current-context", "Display the current-context", "[flags]", NONE, current_context),
    sub("delete-cluster", "Delete the specified cluster from the kubeconfig", "NAME", NONE, delete_cluster),
    sub("delete-context", "Delete the specified context from the kubeconfig", "NAME", NONE, delete_context),
    sub("delete-user", "Delete the specified user from the kubeconfig", "NAME", NONE, delete_user),
    sub("get-clusters", "Display clusters defined in the kubeconfig", "[flags]", NONE, get_clusters),
    sub("get-contexts", "Describe one or many contexts", "[(-o|--output=)name)]", &[NO_HEADERS], get_contexts),
    sub("get-users", "Display users defined in the kubeconfig", "[flags]", NONE, get_users),
    sub("rename-context", "Rename a context from the kubeconfig file", "CONTEXT_NAME NEW_NAME", NONE, rename_context),
    sub("set", "Set an individual value in a kubeconfig file", "PROPERTY_NAME PROPERTY_VALUE", NONE, set),
    sub("set-cluster", "Set a cluster entry in kubeconfig", "NAME", &[SET_CLUSTER], set_cluster),
    sub("set-context", "Set a context entry in kubeconfig", "[NAME | --current]", &[SET_CONTEXT], set_context),
    sub("set-credentials", "Set a user entry in kubeconfig", "NAME", &[SET_USER], set_credentials),
    sub("unset", "Unset an individual value in a kubeconfig file", "PROPERTY_NAME", NONE, unset),
    sub("use-context", "Set the current-context in a kubeconfig file", "CONTEXT_NAME", NONE, use_context),
    sub(
        "view",
        "Display merged kubeconfig settings or a specified kubeconfig file",
        "[flags]",
        &[VIEW, super::flags::OUTPUT],
        view,
    ),
];

static SUBS: &[&dyn Verb] = &[
    &SUB_SPECS[0],
    &SUB_SPECS[1],
    &SUB_SPECS[2],
    &SUB_SPECS[3],
    &SUB_SPECS[4],
    &SUB_SPECS[5],
    &SUB_SPECS[6],
    &SUB_SPECS[7],
    &SUB_SPECS[8],
    &SUB_SPECS[9],
    &SUB_SPECS[10],
    &SUB_SPECS[11],
    &SUB_SPECS[12],
    &SUB_SPECS[13],
    &SUB_SPECS[14],
];

fn unexpected(args: &Args) -> Failure {
    Failure::usage(&args.path, format!("unexpected args: [{}]", args.words.join(" ")))
}

fn one(args: &Args) -> Result<&str, Failure> {
    match args.words.as_slice() {
        [name] => Ok(name),
        _ => Err(unexpected(args)),
    }
}

/// The file as it is, without what `--context` made of it.
fn stored(cx: &mut Cx<'_>) -> Result<Kubeconfig, Failure> {
    let path = cx.config.path.clone();
    let mut config = match cx.desk.read(&path) {
        Ok(bytes) if !bytes.is_empty() => yaml::read_bytes(&bytes)
            .map_err(|error| Failure::error(format!("error loading config file \"{path}\": {error}")))?,
        _ => Kubeconfig::default(),
    };
    config.path = path;
    Ok(config)
}

fn current_context(_: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if cx.config.current.is_empty() {
        return Err(Failure::error("current-context is not set"));
    }
    let current = cx.config.current.clone();
    cx.line(current);
    Ok(())
}

fn list(title: &str, mut names: Vec<String>, cx: &mut Cx<'_>) {
    names.sort();
    cx.line(title);
    for name in names {
        cx.line(name);
    }
}

fn get_clusters(_: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let names = cx.config.clusters.iter().map(|c| c.name.clone()).collect();
    list("NAME", names, cx);
    Ok(())
}

fn get_users(_: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let names = cx.config.users.iter().map(|u| u.name.clone()).collect();
    list("NAME", names, cx);
    Ok(())
}

fn get_contexts(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let names_only = match args.text("output") {
        "" => false,
        "name" => true,
        other => return Err(Failure::error(format!("output must be one of '' or 'name': {other}"))),
    };
    let mut entries = cx.config.contexts.clone();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut missing = vec![];
    if !args.words.is_empty() {
        for name in &args.words {
            if !entries.iter().any(|entry| entry.name == *name) {
                missing.push(Failure::error(format!("context {name} not found")));
            }
        }
        entries.retain(|entry| args.words.contains(&entry.name));
    }
    if names_only {
        for entry in &entries {
            cx.line(&entry.name);
        }
    } else {
        let mut rows: Vec<Vec<String>> = vec![];
        if !args.bool("no-headers") {
            rows.push(["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"].map(String::from).to_vec());
        }
        for ContextEntry { context, name } in &entries {
            let mark = if *name == cx.config.current { "*" } else { "" };
            let Context { cluster, user, namespace } = context;
            rows.push([mark, name, cluster, user, namespace].map(String::from).to_vec());
        }
        let text = TabWriter::table().rows(&rows);
        cx.out(text);
    }
    super::get::together(&missing).map_or(Ok(()), Err)
}

fn use_context(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    if !config.contexts.iter().any(|c| c.name == name) {
        return Err(Failure::error(format!("no context exists with the name: \"{name}\"")));
    }
    config.current = name.into();
    config.save(cx.desk)?;
    cx.line(format_args!("Switched to context \"{name}\"."));
    Ok(())
}

fn set_context(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut config = stored(cx)?;
    let name = match (args.bool("current"), args.words.as_slice()) {
        (true, []) if config.current.is_empty() => return Err(Failure::error("no current context is set")),
        (true, []) => config.current.clone(),
        (true, _) => return Err(Failure::error("you cannot specify both a context name and --current")),
        (false, [name]) => name.clone(),
        (false, []) => return Err(Failure::error("you must specify a non-empty context name or --current")),
        (false, _) => return Err(unexpected(args)),
    };
    let exists = config.contexts.iter().any(|c| c.name == name);
    if !exists {
        config.contexts.push(ContextEntry { name: name.clone(), ..ContextEntry::default() });
    }
    if let Some(entry) = config.contexts.iter_mut().find(|c| c.name == name) {
        for (flag, field) in [
            ("namespace", &mut entry.context.namespace),
            ("cluster", &mut entry.context.cluster),
            ("user", &mut entry.context.user),
        ] {
            if let Some(value) = args.given(flag) {
                *field = value.into();
            }
        }
    }
    config.save(cx.desk)?;
    cx.line(format_args!("Context \"{name}\" {}.", if exists { "modified" } else { "created" }));
    Ok(())
}

fn rename_context(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let [from, to] = args.words.as_slice() else { return Err(unexpected(args)) };
    let mut config = stored(cx)?;
    let path = config.path.clone();
    if !config.contexts.iter().any(|c| c.name == *from) {
        return Err(Failure::error(format!("cannot rename the context \"{from}\", it's not in {path}")));
    }
    if config.contexts.iter().any(|c| c.name == *to) {
        return Err(Failure::error(format!(
            "cannot rename the context \"{from}\", the context \"{to}\" already exists in {path}"
        )));
    }
    for entry in config.contexts.iter_mut().filter(|c| c.name == *from) {
        entry.name.clone_from(to);
    }
    if config.current == *from {
        config.current.clone_from(to);
    }
    config.save(cx.desk)?;
    cx.line(format_args!("Context \"{from}\" renamed to \"{to}\"."));
    Ok(())
}

fn gone(what: &str, name: &str, path: &str) -> Failure {
    Failure::error(format!("cannot delete {what} {name}, not in {path}"))
}

fn delete_context(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    let before = config.contexts.len();
    config.contexts.retain(|c| c.name != name);
    if config.contexts.len() == before {
        return Err(gone("context", name, &config.path));
    }
    if config.current == name {
        cx.err(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one",
        );
    }
    config.save(cx.desk)?;
    cx.line(format_args!("deleted context {name} from {}", config.path));
    Ok(())
}

fn delete_cluster(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    let before = config.clusters.len();
    config.clusters.retain(|c| c.name != name);
    if config.clusters.len() == before {
        return Err(gone("cluster", name, &config.path));
    }
    config.save(cx.desk)?;
    cx.line(format_args!("deleted cluster {name} from {}", config.path));
    Ok(())
}

fn delete_user(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    let before = config.users.len();
    config.users.retain(|u| u.name != name);
    if config.users.len() == before {
        return Err(gone("user", name, &config.path));
    }
    config.save(cx.desk)?;
    cx.line(format_args!("deleted user {name} from {}", config.path));
    Ok(())
}

fn set_cluster(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    if !config.clusters.iter().any(|c| c.name == name) {
        config.clusters.push(ClusterEntry { name: name.into(), ..ClusterEntry::default() });
    }
    for entry in config.clusters.iter_mut().filter(|c| c.name == name) {
        if let Some(server) = args.given("server") {
            entry.cluster.server = server.into();
        }
        if let Some(file) = args.given("certificate-authority") {
            entry.cluster.authority_file = file.into();
        }
        if args.has("insecure-skip-tls-verify") {
            entry.cluster.insecure = args.bool("insecure-skip-tls-verify");
        }
    }
    config.save(cx.desk)?;
    cx.line(format_args!("Cluster \"{name}\" set."));
    Ok(())
}

fn set_credentials(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let name = one(args)?;
    let mut config = stored(cx)?;
    if !config.users.iter().any(|u| u.name == name) {
        config.users.push(UserEntry { name: name.into(), ..UserEntry::default() });
    }
    for entry in config.users.iter_mut().filter(|u| u.name == name) {
        for (flag, field) in [
            ("token", &mut entry.user.token),
            ("username", &mut entry.user.username),
            ("password", &mut entry.user.password),
            ("client-certificate", &mut entry.user.certificate_file),
            ("client-key", &mut entry.user.key_file),
        ] {
            if let Some(value) = args.given(flag) {
                *field = value.into();
            }
        }
        if args.bool("embed-certs") {
            let user = &mut entry.user;
            let pairs = [(&mut user.certificate_file, &mut user.certificate), (&mut user.key_file, &mut user.key)];
            for (file, data) in pairs.into_iter().filter(|(file, _)| !file.is_empty()) {
                let bytes = cx.desk.read(file);
                let bytes = bytes.map_err(|why| {
                    let what = if file.ends_with(".key") { "client-key" } else { "client-certificate" };
                    Failure::error(format!("could not read {what} data from {file}: open {file}: {why}"))
                })?;
                *data = crate::base::base64::encode(&bytes);
                file.clear();
            }
        }
    }
    config.save(cx.desk)?;
    cx.line(format_args!("User \"{name}\" set."));
    Ok(())
}

/// Fields below the entries of a kubeconfig.
const FIELDS: [&str; 14] = [
    "namespace",
    "cluster",
    "user",
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
    "token",
    "username",
    "password",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
];

/// Sets `current-context` or `contexts.NAME.namespace` and the like; an empty value unsets.
fn assign(property: &str, value: &str, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut config = stored(cx)?;
    let lost = || Failure::error(format!("unable to parse one or more field values of {property}"));
    let (list, rest) = property.split_once('.').unwrap_or((property, ""));
    let (name, field) = match rest.rsplit_once('.') {
        Some((name, field)) if FIELDS.contains(&field) => (name, field),
        _ => (rest, ""),
    };
    let unset = value.is_empty();
    match list {
        "current-context" if rest.is_empty() => config.current = value.into(),
        "contexts" | "users" | "clusters" if field.is_empty() && !unset => {
            return Err(Failure::error(format!("can't set a map to a value: map[{rest}]")));
        }
        "contexts" if field.is_empty() => config.contexts.retain(|c| !rest.is_empty() && c.name != name),
        "users" if field.is_empty() => config.users.retain(|u| !rest.is_empty() && u.name != name),
        "clusters" if field.is_empty() => config.clusters.retain(|c| !rest.is_empty() && c.name != name),
        "contexts" | "users" | "clusters" => {
            let place = place(&mut config, list, name, field, unset)?.ok_or_else(lost)?;
            match place {
                Place::Text(text) => *text = value.into(),
                Place::Flag(flag) => *flag = value == "true",
            }
        }
        _ => return Err(lost()),
    }
    config.save(cx.desk)
}

/// Where a value goes.
enum Place<'a> {
    Text(&'a mut String),
    Flag(&'a mut bool),
}

/// The field of an entry, which is made unless something is to be unset; `None` if entries have no such field.
fn place<'a>(
    config: &'a mut Kubeconfig,
    list: &str,
    name: &str,
    field: &str,
    unset: bool,
) -> Result<Option<Place<'a>>, Failure> {
    let known = match list {
        "contexts" => config.contexts.iter().any(|c| c.name == name),
        "clusters" => config.clusters.iter().any(|c| c.name == name),
        _ => config.users.iter().any(|u| u.name == name),
    };
    if !known && unset {
        return Err(Failure::error(format!("current map key `{name}` is invalid")));
    }
    if !known {
        match list {
            "contexts" => config.contexts.push(ContextEntry { name: name.into(), ..ContextEntry::default() }),
            "clusters" => config.clusters.push(ClusterEntry { name: name.into(), ..ClusterEntry::default() }),
            _ => config.users.push(UserEntry { name: name.into(), ..UserEntry::default() }),
        }
    }
    if list == "contexts" {
        let context = config.contexts.iter_mut().find(|c| c.name == name).map(|entry| &mut entry.context);
        return Ok(context.and_then(|context| match field {
            "namespace" => Some(Place::Text(&mut context.namespace)),
            "cluster" => Some(Place::Text(&mut context.cluster)),
            "user" => Some(Place::Text(&mut context.user)),
            _ => None,
        }));
    }
    if list == "clusters" {
        let cluster = config.clusters.iter_mut().find(|c| c.name == name).map(|entry| &mut entry.cluster);
        return Ok(cluster.and_then(|cluster| match field {
            "server" => Some(Place::Text(&mut cluster.server)),
            "certificate-authority" => Some(Place::Text(&mut cluster.authority_file)),
            "certificate-authority-data" => Some(Place::Text(&mut cluster.authority)),
            "insecure-skip-tls-verify" => Some(Place::Flag(&mut cluster.insecure)),
            _ => None,
        }));
    }
    let user = config.users.iter_mut().find(|u| u.name == name).map(|entry| &mut entry.user);
    Ok(user.and_then(|user| {
        Some(Place::Text(match field {
            "token" => &mut user.token,
            "username" => &mut user.username,
            "password" => &mut user.password,
            "client-certificate" => &mut user.certificate_file,
            "client-certificate-data" => &mut user.certificate,
            "client-key" => &mut user.key_file,
            "client-key-data" => &mut user.key,
            _ => return None,
        }))
    }))
}

fn set(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let [property, value] = args.words.as_slice() else { return Err(unexpected(args)) };
    if value.is_empty() {
        return Err(Failure::error("you cannot use set to unset a property"));
    }
    assign(property, value, cx)?;
    cx.line(format_args!("Property \"{property}\" set."));
    Ok(())
}

fn unset(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let property = one(args)?;
    assign(property, "", cx)?;
    cx.line(format_args!("Property \"{property}\" unset."));
    Ok(())
}

fn view(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut config = cx.config.clone();
    if args.bool("minify") {
        if config.current.is_empty() {
            return Err(Failure::error("current-context must exist in order to minify"));
        }
        let Some(context) = config.context().cloned() else {
            return Err(Failure::error(format!("cannot locate context {}", config.current)));
        };
        let current = config.current.clone();
        config.contexts.retain(|c| c.name == current);
        config.clusters.retain(|c| c.name == context.cluster);
        config.users.retain(|u| u.name == context.user);
    }
    if !args.bool("raw") && !args.bool("flatten") {
        let hide = |text: &mut String, mark: &str| {
            if !text.is_empty() {
                *text = mark.into();
            }
        };
        for entry in &mut config.clusters {
            hide(&mut entry.cluster.authority, "DATA+OMITTED");
        }
        for entry in &mut config.users {
            hide(&mut entry.user.certificate, "DATA+OMITTED");
            hide(&mut entry.user.key, "DATA+OMITTED");
            hide(&mut entry.user.token, "REDACTED");
        }
    }
    let format = match Format::of(args, printer::OBJECT_FORMATS)? {
        Format::Own => Format::Yaml,
        format => format,
    };
    let tree = config.to_value();
    printer::print_value(&tree, &format, cx)
}
