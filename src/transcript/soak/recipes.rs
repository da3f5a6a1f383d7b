//! What a learner does to what runs: scales, changes, breaks, repairs, deletes.

use super::super::format::Entry;
use super::dice::{Dice, command};
use super::workloads::{APPS, Recipe, SETS, image, namespace};

pub static ALL: &[Recipe] = &[
    scale,
    scale,
    set_image,
    set_image,
    roll_out,
    roll_out,
    delete_workload,
    delete_pods,
    delete_pods,
    force_pod,
    relabel_pod,
    kill_program,
    drain,
    cordon,
    uncordon,
    taint,
    untaint,
    label_node,
    expose,
    service,
    autoscale,
    budget,
    quota,
    limits,
    delete_policy,
    renew_namespace,
    hold,
    release,
    make_ready,
    suspend,
    delete_job,
    delete_claims,
    orphan,
    adopt,
    delete_node,
    mount,
    undo_to,
];

fn workload(dice: &mut Dice) -> String {
    match dice.below(6) {
        0..=2 => format!("deployment/{}", dice.one(&APPS)),
        3..=4 => format!("statefulset/{}", dice.one(&SETS)),
        _ => dice.one(&["rc/old", "deployment/big", "deployment/shared"]).to_string(),
    }
}

fn app(dice: &mut Dice) -> &'static str {
    dice.one(&["web", "api", "cart", "db", "queue", "agent", "solo", "big"])
}

/// One pod of an app: whichever comes first or last.
fn some_pod(dice: &mut Dice, namespace: &str) -> String {
    let (app, end) = (app(dice), dice.one(&["head", "tail"]));
    format!("$(kubectl get pods -n {namespace} -l app={app} -o name | {end} -1)")
}

fn scale(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, what, replicas) = (namespace(dice), workload(dice), dice.between(0, 7));
    vec![command(format!("kubectl scale {what} -n {namespace} --replicas={replicas}"))]
}

fn set_image(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, what, image) = (namespace(dice), workload(dice), image(dice));
    vec![command(format!("kubectl set image {what} -n {namespace} '*={image}'"))]
}

fn roll_out(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let what = match dice.below(5) {
        0 => format!("statefulset/{}", dice.one(&SETS)),
        1 => "daemonset/agent".into(),
        _ => format!("deployment/{}", dice.one(&APPS)),
    };
    let verb = dice.one(&["undo", "undo", "restart", "restart", "pause", "resume", "resume"]);
    vec![command(format!("kubectl rollout {verb} {what} -n {namespace}"))]
}

fn delete_workload(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let what = if dice.chance(15) { "daemonset/agent".into() } else { workload(dice) };
    let how = dice.one(&["", "", " --cascade=foreground", " --cascade=orphan"]);
    vec![command(format!("kubectl delete {what} -n {namespace} --wait=false{how}"))]
}

fn delete_pods(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let which = if dice.chance(25) { format!("pod -l app={}", app(dice)) } else { some_pod(dice, namespace) };
    vec![command(format!("kubectl delete {which} -n {namespace} --wait=false"))]
}

fn force_pod(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let pod = some_pod(dice, namespace);
    vec![command(format!("kubectl delete {pod} -n {namespace} --force --grace-period=0 --wait=false"))]
}

fn relabel_pod(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let pod = some_pod(dice, namespace);
    let to = dice.one(&["loose", "web", "api"]);
    vec![command(format!("kubectl label {pod} -n {namespace} app={to} --overwrite"))]
}

fn kill_program(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let pod = some_pod(dice, namespace);
    vec![command(format!("kubectl exec -n {namespace} {pod} -- kill 1"))]
}

fn node(dice: &mut Dice) -> &'static str {
    dice.one(&["node01", "node02"])
}

fn drain(dice: &mut Dice) -> Vec<Entry> {
    let (node, seconds) = (node(dice), dice.one(&[5, 40]));
    let how = "--ignore-daemonsets --delete-emptydir-data --force";
    vec![command(format!("kubectl drain {node} {how} --timeout={seconds}s"))]
}

