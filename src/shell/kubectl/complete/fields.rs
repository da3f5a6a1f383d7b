//! The fields of a kind, where a path is typed: `explain pod.spec`, `-o jsonpath={.items[*].metadata}`, `--sort-by`.

use super::Line;
use crate::api::KindRef;
use crate::api::schema::{self, Ty, Type};
use crate::shell::command::Completion;
use serde_json::Value;

/// Where a path has led.
#[derive(Clone)]
enum At {
    /// A list of objects of a kind, as the server answers it.
    List(KindRef),
    Kind(KindRef),
    Built(&'static Type),
    /// A schema of a CustomResourceDefinition.
    Custom(Value),
    /// Keys that somebody chose; they are taken from the objects.
    Nothing,
}

/// A field and what it is: name, type, whether more may follow.
type Field = (String, String, bool);

/// Behind `explain`: the kinds, then field by field.
pub fn explained(word: &str, line: &Line<'_>) -> Vec<Completion> {
    if !line.words.is_empty() {
        return vec![];
    }
    let Some((parents, _)) = word.rsplit_once('.') else {
        let all = line.world.reader().kinds();
        return all.map(|kind| Completion::noted(kind.names().plural, kind.names().kind)).collect();
    };
    let mut steps = parents.split('.');
    let Some(kind) = steps.next().and_then(|word| line.world.reader().find(word)) else { return vec![] };
    let at = steps.fold(At::Kind(kind), |at, step| at.step(step, line));
    let fields = at.fields(line);
    fields
        .into_iter()
        .map(|(name, ty, _)| Completion { open: true, ..Completion::noted(format!("{parents}.{name}"), ty) })
        .collect()
}

/// Behind `-o jsonpath=` (or the like): the fields at the end of the expression that is open.
pub fn jsonpath(how: &str, text: &str, line: &Line<'_>) -> Vec<Completion> {
    let Some(open) = text.rfind('{').filter(|at| !text[*at..].contains('}')) else {
        return if text.is_empty() { vec![opened(format!("{how}={{."), "")] } else { vec![] };
    };
    let mut root = root(line);
    // inside of `range` a path begins at each of its items
    let mut outer = vec![];
    for piece in text[..open].split('{').filter_map(|piece| piece.split_once('}')).map(|(inside, _)| inside.trim()) {
        if let Some(path) = piece.strip_prefix("range ") {
            outer.push(root.clone());
            root = root.walk(path.trim(), line);
        } else if piece == "end" {
            root = outer.pop().unwrap_or(root);
        }
    }
    below(root, text, line).into_iter().map(|(text, note)| opened(format!("{how}={text}"), note)).collect()
}

/// Behind `--sort-by=`: a path of one item.
pub fn sort_by(text: &str, line: &Line<'_>) -> Vec<Completion> {
    let Some(kind) = line.kind() else { return vec![] };
    let text = if text.is_empty() { "." } else { text };
    below(At::Kind(kind), text, line).into_iter().map(|(text, note)| opened(text, note)).collect()
}

/// Behind `-o custom-columns=`: a path of one item in the last column.
pub fn custom_columns(how: &str, text: &str, line: &Line<'_>) -> Vec<Completion> {
    let last = text.rsplit(',').next().unwrap_or(text);
    let Some(kind) = line.kind().filter(|_| last.contains(':')) else { return vec![] };
    below(At::Kind(kind), text, line).into_iter().map(|(text, note)| opened(format!("{how}={text}"), note)).collect()
}

fn opened(text: String, note: impl Into<String>) -> Completion {
    Completion { open: true, ..Completion::noted(text, note) }
}

/// What an expression begins at: the object, or the list that the server answers with.
fn root(line: &Line<'_>) -> At {
    let Some(kind) = line.kind() else { return At::Nothing };
    let one = line.words.first().is_some_and(|word| word.contains('/')) || line.words.len() == 2;
    if one || line.verb == "wait" { At::Kind(kind) } else { At::List(kind) }
}

/// The text with each field that may stand at its end.
fn below(root: At, text: &str, line: &Line<'_>) -> Vec<(String, String)> {
    let start = text.rfind(|c: char| c.is_whitespace() || "{:,(=@".contains(c)).map_or(0, |at| at + 1);
    let path = &text[start..];
    let Some(dot) =
        path.rfind('.').filter(|dot| path[*dot..].matches('[').count() == path[*dot..].matches(']').count())
    else {
        return vec![];
    };
    let at = root.walk(&path[..dot], line);
    let head = &text[..start + dot];
    at.fields(line)
        .into_iter()
        .map(|(name, note, list)| (format!("{head}.{name}{}", if list { "[*]" } else { "" }), note))
        .collect()
}

impl At {
    /// Follows a path of jsonpath; what is in brackets stays with its list.
    fn walk(self, path: &str, line: &Line<'_>) -> At {
        let mut at = self;
        let mut depth = 0u32;
        let mut step = String::new();
        for c in path.chars().chain(['.']) {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                '.' if depth == 0 && !step.is_empty() => at = at.step(&std::mem::take(&mut step), line),
                '.' if depth == 0 => {}
                c if depth == 0 => step.push(c),
                _ => {}
            }
        }
        at
    }

