//! What fields every kind has: names, types, which are required, how patches merge them, which values they take.
//!
//! Models: Kubernetes' OpenAPI schema (through k8s-openapi's JSON schemas, read at build time by build.rs) and the
//! field tags of k8s.io/api (names.txt).
//! Left out: the inside of a CustomResourceDefinition's own schemas where they may be one thing or another.

pub mod docs;
pub mod editor;
pub mod explain;
pub mod explain_v2;
pub mod misfit;
pub mod order;

#[cfg(test)]
mod tests;

pub use docs::{Docs, Library};
pub use explain::explain;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ty {
    Str,
    Int32,
    Int64,
    Float,
    Bool,
    /// Text with a time in seconds.
    Time,
    /// Text with a time in microseconds.
    MicroTime,
    /// `500m`: text or number.
    Quantity,
    IntOrString,
    /// Base64 text.
    Bytes,
    /// Whatever one likes.
    Any,
    List(&'static Ty),
    Map(&'static Ty),
    /// A structure, by its number.
    Ref(u16),
}

/// A structure and its fields, sorted by name.
#[derive(Debug)]
pub struct Type {
    /// As in the OpenAPI schema: `io.k8s.api.core.v1.PodSpec`.
    pub name: &'static str,
    /// Field managers own it as a whole (`x-kubernetes-map-type: atomic`).
    pub atomic: bool,
    pub fields: &'static [Field],
}

/// One field of a structure.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub ty: Ty,
    pub required: bool,
    /// The Go type where the schema does not tell it: `v1.PullPolicy`.
    go: &'static str,
    /// `patchStrategy`: `merge`, `retainKeys`, `merge,retainKeys`, or nothing.
    pub patch: &'static str,
    /// `patchMergeKey`, or nothing.
    pub key: &'static str,
    /// How field managers share it: the keys of a list by commas, `set`, `atomic`, `separable`, or nothing.
    pub own: &'static str,
    list: u16,
    /// Which field of the structure it is in Go.
    place: u8,
    /// The schema itself names the values (`kubectl explain` shows them).
    documented: bool,
}

include!(concat!(env!("OUT_DIR"), "/schema.rs"));

impl Type {
    /// The last word of the name: `PodSpec`.
    pub fn short(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.binary_search_by(|field| field.name.cmp(name)).ok().map(|at| &self.fields[at])
    }

    /// As Go's decoder names it: `v1.PodSpec`.
    fn go_name(&self) -> String {
        let mut words = self.name.rsplit('.');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        format!("{version}.{name}")
    }
}

impl Field {
    /// The values that the field takes, sorted; empty if it takes others too.
    pub fn values(&self) -> &'static [&'static str] {
        LISTS[usize::from(self.list)].1
    }

    /// The name of the list of values, under which their meaning is found, if the schema names them.
    fn enum_name(&self) -> Option<&'static str> {
        self.documented.then(|| LISTS[usize::from(self.list)].0)
    }

    /// As Go's decoder names the type: `[]v1.EnvVar`, `int32`.
    fn go_type(&self) -> String {
        if self.go.is_empty() { self.ty.go_name() } else { self.go.to_string() }
    }
}

impl Ty {
    /// The structure that stands behind lists and maps, if any.
    pub fn structure(self) -> Option<&'static Type> {
        match self {
            Ty::List(inner) | Ty::Map(inner) => inner.structure(),
            Ty::Ref(number) => Some(&TYPES[usize::from(number)]),
            _ => None,
        }
    }

    /// As `kubectl explain` writes it: `[]Container`, `map[string]string`, `integer`.
    pub fn label(self) -> String {
        match self {
            Ty::Str | Ty::Time | Ty::MicroTime | Ty::Bytes => "string".to_string(),
            Ty::Int32 | Ty::Int64 => "integer".to_string(),
            Ty::Float => "number".to_string(),
            Ty::Bool => "boolean".to_string(),
            Ty::Quantity => "Quantity".to_string(),
            Ty::IntOrString => "IntOrString".to_string(),
            Ty::Any => "Object".to_string(),
            Ty::List(inner) => format!("[]{}", inner.label()),
            Ty::Map(inner) => format!("map[string]{}", inner.label()),
            Ty::Ref(number) => TYPES[usize::from(number)].short().to_string(),
        }
    }

    fn go_name(self) -> String {
        match self {
            Ty::Str => "string".to_string(),
            Ty::Int32 => "int32".to_string(),
            Ty::Int64 => "int64".to_string(),
            Ty::Float => "float64".to_string(),
            Ty::Bool => "bool".to_string(),
            Ty::Time => "v1.Time".to_string(),
            Ty::MicroTime => "v1.MicroTime".to_string(),
            Ty::Quantity => "resource.Quantity".to_string(),
            Ty::IntOrString => "intstr.IntOrString".to_string(),
            Ty::Bytes => "[]uint8".to_string(),
            Ty::Any => "interface {}".to_string(),
            Ty::List(inner) => format!("[]{}", inner.go_name()),
            Ty::Map(inner) => format!("map[string]{}", inner.go_name()),
            Ty::Ref(number) => TYPES[usize::from(number)].go_name(),
        }
    }
}

/// The structure of a kind, as a type.
pub fn ref_of(api_version: &str, kind: &str) -> Option<Ty> {
    KINDS.iter().find(|known| known.0 == api_version && known.1 == kind).map(|known| Ty::Ref(known.2))
}

/// The structure of a kind of any group and version, as a type.
pub fn ref_named(kind: &str) -> Option<Ty> {
    KINDS.iter().find(|known| known.1 == kind).map(|known| Ty::Ref(known.2))
}

/// The structure of a kind.
pub fn type_of(api_version: &str, kind: &str) -> Option<&'static Type> {
    let found = KINDS.iter().find(|known| known.0 == api_version && known.1 == kind)?;
    Some(&TYPES[usize::from(found.2)])
}

/// Every known kind with its apiVersion, in the order of the kinds' groups.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|known| (known.0, known.1))
}

/// What a path of field names leads to; lists and maps are gone through without an index or key.
pub fn lookup(api_version: &str, kind: &str, path: &[&str]) -> Option<&'static Field> {
    let mut at = type_of(api_version, kind)?;
    let (last, parents) = path.split_last()?;
    for name in parents {
        at = at.field(name)?.ty.structure()?;
    }
    at.field(last)
}