fn cordon(dice: &mut Dice) -> Vec<Entry> {
    vec![command(format!("kubectl cordon {}", node(dice)))]
}

fn uncordon(_: &mut Dice) -> Vec<Entry> {
    vec![command("kubectl uncordon node01 node02")]
}

fn taint(dice: &mut Dice) -> Vec<Entry> {
    let (node, effect) = (node(dice), dice.one(&["NoSchedule", "NoExecute", "PreferNoSchedule"]));
    vec![command(format!("kubectl taint node {node} soak=yes:{effect} --overwrite"))]
}

fn untaint(_: &mut Dice) -> Vec<Entry> {
    vec![command("kubectl taint node --all soak-")]
}

fn label_node(dice: &mut Dice) -> Vec<Entry> {
    let (node, label) = (node(dice), dice.one(&["disk=ssd", "disk=hdd", "disk-"]));
    vec![command(format!("kubectl label node {node} {label} --overwrite"))]
}

fn expose(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace) = (dice.one(&APPS), namespace(dice));
    let how = dice.one(&["", " --type=NodePort", " --type=LoadBalancer", " --cluster-ip=None"]);
    vec![command(format!("kubectl expose deployment {app} -n {namespace} --port=80{how}"))]
}

fn service(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace) = (dice.one(&APPS), namespace(dice));
    match dice.below(4) {
        0 => vec![command(format!("kubectl delete service {app} -n {namespace}"))],
        1 => vec![command(format!(
            "kubectl create service externalname {app} -n {namespace} --external-name=example.com"
        ))],
        2 => {
            let patch = dice.one(&[
                "{\"spec\":{\"type\":\"NodePort\"}}",
                "{\"spec\":{\"type\":\"ClusterIP\"}}",
                "{\"spec\":{\"publishNotReadyAddresses\":true}}",
                "{\"spec\":{\"selector\":{\"app\":\"loose\"}}}",
            ]);
            vec![command(format!("kubectl patch service {app} -n {namespace} -p '{patch}'"))]
        }
        _ => {
            let body = format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: {app}}}\nspec: {{selector: {{app: {app}}}, ports: [{{name: http, port: 80}}, {{name: extra, port: 81, targetPort: 80}}]}}\n"
            );
            dice.apply(namespace, &body)
        }
    }
}

fn autoscale(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace, most) = (dice.one(&APPS), namespace(dice), dice.between(2, 6));
    match dice.chance(70) {
        true => {
            vec![command(format!("kubectl autoscale deployment {app} -n {namespace} --min=1 --max={most} --cpu=50%"))]
        }
        false => vec![command(format!("kubectl delete hpa --all -n {namespace}"))],
    }
}

fn budget(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace) = (app(dice), namespace(dice));
    let how = dice.one(&["--min-available=1", "--min-available=50%", "--max-unavailable=1", "--max-unavailable=0"]);
    vec![command(format!("kubectl create pdb {app} -n {namespace} --selector=app={app} {how}"))]
}

fn quota(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let hard =
        dice.one(&["pods=6", "pods=3,services=2", "count/deployments.apps=3,persistentvolumeclaims=2", "pods=0"]);
    match dice.below(3) {
        0 => vec![command(format!("kubectl delete quota --all -n {namespace}"))],
        1 => {
            let most = dice.between(1, 9);
            let patch = format!("{{\"spec\":{{\"hard\":{{\"pods\":\"{most}\"}}}}}}");
            vec![command(format!("kubectl patch quota few -n {namespace} -p '{patch}'"))]
        }
        _ => vec![command(format!("kubectl create quota few -n {namespace} --hard={hard}"))],
    }
}

fn limits(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    if dice.chance(50) {
        return vec![command(format!("kubectl delete limitrange --all -n {namespace}"))];
    }
    let body = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: limits}\nspec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 200m}}]}\n";
    dice.apply(namespace, body)
}

fn delete_policy(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    vec![command(format!("kubectl delete pdb --all -n {namespace}"))]
}

