//! Where something happens: the ends of messages and the stations of packets.

use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The learner's laptop, outside the cluster.
    Outside,
    ApiServer,
    Etcd,
    Scheduler,
    /// A loop of the controller manager, by its real name (`replicaset-controller`).
    Controller(&'static str),
    Node(Rc<str>),
    Kubelet(Rc<str>),
    Proxy(Rc<str>),
    Runtime(Rc<str>),
    Pod {
        namespace: Rc<str>,
        name: Rc<str>,
    },
    Service {
        namespace: Rc<str>,
        name: Rc<str>,
    },
    Dns,
    Registry,
}
