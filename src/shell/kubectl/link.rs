//! Names in plain output: `deployment.apps/web created`, `Controlled By: ReplicaSet/web-1`, `Node: node01/172.18.0.3` become
//! spans that know the object they name, if there is one.

use super::Span;
use crate::api::{Reader, kinds};
use crate::store::Key;

/// Texts longer than this are printed as they are.
const LONGEST: usize = 1 << 18;

/// Splits a span where it names objects of a namespace or of the cluster.
pub fn linked(span: Span, read: Reader<'_>, namespace: &str) -> Vec<Span> {
    if span.link.is_some() || span.text.len() > LONGEST || !span.text.contains('/') {
        return vec![span];
    }
    let text = &span.text;
    let mut out: Vec<Span> = vec![];
    let mut done = 0;
    for (slash, _) in text.match_indices('/') {
        let start = text[..slash].rfind(|c: char| !is_kind(c)).map_or(0, |at| at + 1);
        let end = slash + 1 + text[slash + 1..].find(|c: char| !is_name(c)).unwrap_or(text.len() - slash - 1);
        if start < done || start == slash {
            continue;
        }
        let (before, after) = (&text[start..slash], text[slash + 1..end].trim_end_matches(['.', '-']));
        let Some((from, to, key)) = named(before, after, read, namespace)
            .map(|(whole, key)| (start, if whole { slash + 1 + after.len() } else { slash }, key))
        else {
            continue;
        };
        out.push(Span { text: text[done..from].to_owned(), ..span.clone() });
        out.push(Span { text: text[from..to].to_owned(), ..span.clone() }.link(key));
        done = to;
    }
    if done == 0 {
        return vec![span];
    }
    out.push(Span { text: text[done..].to_owned(), ..span.clone() });
    out.retain(|piece| !piece.text.is_empty());
    out
}

fn is_kind(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || c == '-'
}

fn is_name(c: char) -> bool {
    is_kind(c) || c == ':'
}

/// The object that `TYPE/NAME` or `NODE/ADDRESS` means, and whether the whole is its name.
fn named(before: &str, after: &str, read: Reader<'_>, namespace: &str) -> Option<(bool, Key)> {
    if let Some(kind) = read.find(before) {
        let namespace = if kind.names().namespaced { namespace } else { "" };
        return read.get(kind, namespace, after).map(|object| (true, object.key()));
    }
    let address = after.starts_with(|c: char| c.is_ascii_digit()) && after.contains('.');
    let node = if address { read.get(kinds::NODE, "", before) } else { None };
    node.map(|node| (false, node.key()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Spec, World};

    #[test]
    fn what_names_an_object_is_linked_and_nothing_else_changes() {
        let world = World::boot(Spec::default(), 1);
        for (text, links) in [
            ("Node:  node01/172.18.0.3\nimage: nginx/1.27\n", vec!["node01"]),
            ("daemonset.apps/kube-proxy restarted, deployment/nothing", vec!["daemonset.apps/kube-proxy"]),
            ("node/node01 cordoned, DaemonSet/kube-proxy.", vec!["node/node01", "DaemonSet/kube-proxy"]),
            ("apiVersion: apps/v1", vec![]),
        ] {
            let spans = linked(Span::plain(text), world.reader(), "kube-system");
            assert_eq!(spans.iter().map(|span| span.text.as_str()).collect::<String>(), text);
            let found: Vec<_> = spans.iter().filter(|s| s.link.is_some()).map(|s| s.text.as_str()).collect();
            assert_eq!(found, links, "{text}");
        }
    }
}
