//! `~/.kube/config`: clusters, users, contexts; which one is current and in which namespace.
//!
//! Models: `client-go/tools/clientcmd`.
//! Left out: merging several files of KUBECONFIG, credentials.

use super::{Args, Desk, Failure};
use crate::api;
use crate::base::yaml;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Cluster {
    #[serde(default, rename = "certificate-authority", skip_serializing_if = "String::is_empty")]
    pub authority_file: String,
    #[serde(default, rename = "insecure-skip-tls-verify", skip_serializing_if = "is_false")]
    pub insecure: bool,
    #[serde(default, rename = "certificate-authority-data", skip_serializing_if = "String::is_empty")]
    pub authority: String,
    #[serde(default)]
    pub server: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct User {
    #[serde(default, rename = "client-certificate", skip_serializing_if = "String::is_empty")]
    pub certificate_file: String,
    #[serde(default, rename = "client-key", skip_serializing_if = "String::is_empty")]
    pub key_file: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub username: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub password: String,
    #[serde(default, rename = "client-certificate-data", skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    #[serde(default, rename = "client-key-data", skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Context {
    #[serde(default)]
    pub cluster: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    #[serde(default)]
    pub user: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct ClusterEntry {
    #[serde(default)]
    pub cluster: Cluster,
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct UserEntry {
    pub name: String,
    #[serde(default)]
    pub user: User,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct ContextEntry {
    #[serde(default)]
    pub context: Context,
    pub name: String,
}

/// The file, and what the flags of one call make of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Kubeconfig {
    #[serde(default)]
    pub clusters: Vec<ClusterEntry>,
    #[serde(default)]
    pub contexts: Vec<ContextEntry>,
    #[serde(default, rename = "current-context")]
    pub current: String,
    #[serde(default)]
    pub users: Vec<UserEntry>,
    /// `--namespace` of this call.
    #[serde(skip)]
    pub asked_namespace: Option<String>,
    /// Who makes the requests of this call.
    #[serde(skip)]
    pub caller: Rc<api::User>,
    /// The field manager of what this call writes.
    #[serde(skip)]
    pub manager: String,
    /// What `--record` writes down.
    #[serde(skip)]
    pub change_cause: Option<String>,
    /// `--show-managed-fields` of this call.
    #[serde(skip)]
    pub show_managed: bool,
    /// What this call prints are structures of Go.
    #[serde(skip)]
    pub typed: bool,
    /// What `-v` asks to be told of this call.
    #[serde(skip)]
    pub voice: super::wire::Voice,
    #[serde(skip)]
    pub path: String,
    /// What is remembered of custom kinds.
    #[serde(skip)]
    pub discovery: api::custom::Discovery,
}

/// Whether the API server answers at an address.
///
/// # Errors
/// kubectl's words for a server that cannot be reached.
fn reach(server: &str) -> Result<(), Failure> {
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let place = rest.split('/').next().unwrap_or("");
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None if place.is_empty() => ("localhost", "8080"),
        None => (place, if scheme == "https" { "443" } else { "80" }),
    };
    let near = matches!(host, "127.0.0.1" | "localhost");
    let nodes = ["control-plane", "node01", "node02", "172.18.0.2", "172.18.0.3", "172.18.0.4"];
    let served = near || matches!(host, "control-plane" | "172.18.0.2");
    if served && port == "6443" {
        let words = "Error from server (BadRequest): Client sent an HTTP request to an HTTPS server.";
        return if scheme == "https" { Ok(()) } else { Err(Failure::plain(words)) };
    }
    Err(Failure::plain(if near || nodes.contains(&host) {
        format!("The connection to the server {host}:{port} was refused - did you specify the right host or port?")
    } else if host.parse::<std::net::IpAddr>().is_ok() {
        format!("Unable to connect to the server: dial tcp {host}:{port}: i/o timeout")
    } else {
        format!("Unable to connect to the server: dial tcp: lookup {host} on 127.0.0.53:53: no such host")
    }))
}

impl Kubeconfig {
    /// What kubeadm leaves for the administrator.
    pub fn admin() -> Kubeconfig {
        let name = "kubernetes-admin@kubernetes".to_string();
        Kubeconfig {
            change_cause: None,
            clusters: vec![ClusterEntry {
                cluster: Cluster {
                    authority: "UGlsb3Rob3VzZQ==".into(),
                    server: "https://127.0.0.1:6443".into(),
                    ..Cluster::default()
                },
                name: "kubernetes".into(),
            }],
            contexts: vec![ContextEntry {
                context: Context {
                    cluster: "kubernetes".into(),
                    user: "kubernetes-admin".into(),
                    namespace: String::new(),
                },
                name: name.clone(),
            }],
            current: name,
            discovery: Default::default(),
            users: vec![UserEntry {
                name: "kubernetes-admin".into(),
                user: User {
                    certificate: "UGlsb3Rob3VzZQ==".into(),
                    key: "UGlsb3Rob3VzZQ==".into(),
                    ..User::default()
                },
            }],
            asked_namespace: None,
            caller: Rc::default(),
            manager: String::new(),
            show_managed: false,
            typed: false,
            voice: Default::default(),
            path: String::new(),
        }
    }

    /// Reads the file that this call uses.
    ///
    /// # Errors
    /// When there is a file and it cannot be read.
    pub fn load(args: &Args, desk: &mut dyn Desk) -> Result<Kubeconfig, Failure> {
        let home = desk.env("HOME").unwrap_or_else(|| "/root".into());
        let path = match args.given("kubeconfig") {
            Some(path) => path.to_string(),
            None => match desk.env("KUBECONFIG").filter(|p| !p.is_empty()) {
                Some(path) => path.split(':').next().unwrap_or_default().to_string(),
                None => format!("{home}/.kube/config"),
            },
        };
        let mut config = match desk.read(&path) {
            Ok(bytes) if bytes.is_empty() => Kubeconfig::default(),
            Ok(bytes) => yaml::read_bytes(&bytes)
                .map_err(|error| Failure::error(format!("error loading config file \"{path}\": {error}")))?,
            Err(_) if args.has("kubeconfig") => {
                return Err(Failure::error(format!("stat {path}: no such file or directory")));
            }
            Err(_) => Kubeconfig::default(),
        };
        config.path = path;
        if let Some(context) = args.given("context") {
            config.current = context.to_string();
        }
        config.asked_namespace = args.given("namespace").filter(|n| !n.is_empty()).map(String::from);
        Ok(config)
    }

    /// Checks that there is a cluster to talk to.
    ///
    /// # Errors
    /// What kubectl says when the context or its cluster is missing.
    pub fn connect(&self, args: &Args) -> Result<(), Failure> {
        let known = |name: &str| self.clusters.iter().any(|c| c.name == name);
        if let Some(cluster) = args.given("cluster").filter(|c| !c.is_empty())
            && !known(cluster)
        {
            return Err(Failure::error(format!("no server found for cluster \"{cluster}\"")));
        }
        let lost = || {
            Failure::plain(
                "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
            )
        };
        if self.current.is_empty() {
            return if args.has("cluster") { Ok(()) } else { Err(lost()) };
        }
        let Some(context) = self.context() else {
            return Err(Failure::plain(format!(
                "Error in configuration: context was not found for specified context: {}",
                self.current
            )));
        };
        if !known(&context.cluster) && !args.has("cluster") {
            return Err(lost());
        }
        let cluster = args.given("cluster").filter(|c| !c.is_empty()).unwrap_or(&context.cluster);
        let entry = self.clusters.iter().find(|c| c.name == cluster);
        let server = args.given("server").or(entry.map(|entry| entry.cluster.server.as_str())).unwrap_or("");
        reach(server)
    }

    /// The address of the server that a call goes to.
    pub fn server(&self, args: &Args) -> String {
        let context = self.context().map_or("", |context| context.cluster.as_str());
        let cluster = args.given("cluster").filter(|c| !c.is_empty()).unwrap_or(context);
        let entry = self.clusters.iter().find(|c| c.name == cluster);
        args.given("server").or(entry.map(|entry| entry.cluster.server.as_str())).unwrap_or("").to_owned()
    }

    /// The current context, if it exists.
    pub fn context(&self) -> Option<&Context> {
        self.contexts.iter().find(|c| c.name == self.current).map(|c| &c.context)
    }

    /// The namespace of this call.
    pub fn namespace(&self) -> String {
        if let Some(asked) = &self.asked_namespace {
            return asked.clone();
        }
        self.context().map(|c| c.namespace.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| "default".into())
    }

    /// The file as a tree.
    pub fn to_value(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(map) = value.as_object_mut() {
            map.insert("apiVersion".into(), "v1".into());
            map.insert("kind".into(), "Config".into());
        }
        value
    }

    /// The file's text.
    pub fn to_yaml(&self) -> String {
        crate::base::yaml::to_yaml(&self.to_value())
    }

    /// Writes the file back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, desk: &mut dyn Desk) -> Result<(), Failure> {
        desk.write(&self.path, self.to_yaml().as_bytes())
            .map_err(|why| Failure::error(format!("open {}: {why}", self.path)))
    }
}