    fn step(&self, name: &str, line: &Line<'_>) -> At {
        match self.resolved(line) {
            At::List(kind) if name == "items" => At::Kind(kind),
            At::Built(ty) => match ty.field(name).and_then(|field| field.ty.structure()) {
                Some(ty) => At::Built(ty),
                None => At::Nothing,
            },
            At::Custom(schema) if name == "metadata" && schema.get("properties").is_some() => {
                schema::lookup("v1", "Pod", &["metadata"])
                    .and_then(|field| field.ty.structure())
                    .map_or(At::Nothing, At::Built)
            }
            At::Custom(schema) => {
                let Some(mut field) = schema.get("properties").and_then(|fields| fields.get(name)) else {
                    return At::Nothing;
                };
                while let Some(items) = field.get("items") {
                    field = items;
                }
                At::Custom(field.clone())
            }
            _ => At::Nothing,
        }
    }

    /// A kind as the type it has.
    fn resolved(&self, line: &Line<'_>) -> At {
        let At::Kind(kind) = self else { return self.clone() };
        let names = kind.names();
        if let Some(ty) = schema::type_of(&names.api_version(), names.kind) {
            return At::Built(ty);
        }
        let definition = line.world.reader().find("customresourcedefinitions");
        let definition = definition.and_then(|crds| line.world.reader().get(crds, "", names.resource));
        let definition = definition.map(|definition| definition.to_value()).unwrap_or_default();
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let version = versions.into_iter().flatten().find(|version| version["name"] == names.version);
        version
            .and_then(|version| version.pointer("/schema/openAPIV3Schema"))
            .map_or(At::Nothing, |s| At::Custom(s.clone()))
    }

    fn fields(&self, line: &Line<'_>) -> Vec<Field> {
        match self.resolved(line) {
            At::List(_) => vec![("items".into(), "the objects".into(), true)],
            At::Built(ty) => ty
                .fields
                .iter()
                .map(|field| (field.name.to_owned(), field.ty.label(), matches!(field.ty, Ty::List(_))))
                .collect(),
            At::Custom(schema) => {
                let fields = schema.get("properties").and_then(Value::as_object);
                let fields = fields.into_iter().flatten().map(|(name, field)| {
                    let ty = field["type"].as_str().unwrap_or("Object");
                    (name.clone(), ty.to_owned(), ty == "array")
                });
                fields.collect()
            }
            At::Kind(_) | At::Nothing => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::shell::Shell;
    use crate::world::{Spec, World};

    fn offered(line: &str) -> Vec<String> {
        let world = World::boot(Spec::default(), 1);
        let (start, found) = Shell::new().complete(line, line.len(), &world);
        found.into_iter().map(|c| format!("{}{}", &line[..start], c.text)).collect()
    }

    #[test]
    fn paths_go_on_field_by_field() {
        assert_eq!(offered("kubectl explain pod.spec.nodeN"), ["kubectl explain pod.spec.nodeName"]);
        assert_eq!(
            offered("kubectl explain deploy.spec.strategy.rolling"),
            ["kubectl explain deploy.spec.strategy.rollingUpdate"]
        );
        for (typed, want) in [
            ("kubectl get po -o jsonpath='{.it", "kubectl get po -o jsonpath='{.items[*]"),
            (
                "kubectl get po -o jsonpath='{.items[*].spec.nodeN",
                "kubectl get po -o jsonpath='{.items[*].spec.nodeName",
            ),
            ("kubectl get po x -o=jsonpath={.status.podI", "kubectl get po x -o=jsonpath={.status.podIP"),
            (
                "kubectl get po -o jsonpath='{range .items[*]}{.metadata.na",
                "kubectl get po -o jsonpath='{range .items[*]}{.metadata.name",
            ),
            ("kubectl get po --sort-by=.metadata.cr", "kubectl get po --sort-by=.metadata.creationTimestamp"),
            ("kubectl get po -o custom-columns=A:.spec.nodeN", "kubectl get po -o custom-columns=A:.spec.nodeName"),
        ] {
            assert!(offered(typed).contains(&want.to_owned()), "{typed}: {:?}", offered(typed));
        }
    }

    #[test]
    fn flags_have_values_and_verbs_have_fitting_types() {
        assert_eq!(
            offered("kubectl config use-context kub"),
            ["kubectl config use-context kubernetes-admin@kubernetes"]
        );
        assert_eq!(offered("kubectl rollout restart dep"), ["kubectl rollout restart deployments"]);
        assert_eq!(offered("kubectl get pods -n kube-sys"), ["kubectl get pods -n kube-system"]);
        assert_eq!(
            offered("kubectl -n kube-system get po -l k8s-app=kube-d"),
            ["kubectl -n kube-system get po -l k8s-app=kube-dns"]
        );
        assert_eq!(
            offered("kubectl wait node/node01 --for=condition=Rea"),
            ["kubectl wait node/node01 --for=condition=Ready"]
        );
        assert_eq!(offered("kubectl drain nod"), ["kubectl drain node01", "kubectl drain node02"]);
    }
}
