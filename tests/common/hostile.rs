//! What nobody meant to type: bytes are read as choices, and the choices become manifests, command lines, patches,
//! expressions and saved sessions that a cluster is then given. Shared by the property test and the fuzz target, so
//! that a finding of one is a test case for the other.

use pilothouse::api::schema::{self, Ty};
use pilothouse::time::Span;
use pilothouse::transcript::{self, Runner};
use pilothouse::world::{Spec, World};
use serde_json::{Map, Value, json};

/// A tape of choices; when it has run out every choice is the first one.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Choices(bytes)
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.byte() % list.len()]
    }

    /// True in about one of `n` cases, and never when the tape has run out.
    fn one_in(&mut self, n: usize) -> bool {
        self.byte() % n == n - 1
    }

    /// What is left, as text.
    fn rest(&mut self) -> String {
        String::from_utf8_lossy(std::mem::take(&mut self.0)).into_owned()
    }
}

const TEXTS: &[&str] = &[
    "web",
    "a",
    "nginx:1.27",
    "default",
    "app",
    "",
    "x-1",
    "10%",
    "500m",
    "1Gi",
    "IfNotPresent",
    "/tmp",
    "10.0.0.1",
    "UPPER",
    "a/b",
    "-",
    "ä나",
    "metadata.name",
    "$(A)",
    "{{",
    "*/5 * * * *",
    "TCP",
    "100%%",
    "..",
    "a=b",
    "1",
    "true",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "~",
    "\u{0}",
    "2026-01-01T00:00:00Z",
    "YQ==",
    "apps/v1",
    "Pod",
    "system:masters",
    "*",
    "0x1F",
    "1e309",
    "-1",
    "99999999999999999999",
];
const NUMBERS: &[i64] =
    &[1, 0, 2, 80, 3, -1, 30, 65535, 65536, 2_147_483_647, -2_147_483_648, 4_294_967_296, i64::MAX, i64::MIN];
/// The most values in one manifest.
const VALUES: usize = 400;

/// A manifest of some kind; how often it is wrong is the tape's choice too.
pub fn manifest(choices: &mut Choices<'_>) -> Value {
    let kinds: Vec<_> = schema::kinds().collect();
    let (version, kind) = kinds[(choices.byte() * 256 + choices.byte()) % kinds.len()];
    let mut maker = Maker { left: VALUES, careful: !choices.one_in(3), choices };
    let ty = schema::type_of(version, kind).expect("a listed kind has a type");
    let mut object = maker.structure(ty, 0);
    object.insert("apiVersion".into(), version.into());
    object.insert("kind".into(), kind.into());
    let metadata = object.entry("metadata").or_insert_with(|| json!({}));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata
            .insert("name".into(), choices.pick(&["web", "web", "web", "web", "b", "x.example.com", "Ä", ""]).into());
        metadata.remove("namespace");
    }
    Value::Object(object)
}

/// Makes values of the schema's types.
struct Maker<'a, 'b> {
    choices: &'a mut Choices<'b>,
    /// How many values may still be made.
    left: usize,
    /// Types fit, and what must fit together mostly does.
    careful: bool,
}

impl Maker<'_, '_> {
    fn structure(&mut self, ty: &schema::Type, depth: usize) -> Map<String, Value> {
        let known = match ty.short() {
            "ObjectMeta" => Some(json!({"name": "web", "labels": {"app": "web"}})),
            "LabelSelector" => Some(json!({"matchLabels": {"app": "web"}})),
            _ => None,
        };
        if let Some(Value::Object(known)) = known.filter(|_| self.careful && !self.choices.one_in(8)) {
            return known;
        }
        let mut map = Map::new();
        for field in ty.fields {
            let wanted = field.required || self.choices.one_in(if depth < 2 { 2 } else { 5 });
            if !wanted || depth > 9 || self.left == 0 {
                continue;
            }
            let value = match field.values() {
                values if !values.is_empty() && (self.careful || !self.choices.one_in(16)) => {
                    self.choices.pick(values).into()
                }
                _ => self.value(field.ty, depth + 1),
            };
            map.insert(field.name.into(), value);
        }
        if !self.careful && self.choices.one_in(40) {
            map.insert(self.choices.pick(TEXTS).into(), Value::Null);
        }
        map
    }

