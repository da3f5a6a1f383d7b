//! The roles and bindings that a fresh cluster has, read from `policy.txt`.
//!
//! A line `C name` begins a ClusterRole, `S name` the role and the binding of a controller, `N namespace name` a Role with
//! its binding, `B name` a binding; `>role` behind a name when the role is called otherwise. `+edit` labels a role for
//! aggregation, `=edit` gathers what is labelled so. Subjects are `g:` groups, `u:` users, `s:` accounts of kube-system.
//! Rules stand below their role: verbs, API groups (`-` is the core group) or `url`, resources or URLs, names; `R`, `U`,
//! `W` and `A` are common verbs, `E` the rule about events. Below `kubeadm` stands what kubeadm adds.
//!
//! Models: `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`, `cmd/kubeadm/app/phases`.
//! Left out: what stands behind feature gates that are off.

use crate::api::rbac::GROUP;
use crate::api::{KindRef, Object, kinds};
use k8s_openapi::api::rbac::v1::{
    AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use std::collections::BTreeMap;

const TEXT: &str = include_str!("policy.txt");
const AGGREGATE: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// Roles before their bindings.
pub fn objects() -> Vec<Object> {
    let mut reader = Policy { by_server: true, ..Policy::default() };
    TEXT.lines().for_each(|line| reader.line(line));
    reader.finish();
    reader.out
}

#[derive(Default)]
struct Policy {
    out: Vec<Object>,
    /// The role whose rules are being read.
    open: Option<Open>,
    /// Whether the API server itself keeps these up to date.
    by_server: bool,
}

#[derive(Default)]
struct Open {
    namespace: String,
    name: String,
    labels: Vec<String>,
    gathers: Option<String>,
    subjects: Vec<String>,
    bound: bool,
    rules: Vec<PolicyRule>,
}

impl Policy {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let (first, rest) = words.split_first().expect("a split has a first part");
        let subjects = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        match (*first, rest) {
            ("kubeadm", _) => {
                self.finish();
                self.by_server = false;
            }
            ("C", [name, marks @ ..]) => {
                let mark = |sign: char| marks.iter().find_map(|mark| mark.strip_prefix(sign)).map(String::from);
                let labels = mark('+').into_iter().collect();
                self.begin(Open { name: (*name).into(), labels, gathers: mark('='), ..Open::default() });
            }
            ("S", [name]) => self.begin(Open {
                name: format!("system:controller:{name}"),
                subjects: vec![format!("s:{name}")],
                bound: true,
                ..Open::default()
            }),
            ("N", [namespace, name, of @ ..]) => self.begin(Open {
                namespace: (*namespace).into(),
                name: (*name).into(),
                subjects: subjects(of),
                bound: !of.is_empty(),
                ..Open::default()
            }),
            ("B", [name, of @ ..]) => {
                self.finish();
                let (namespace, name) = name.split_once('/').unwrap_or(("", name));
                let (name, role) = name.split_once('>').unwrap_or((name, name));
                self.bind(namespace, name, role, &subjects(of));
            }
            _ => {
                if let Some(open) = &mut self.open {
                    open.rules.push(rule(&words));
                }
            }
        }
    }

    fn begin(&mut self, open: Open) {
        self.finish();
        self.open = Some(open);
    }

    fn meta(&self, namespace: &str, name: &str, marks: &[String]) -> ObjectMeta {
        let mut labels: BTreeMap<String, String> =
            marks.iter().map(|mark| (format!("{AGGREGATE}{mark}"), "true".to_string())).collect();
        let mut annotations = BTreeMap::new();
        if self.by_server {
            labels.insert("kubernetes.io/bootstrapping".into(), "rbac-defaults".into());
            annotations.insert("rbac.authorization.kubernetes.io/autoupdate".into(), "true".into());
        }
        ObjectMeta {
            name: Some(name.into()),
            namespace: (!namespace.is_empty()).then(|| namespace.into()),
            labels: (!labels.is_empty()).then_some(labels),
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..ObjectMeta::default()
        }
    }

    fn finish(&mut self) {
        let Some(open) = self.open.take() else { return };
        let meta = self.meta(&open.namespace, &open.name, &open.labels);
        let rules = (!open.rules.is_empty()).then_some(open.rules);
        self.out.push(if open.namespace.is_empty() {
            let aggregation_rule = open.gathers.map(|mark| {
                let labels = [(format!("{AGGREGATE}{mark}"), "true".to_string())];
                let selector = LabelSelector { match_labels: Some(labels.into()), ..LabelSelector::default() };
                AggregationRule { cluster_role_selectors: Some(vec![selector]) }
            });
            Object::new(
                kinds::CLUSTER_ROLE,
                meta,
                ClusterRole { aggregation_rule, rules, ..ClusterRole::default() },
                (),
            )
        } else {
            Object::new(kinds::ROLE, meta, Role { rules, ..Role::default() }, ())
        });
        if open.bound {
            self.bind(&open.namespace, &open.name, &open.name, &open.subjects);
        }
    }

    fn bind(&mut self, namespace: &str, name: &str, role: &str, of: &[String]) {
        let subjects: Vec<Subject> = of.iter().filter_map(|word| subject(word)).collect();
        let subjects = (!subjects.is_empty()).then_some(subjects);
        let kind: KindRef = if namespace.is_empty() { kinds::CLUSTER_ROLE } else { kinds::ROLE };
        let role_ref = RoleRef { api_group: Some(GROUP.into()), kind: kind.names().kind.into(), name: role.into() };
        let meta = self.meta(namespace, name, &[]);
        self.out.push(if namespace.is_empty() {
            let body = ClusterRoleBinding { role_ref, subjects, ..ClusterRoleBinding::default() };
            Object::new(kinds::CLUSTER_ROLE_BINDING, meta, body, ())
        } else {
            Object::new(kinds::ROLE_BINDING, meta, RoleBinding { role_ref, subjects, ..RoleBinding::default() }, ())
        });
    }
}

