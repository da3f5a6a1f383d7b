//! How a strategic merge treats the fields of the built-in kinds: which lists are merged, and by which key.
//!
//! Models: the `patchStrategy` and `patchMergeKey` tags of `k8s.io/api`.
//! Left out: kinds whose tags nobody meets in a lesson (admission webhooks, API services).

/// What the tags of one field say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strategy {
    /// A list of maps that is merged by this key.
    pub key: Option<&'static str>,
    /// A list of plain values that is merged as a set.
    pub set: bool,
    /// Keys that the new form does not name go.
    pub retain: bool,
}

/// Where the merge is: the kind of the whole object, the field above, this field.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub kind: &'a str,
    pub parent: &'a str,
    pub field: &'a str,
}

impl<'a> At<'a> {
    pub fn root(kind: &'a str) -> Self {
        At { kind, parent: "", field: "" }
    }

    pub fn child(self, field: &'a str) -> At<'a> {
        At { kind: self.kind, parent: self.field, field }
    }

    pub fn strategy(self) -> Strategy {
        let by = |key| Strategy { key: Some(key), ..Default::default() };
        let set = Strategy { set: true, ..Default::default() };
        let container = matches!(self.parent, "containers" | "initContainers" | "ephemeralContainers");
        match (self.parent, self.field) {
            ("spec", "containers" | "initContainers" | "ephemeralContainers" | "imagePullSecrets") => by("name"),
            ("spec", "volumes" | "resourceClaims") => Strategy { retain: true, ..by("name") },
            ("spec", "schedulingGates") => by("name"),
            ("spec", "hostAliases") => by("ip"),
            ("spec", "topologySpreadConstraints") => by("topologyKey"),
            ("spec", "ports") if self.kind == "Service" => by("port"),
            ("spec", "strategy") if self.kind == "Deployment" => Strategy { retain: true, ..Default::default() },
            ("spec", "podCIDRs") => set,
            (_, "env") if container => by("name"),
            (_, "ports") if container => by("containerPort"),
            (_, "volumeMounts") if container => by("mountPath"),
            (_, "volumeDevices") if container => by("devicePath"),
            ("", "secrets") if self.kind == "ServiceAccount" => by("name"),
            ("metadata", "ownerReferences") => by("uid"),
            ("metadata", "finalizers") => set,
            ("status", "conditions") => by("type"),
            ("status", "addresses") if self.kind == "Node" => by("type"),
            ("status", "podIPs" | "hostIPs") => by("ip"),
            _ => Strategy::default(),
        }
    }
}