    fn value(&mut self, ty: Ty, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        if !self.careful && self.choices.one_in(48) {
            let number = json!(self.choices.pick(NUMBERS));
            let odd = [json!(null), json!("x"), number, json!([]), json!({}), json!([null]), json!(0.5)];
            return odd[self.choices.byte() % odd.len()].clone();
        }
        match ty {
            Ty::Str if self.careful => self.choices.pick(&TEXTS[..10]).into(),
            Ty::Bytes if self.careful => "YQ==".into(),
            Ty::Time if self.careful => "2026-01-01T00:00:00Z".into(),
            Ty::MicroTime if self.careful => "2026-01-01T00:00:00.000000Z".into(),
            Ty::Str | Ty::Bytes | Ty::Time | Ty::MicroTime => self.choices.pick(TEXTS).into(),
            Ty::Int32 | Ty::Int64 if self.careful => self.choices.pick(&NUMBERS[..8]).into(),
            Ty::Int32 | Ty::Int64 => self.choices.pick(NUMBERS).into(),
            Ty::Float => json!(0.5),
            Ty::Bool => json!(self.choices.one_in(2)),
            Ty::Quantity if self.careful => self.choices.pick(&["100m", "1Gi", "1", "2"]).into(),
            Ty::Quantity => self.choices.pick(&["100m", "1Gi", "1", "-1", "x", "", "1e3", "0.0001"]).into(),
            Ty::IntOrString if self.choices.one_in(2) => self.choices.pick(TEXTS).into(),
            Ty::IntOrString => self.choices.pick(NUMBERS).into(),
            Ty::Any => json!({"a": self.choices.pick(TEXTS)}),
            Ty::List(inner) => {
                let length = self.choices.byte() % 3;
                (0..length).map(|_| self.value(*inner, depth + 1)).collect::<Vec<_>>().into()
            }
            Ty::Map(inner) => {
                let length = self.choices.byte() % 3;
                let entry = |maker: &mut Self| {
                    let name = maker.choices.pick(TEXTS).to_owned();
                    (name, maker.value(*inner, depth + 1))
                };
                (0..length).map(|_| entry(self)).collect()
            }
            Ty::Ref(_) => {
                let ty = ty.structure().expect("a reference names a structure");
                Value::Object(self.structure(ty, depth + 1))
            }
        }
    }
}

const VERBS: &[&str] = &[
    "get",
    "describe",
    "create",
    "apply",
    "delete",
    "run",
    "expose",
    "scale",
    "autoscale",
    "rollout",
    "set",
    "label",
    "annotate",
    "patch",
    "replace",
    "edit",
    "logs",
    "exec",
    "cp",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "wait",
    "events",
    "explain",
    "api-resources",
    "api-versions",
    "cluster-info",
    "config",
    "auth",
    "diff",
    "version",
    "options",
    "debug",
    "attach",
    "port-forward",
    "kustomize",
    "certificate",
    "plugin",
    "completion",
    "help",
    "proxy",
    "gte",
];
const WORDS: &[&str] = &[
    "pods",
    "deploy",
    "web",
    "deploy/web",
    "all",
    "nodes",
    "node01",
    "po,svc",
    "-A",
    "-o",
    "yaml",
    "json",
    "wide",
    "name",
    "-l",
    "app=web",
    "app in (a,b),!c",
    "--all",
    "-n",
    "kube-system",
    "--image=nginx",
    "--replicas=3",
    "status",
    "restart",
    "undo",
    "history",
    "image",
    "env",
    "A=b",
    "A-",
    "*=nginx",
    "--dry-run=client",
    "--dry-run=server",
    "-f",
    "x.yaml",
    "-",
    "-k",
    ".",
    "--sort-by=.metadata.name",
    "--sort-by=.x[",
    "jsonpath={.items[*].metadata.name}",
    "jsonpath={",
    "can-i",
    "whoami",
    "view",
    "--as=eva",
    "--force",
    "--grace-period=0",
    "--",
    "sh",
    "-c",
    "ls /",
    "-it",
    "-w",
    "--timeout=1s",
    "--for=condition=Ready",
    "--for=jsonpath={.status}=x",
    "--for=delete",
    "rolebinding",
    "job",
    "cronjob",
    "x",
    "",
    "ä",
    "--from-literal=a=b",
    "configmap",
    "secret",
    "generic",
    "-p",
    "{\"spec\":null}",
    "--type=json",
    "[]",
    "pod.spec.x",
    "--recursive",
    "--port=80",
    "80:80",
    "--server-side",
    "--prune",
    "--tail=1",
    "--since=1h",
    "-L",
    "a,b",
    "-v=9",
    "-h",
    "custom-columns=A:.a",
    "go-template={{.}}",
    "go-template={{range",
    "--field-selector=a",
    "--min=1",
    "--max=2",
    "/",
    "crd",
];

