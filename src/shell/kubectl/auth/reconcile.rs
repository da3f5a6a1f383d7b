//! `kubectl auth reconcile`: roles and bindings from files, their rules and subjects merged.
//!
//! Models: `kubectl/pkg/cmd/auth/reconcile.go`, `component-helpers/auth/rbac/reconciliation`.
//! Left out: aggregation rules are taken from the file as a whole.

use super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags};
use crate::api::decode::{self, Check};
use crate::api::rbac::{self, rules};
use crate::api::{ApiError, DeleteOptions, Object, Reason, kinds};
use crate::shell::kubectl::manifest;
use crate::shell::kubectl::trouble::{Trouble, gather};
use crate::shell::kubectl::write::{self, DryRun, Printer};
use k8s_openapi::api::rbac::v1::{PolicyRule, Subject};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Reconcile;

static FLAGS: &[Flag] = &[
    Flag::bool("remove-extra-permissions", "If true, removes extra permissions added to roles"),
    Flag::bool("remove-extra-subjects", "If true, removes extra subjects added to rolebindings"),
];

static SPEC: Spec = Spec {
    name: "reconcile",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    long: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects.\n\n What is missing is created, with its namespace if need be.\n\n Existing roles get the permissions of the file besides their own, and lose others with --remove-extra-permissions.\n\n Existing bindings get the subjects of the file besides their own, and lose others with --remove-extra-subjects.",
    examples: "# Reconcile RBAC resources from a file\nkubectl auth reconcile -f my-rbac-rules.yaml",
    usage: "-f FILENAME",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Reconcile {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.has("filename") && !args.has("kustomize") {
            return Err(Failure::error("must specify one of -f and -k"));
        }
        if !args.words.is_empty() {
            return Err(Failure::error("no arguments are allowed"));
        }
        let dry = DryRun::of(args)?;
        if dry == DryRun::Server {
            return Err(Failure::error("--dry-run=server for command reconcile is not supported yet"));
        }
        let mut printer = Printer::of(args, dry)?;
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        let mut troubles = loaded.troubles;
        for item in loaded.items {
            if item.kind.names().group != rbac::GROUP {
                continue;
            }
            let names = item.kind.names();
            let result = decode::object(item.kind, item.value, Check::Ignore)
                .map_err(|misfit| Trouble::Api(misfit.into_api(names)))
                .and_then(|(object, _)| one(&object, args, dry, &mut printer, cx));
            troubles.extend(result.err());
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

/// What has to be done, and what to say about it.
struct Plan {
    object: Object,
    operation: &'static str,
    protected: bool,
    added: Vec<String>,
    removed: Vec<String>,
}

fn one(expected: &Object, args: &Args, dry: DryRun, printer: &mut Printer, cx: &mut Cx<'_>) -> Result<(), Trouble> {
    let binding = rbac::role_ref(expected).is_some();
    let remove = args.bool(if binding { "remove-extra-subjects" } else { "remove-extra-permissions" });
    let existing = match cx.get(expected.kind, expected.namespace(), expected.name()) {
        Ok(existing) => Some(existing.clone()),
        Err(error) if error.reason == Reason::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let mut plan = plan(expected, existing.as_ref(), remove);
    if dry == DryRun::None && !plan.protected {
        carry_out(&mut plan, existing.as_ref(), cx)?;
    }
    printer.object(cx, &plan.object, "reconciled")?;
    if plan.operation.is_empty() {
        return Ok(());
    }
    let caveat =
        if plan.protected { ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)" } else { "" };
    cx.err(format_args!("\treconciliation required {}{caveat}", plan.operation));
    let what = if binding { "subjects" } else { "rules" };
    let extra = if remove { plan.removed } else { vec![] };
    for (list, done) in [(plan.added, format!("missing {what} added")), (extra, format!("extra {what} removed"))] {
        if !list.is_empty() {
            cx.err(format_args!("\t{done}:"));
        }
        for line in list {
            cx.err(format_args!("\t\t{line}"));
        }
    }
    Ok(())
}

fn carry_out(plan: &mut Plan, existing: Option<&Object>, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let object = plan.object.clone();
    let (kind, namespace) = (object.kind, object.namespace().to_string());
    plan.object = match plan.operation {
        "update" => write::act(cx, DryRun::None, |hands| hands.update(object))?,
        "create" | "recreate" => {
            if let Some(old) = existing {
                let options = DeleteOptions { uid: Some(old.uid().into()), ..DeleteOptions::default() };
                write::act(cx, DryRun::None, |hands| hands.delete(kind, &namespace, object.name(), &options))?;
            }
            if !namespace.is_empty() && cx.world.reader().get(kinds::NAMESPACE, "", &namespace).is_none() {
                let value = json!({ "metadata": { "name": namespace } });
                if let Ok(space) = Object::from_value(kinds::NAMESPACE, value) {
                    write::act(cx, DryRun::None, |hands| hands.create(space))?;
                }
            }
            write::act(cx, DryRun::None, |hands| hands.create(object))?
        }
        _ => return Ok(()),
    };
    Ok(())
}

fn plan(expected: &Object, existing: Option<&Object>, remove: bool) -> Plan {
    let lines = |object: &Object| match rbac::role_ref(object) {
        Some(_) => rbac::subjects(object).iter().map(subject_text).collect(),
        None => rbac::rules_of(object).iter().map(rules::plus_v).collect(),
    };
    let mut plan = Plan {
        object: expected.clone(),
        operation: "create",
        protected: false,
        added: lines(expected),
        removed: vec![],
    };
    let Some(existing) = existing else { return plan };
    plan.protected =
        existing.annotations().get("rbac.authorization.kubernetes.io/autoupdate").is_some_and(|text| text == "false");
    if rbac::role_ref(expected) != rbac::role_ref(existing) {
        plan.added.clear();
        plan.operation = "recreate";
        return plan;
    }
    let mut object = existing.clone();
    let merge = |expected: &BTreeMap<String, String>, own: &BTreeMap<String, String>| {
        let mut all = expected.clone();
        all.extend(own.clone());
        (!all.is_empty()).then_some(all)
    };
    let (labels, annotations) =
        (merge(expected.labels(), existing.labels()), merge(expected.annotations(), existing.annotations()));
    let meta = object.meta_mut();
    (meta.labels, meta.annotations) = (labels, annotations);
    let value = match rbac::role_ref(expected) {
        Some(_) => subjects(expected, existing, remove, &mut plan),
        None => permissions(expected, existing, remove, &mut plan),
    };
    if let Some((field, list)) = value {
        let mut whole = object.to_value();
        whole[field] = list;
        if let Ok(changed) = Object::from_value(object.kind, whole) {
            object = changed;
        }
    }
    let same = object.meta == existing.meta && object.same_spec(existing);
    plan.operation = if same { "" } else { "update" };
    plan.object = object;
    plan
}

type Changed = Option<(&'static str, Value)>;

fn subjects(expected: &Object, existing: &Object, remove: bool, plan: &mut Plan) -> Changed {
    let (wanted, own) = (rbac::subjects(expected), rbac::subjects(existing));
    let missing: Vec<&Subject> = wanted.iter().filter(|subject| !own.contains(subject)).collect();
    let extra: Vec<&Subject> = own.iter().filter(|subject| !wanted.contains(subject)).collect();
    plan.added = missing.iter().map(|subject| subject_text(subject)).collect();
    plan.removed = extra.iter().map(|subject| subject_text(subject)).collect();
    let list = match remove {
        true if missing.is_empty() && extra.is_empty() => return None,
        true => json!(wanted),
        false if missing.is_empty() => return None,
        false => json!(own.iter().chain(missing).collect::<Vec<_>>()),
    };
    Some(("subjects", list))
}

fn permissions(expected: &Object, existing: &Object, remove: bool, plan: &mut Plan) -> Changed {
    let (wanted, own) = (rbac::rules_of(expected), rbac::rules_of(existing));
    let missing = rules::uncovered(&own.iter().collect::<Vec<_>>(), wanted);
    let extra = rules::uncovered(&wanted.iter().collect::<Vec<_>>(), own);
    plan.added = missing.iter().map(rules::plus_v).collect();
    plan.removed = extra.iter().map(rules::plus_v).collect();
    let list = match remove {
        true if missing.is_empty() && extra.is_empty() => return None,
        true => json!(wanted),
        false if missing.is_empty() => return None,
        false => json!(own.iter().chain(&missing).collect::<Vec<&PolicyRule>>()),
    };
    Some(("rules", list))
}

fn subject_text(subject: &Subject) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!(
        "{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
        subject.kind,
        text(&subject.api_group),
        subject.name,
        text(&subject.namespace)
    )
}
