//! Who makes a request: a name, its groups, and what else the authentication knows.
//!
//! Models: `apiserver/pkg/authentication/user`, `apiserver/pkg/authentication/serviceaccount/util.go`.

use std::collections::BTreeMap;
use std::rc::Rc;

/// The group that may do everything.
pub const MASTERS: &str = "system:masters";
/// The group of everybody who is known.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of those who are not.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, `system:node:node01`, `system:serviceaccount:kube-system:replicaset-controller`.
    pub name: String,
    pub groups: Vec<String>,
    pub uid: String,
    pub extra: BTreeMap<String, Vec<String>>,
    /// A component of this cluster at its own work: it does only what its role allows, so nobody asks.
    pub component: bool,
}

impl User {
    /// Somebody by name, with the groups that the name alone gives (service accounts, nodes, anonymous).
    pub fn named(name: &str) -> User {
        let mut groups: Vec<String> = match name.split(':').collect::<Vec<_>>().as_slice() {
            ["system", "serviceaccount", namespace, _] => {
                vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}")]
            }
            ["system", "node", _] => vec!["system:nodes".into()],
            _ => vec![],
        };
        groups.push(if name == "system:anonymous" { UNAUTHENTICATED } else { AUTHENTICATED }.into());
        User { name: name.into(), groups, ..User::default() }
    }

    /// Somebody whom an administrator plays: the groups are those asked for; a service account has its own.
    pub fn impersonated(name: &str, groups: Vec<String>) -> User {
        let mut user = User::named(name);
        if !groups.is_empty() || name.starts_with("system:node:") {
            let known = user.groups.pop();
            user.groups = groups;
            let told = user.is_in(AUTHENTICATED) || user.is_in(UNAUTHENTICATED);
            user.groups.extend(known.filter(|_| !told));
        }
        user
    }

    /// The administrator of the kubeconfig that the learner starts with.
    pub fn admin() -> User {
        User { name: "kubernetes-admin".into(), groups: vec![MASTERS.into(), AUTHENTICATED.into()], ..User::default() }
    }

    /// A controller, a kubelet, the scheduler.
    pub fn component(name: &str) -> Rc<User> {
        Rc::new(User { component: true, ..User::named(name) })
    }

    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }
}