/// A command line of kubectl: known words in any order, now and then one of the tape's own.
fn command_line(choices: &mut Choices<'_>) -> String {
    let mut line = format!("kubectl {}", choices.pick(VERBS));
    for _ in 0..choices.byte() % 9 {
        let word = choices.pick(WORDS).replace('\'', "");
        line.push_str(&format!(" '{word}'"));
    }
    line
}

/// A cluster with one of the things that learners make.
pub fn world() -> World {
    let mut runner = Runner::new(World::boot(Spec::default(), 1));
    runner
        .command("kubectl create deployment web --image=nginx --replicas=2 && kubectl expose deployment web --port=80");
    let _ = runner.world.settle(Span::seconds(60));
    runner.world
}

/// Gives a cluster what the bytes say. The first byte chooses what kind of thing they are.
pub fn try_bytes(world: &World, bytes: &[u8]) {
    let mut choices = Choices::of(bytes);
    let mut runner = Runner::new(world.clone());
    runner.limit = Span::seconds(20);
    match choices.byte() % 9 {
        0 | 1 => {
            runner.write("x.yaml", &manifest(&mut choices).to_string());
            for verb in ["apply", "replace", "apply --server-side", "diff", "delete --wait=false"] {
                runner.command(&format!("kubectl {verb} -f x.yaml"));
            }
            runner.command("kubectl get all -A -o wide; kubectl describe all");
        }
        2 => {
            runner.write("x.yaml", &manifest(&mut choices).to_string());
            for _ in 0..3 {
                runner.command(&command_line(&mut choices));
            }
        }
        3 => {
            runner.write("x.yaml", &choices.rest());
            for verb in ["apply", "create --dry-run=client -o yaml", "kustomize ."] {
                runner.command(&format!("kubectl {verb} -f x.yaml"));
            }
        }
        4 => {
            runner.command(&choices.rest());
        }
        5 => {
            let (kind, text) = (choices.pick(&["strategic", "merge", "json"]), choices.rest());
            runner.write("p", &text);
            runner.command(&format!("kubectl patch deploy web --type={kind} --patch-file=p"));
        }
        6 => {
            let how = choices.pick(&["jsonpath-file", "custom-columns-file", "go-template-file"]);
            runner.write("t", &choices.rest());
            runner.command(&format!("kubectl get pods,deploy -o {how}=t"));
        }
        7 => {
            let text = choices.rest();
            let _ = transcript::parse(&text);
            let _ = pilothouse::lesson::load(&text);
            let _ = pilothouse::session::Session::restore(&text);
        }
        _ => {
            let patch = manifest(&mut choices);
            runner.write("p", &patch.to_string());
            runner
                .command("kubectl patch deploy web --patch-file=p; kubectl patch svc web --type=merge --patch-file=p");
        }
    }
    let soon = runner.world.now + Span::seconds(5);
    runner.world.run_until(soon);
}