fn renew_namespace(dice: &mut Dice) -> Vec<Entry> {
    if dice.chance(50) {
        return vec![command("kubectl create namespace shop")];
    }
    let mut entries = vec![command("kubectl delete namespace shop --wait=false")];
    if dice.chance(50) {
        entries.push(super::dice::pass(dice.between(1, 60)));
        entries.push(command("kubectl create namespace shop"));
    }
    entries
}

fn hold(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let what = if dice.chance(50) { some_pod(dice, namespace) } else { workload(dice) };
    let patch = "{\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}";
    vec![command(format!("kubectl patch {what} -n {namespace} --type=merge -p '{patch}'"))]
}

fn release(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let list = format!("kubectl get pods,deployments,statefulsets,rc -n {namespace} -o name");
    let patch = "{\"metadata\":{\"finalizers\":null}}";
    vec![command(format!("for x in $({list}); do kubectl patch $x -n {namespace} --type=merge -p '{patch}'; done"))]
}

fn make_ready(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let (app, how) = (app(dice), dice.one(&["touch", "touch", "rm -f"]));
    let list = format!("kubectl get pods -n {namespace} -l app={app} -o name");
    vec![command(format!("for x in $({list}); do kubectl exec -n {namespace} $x -- {how} /tmp/ok; done"))]
}

fn suspend(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, on) = (namespace(dice), dice.one(&["true", "false", "false"]));
    let what = dice.one(&["job/pack", "job/count", "job/sort", "cronjob/tick"]);
    vec![command(format!("kubectl patch {what} -n {namespace} -p '{{\"spec\":{{\"suspend\":{on}}}}}'"))]
}

fn delete_job(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let what = dice.one(&["job/pack", "job/count", "job/sort", "cronjob/tick", "job --all"]);
    let how = dice.one(&["", "", " --cascade=foreground", " --cascade=orphan"]);
    vec![command(format!("kubectl delete {what} -n {namespace} --wait=false{how}"))]
}

fn delete_claims(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    vec![command(format!("kubectl delete pvc --all -n {namespace} --wait=false"))]
}

/// A ReplicaSet or the pods of a Deployment without their owner.
fn orphan(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let (app, how) = (dice.one(&APPS), dice.one(&["orphan", "background", "foreground"]));
    vec![command(format!("kubectl delete rs -l app={app} -n {namespace} --wait=false --cascade={how}"))]
}

/// A ReplicaSet that takes what has its labels.
fn adopt(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, replicas) = (namespace(dice), dice.between(0, 3));
    let body = format!(
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: loose}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: loose}}}}\n  template: {{metadata: {{labels: {{app: loose}}}}, spec: {{containers: [{{name: c, image: nginx:1.27}}]}}}}\n"
    );
    dice.apply(namespace, &body)
}

/// A node that is taken away comes back with its machine.
fn delete_node(dice: &mut Dice) -> Vec<Entry> {
    let node = node(dice);
    let mut entries = vec![command(format!("kubectl delete node {node}"))];
    entries.push(super::dice::pass(dice.one(&[1, 30, 100])));
    entries.push(command(format!("node stop {node}; node start {node}")));
    // A node that comes back is as new: what was on it has to go first.
    entries.push(super::dice::pass(120));
    entries
}

/// Pods with a ConfigMap that may come later.
fn mount(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    match dice.below(4) {
        0 => vec![command(format!(
            "kubectl create configmap settings -n {namespace} --from-literal=a={}",
            dice.below(9)
        ))],
        1 => vec![command(format!("kubectl delete configmap settings -n {namespace}"))],
        _ => {
            let body = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: set}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: set}}\n  template: {metadata: {labels: {app: set}}, spec: {containers: [{name: c, image: nginx:1.27, envFrom: [{configMapRef: {name: settings}}], volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, configMap: {name: settings}}]}}\n";
            dice.apply(namespace, body)
        }
    }
}

fn undo_to(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace, revision) = (dice.one(&APPS), namespace(dice), dice.between(1, 4));
    vec![command(format!("kubectl rollout undo deployment/{app} -n {namespace} --to-revision={revision}"))]
}
