//! `kubectl apply --prune`: what was applied once and is in no file now is deleted.
//!
//! Models: `kubectl/pkg/cmd/apply/prune.go`, `kubectl/pkg/util/prune/prune.go`.
//! Left out: `--applyset` (alpha, off by default).

use super::Work;
use crate::api::{KindRef, Object, Reader};
use crate::shell::kubectl::resources::Filter;
use crate::shell::kubectl::trouble::Trouble;
use crate::shell::kubectl::write::{self, DryRun, LAST_APPLIED};
use crate::shell::kubectl::{Cx, resources};
use std::collections::BTreeSet;

/// Kinds that are pruned unless `--prune-allowlist` says which: group, version, kind.
const USUAL: [(&str, &str); 16] = [
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
];

/// Reads `--prune-allowlist`.
///
/// # Errors
/// A word that is no `<group/version/kind>`, or a kind that the server does not have.
pub fn allowlist(words: &[String], read: Reader<'_>) -> Result<Vec<KindRef>, Trouble> {
    let mut kinds = vec![];
    for word in words {
        let parts: Vec<&str> = word.split('/').collect();
        let [group, version, kind] = parts.as_slice() else {
            let words = format!("invalid GroupVersionKind format: {word}, please follow <group/version/kind>");
            return Err(Trouble::text(words));
        };
        let version =
            if *group == "core" || group.is_empty() { (*version).to_string() } else { format!("{group}/{version}") };
        let found = read.kind_of(&version, kind);
        kinds.push(
            found.ok_or_else(|| Trouble::text(format!("no matches for kind \"{kind}\" in version \"{version}\"")))?,
        );
    }
    Ok(kinds)
}

/// The kinds to prune: those asked for, or the usual ones with a warning.
pub fn kinds(asked: Vec<KindRef>, cx: &mut Cx<'_>) -> Vec<KindRef> {
    if !asked.is_empty() {
        return asked;
    }
    let stamp = cx.now().timestamp_exact().strftime("%m%d %H:%M:%S.%6f").to_string();
    let process = 10_000 + cx.cause.0 % 50_000;
    cx.err(format_args!("W{stamp}   {process} prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag."));
    let read = cx.reader();
    USUAL.iter().filter_map(|(version, kind)| read.kind_of(version, kind)).collect()
}

/// What was applied once, is in these namespaces (or in none), and was not visited now.
///
/// # Errors
/// The server's, with the kind that was pruned.
pub fn victims(
    kinds: &[KindRef],
    namespaces: &BTreeSet<String>,
    visited: &BTreeSet<String>,
    filter: &Filter,
    cx: &Cx<'_>,
) -> Result<Vec<Object>, Trouble> {
    let mut all = vec![];
    let inside = namespaces.iter().flat_map(|namespace| {
        kinds.iter().filter(|kind| kind.names().namespaced).map(move |kind| (namespace.as_str(), *kind))
    });
    let outside = kinds.iter().filter(|kind| !kind.names().namespaced).map(|kind| ("", *kind));
    for (namespace, kind) in inside.chain(outside) {
        resources::may(cx, "list", kind, namespace, "").map_err(|why| failed(kind, &why.into()))?;
        filter.check(kind).map_err(|why| failed(kind, &why.into()))?;
        let within = kind.names().namespaced.then_some(namespace);
        let old = cx.world.reader().list(kind, within).filter(|object| {
            filter.matches(object) && object.annotations().contains_key(LAST_APPLIED) && !visited.contains(object.uid())
        });
        all.extend(old.cloned());
    }
    Ok(all)
}

fn failed(kind: KindRef, why: &Trouble) -> Trouble {
    let names = kind.names();
    let what = if names.namespaced { "namespaced" } else { "nonNamespaced" };
    let (group, version) = (names.group, names.version);
    Trouble::text(format!("error pruning {what} object {group}/{version}, Kind={}: {}", names.kind, why.message()))
}

/// Deletes what is to go, and says so.
///
/// # Errors
/// The server's, with the kind that was pruned.
pub fn all(work: &mut Work, cx: &mut Cx<'_>) -> Result<(), Trouble> {
    let kinds = kinds(work.settings.prune.clone().unwrap_or_default(), cx);
    let (settings, printer) = (&work.settings, &mut work.printer);
    for object in victims(&kinds, &work.namespaces, &work.visited, &settings.filter, cx)? {
        if settings.dry != DryRun::Client {
            let (kind, options) = (object.kind, &settings.options);
            write::act(cx, settings.dry, |hands| hands.delete(kind, object.namespace(), object.name(), options))
                .map_err(|error| failed(kind, &error.into()))?;
        }
        printer.object(cx, &object, "pruned")?;
    }
    Ok(())
}