fn subject(word: &str) -> Option<Subject> {
    let (letter, name) = word.split_once(':')?;
    let (kind, account) = match letter {
        "g" => ("Group", false),
        "u" => ("User", false),
        _ => ("ServiceAccount", true),
    };
    Some(Subject {
        kind: kind.into(),
        name: name.into(),
        api_group: (!account).then(|| GROUP.into()),
        namespace: account.then(|| "kube-system".into()),
    })
}

fn rule(words: &[&str]) -> PolicyRule {
    let list = |text: &str| Some(text.split(',').map(String::from).collect::<Vec<_>>());
    if words == ["E"] {
        return PolicyRule {
            api_groups: Some(vec![String::new(), "events.k8s.io".into()]),
            resources: list("events"),
            verbs: vec!["create".into(), "patch".into(), "update".into()],
            ..PolicyRule::default()
        };
    }
    let word = |n: usize| words.get(n).copied().unwrap_or("");
    let verbs = match word(0) {
        "R" => "get,list,watch",
        "U" => "get,list,patch,update,watch",
        "W" => "create,delete,deletecollection,patch,update",
        "A" => "create,delete,deletecollection,get,list,patch,update,watch",
        verbs => verbs,
    };
    let verbs = list(verbs).unwrap_or_default();
    if word(1) == "url" {
        return PolicyRule { non_resource_urls: list(word(2)), verbs, ..PolicyRule::default() };
    }
    let group = if word(1) == "-" { "" } else { word(1) };
    let resource_names = words.get(3).and_then(|names| list(names));
    PolicyRule { api_groups: list(group), resources: list(word(2)), resource_names, verbs, ..PolicyRule::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::rbac::{role_ref, rules_of};

    #[test]
    fn every_binding_names_a_role_and_every_role_says_something() {
        let all = objects();
        for object in &all {
            match role_ref(object) {
                Some(role) => assert!(
                    all.iter().any(|o| o.name() == role.name
                        && o.kind.names().kind == role.kind
                        && (role.kind == "ClusterRole" || o.namespace() == object.namespace())),
                    "{object:?}"
                ),
                None => assert!(["admin", "edit", "view"].contains(&object.name()) || !rules_of(object).is_empty()),
            }
        }
    }
}
