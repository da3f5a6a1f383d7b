//! What a learner runs: each recipe makes something, or makes it again in another way.

use super::super::format::Entry;
use super::dice::{Dice, command};

pub type Recipe = fn(&mut Dice) -> Vec<Entry>;

pub static ALL: &[Recipe] = &[
    create_deployment,
    apply_deployment,
    apply_deployment,
    apply_stateful_set,
    apply_stateful_set,
    apply_daemon_set,
    apply_job,
    apply_job,
    apply_cron_job,
    apply_pod,
    apply_pod,
    apply_replication_controller,
    apply_big,
    apply_shared_claim,
];

pub const NAMESPACES: [&str; 3] = ["default", "default", "shop"];
pub const APPS: [&str; 3] = ["web", "api", "cart"];
pub const SETS: [&str; 2] = ["db", "queue"];
/// Most are there; two are not.
const IMAGES: [&str; 7] =
    ["nginx:1.27", "nginx:1.27", "nginx:1.28", "httpd:2.4", "redis:7", "nginx:nope", "registry.example/none:1"];

pub fn image(dice: &mut Dice) -> &'static str {
    dice.one(&IMAGES)
}

pub fn namespace(dice: &mut Dice) -> &'static str {
    dice.one(&NAMESPACES)
}

fn create_deployment(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace, image, replicas) = (dice.one(&APPS), namespace(dice), image(dice), dice.between(0, 5));
    vec![command(format!("kubectl create deployment {app} -n {namespace} --image={image} --replicas={replicas}"))]
}

/// A container: one that serves, sleeps, ends, fails, or breaks after a while.
fn container(dice: &mut Dice) -> String {
    let what = match dice.below(10) {
        0..=4 => format!("image: {}", image(dice)),
        5 => "image: busybox, command: [sh, -c, 'sleep 3600']".into(),
        6 => format!("image: busybox, command: [sh, -c, 'sleep {}; exit 1']", dice.between(0, 40)),
        7 => format!("image: busybox, command: [sh, -c, 'sleep {}']", dice.between(1, 30)),
        8 => "image: busybox, command: [sh, -c, 'trap \"\" TERM; while true; do sleep 1; done']".into(),
        _ => "image: busybox, command: [nothing]".into(),
    };
    let resources = dice.one(&["", "", "{cpu: 100m}", "{cpu: 500m, memory: 256Mi}", "{cpu: '1', memory: 1Gi}"]);
    let resources =
        if resources.is_empty() { String::new() } else { format!(", resources: {{requests: {resources}}}") };
    let probe = match dice.below(8) {
        0 => ", readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 3}".to_string(),
        1 => ", livenessProbe: {httpGet: {path: /none, port: 80}, periodSeconds: 5}".into(),
        2 => ", readinessProbe: {exec: {command: [cat, /tmp/ok]}, periodSeconds: 2}".into(),
        3 => ", lifecycle: {preStop: {exec: {command: [sleep, '4']}}}".into(),
        _ => String::new(),
    };
    format!("{{name: c, {what}{resources}{probe}}}")
}

fn pod_spec(dice: &mut Dice) -> String {
    let grace = dice.one(&["", "terminationGracePeriodSeconds: 0, ", "terminationGracePeriodSeconds: 5, "]);
    let spread = dice.perhaps(
        12,
        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {tier: any}}}], ",
    );
    let apart = dice.perhaps(
        12,
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {tier: any}}}]}}, ",
    );
    let stays = dice.perhaps(
        15,
        "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 20}, {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 20}], ",
    );
    let selector = dice.perhaps(8, "nodeSelector: {disk: ssd}, ");
    let init = match dice.below(10) {
        0 => "initContainers: [{name: i, image: busybox, command: [sh, -c, 'sleep 3']}], ",
        1 => "initContainers: [{name: i, image: busybox, command: [sh, -c, 'exit 1']}], ",
        2 => "initContainers: [{name: side, image: busybox, restartPolicy: Always, command: [sh, -c, 'sleep 3600']}], ",
        _ => "",
    };
    let container = container(dice);
    format!("{{{grace}{spread}{apart}{stays}{selector}{init}containers: [{container}]}}")
}

fn template(dice: &mut Dice, app: &str) -> String {
    let version = dice.between(1, 4);
    let spec = pod_spec(dice);
    format!("{{metadata: {{labels: {{app: {app}, tier: any, v: v{version}}}}}, spec: {spec}}}")
}

fn apply_deployment(dice: &mut Dice) -> Vec<Entry> {
    let (app, namespace, replicas) = (dice.one(&APPS), namespace(dice), dice.between(0, 6));
    let strategy = match dice.below(5) {
        0 => "strategy: {type: Recreate}".to_string(),
        1 => "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}".into(),
        2 => "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}".into(),
        3 => "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 50%, maxUnavailable: 50%}}".into(),
        _ => "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}".into(),
    };
    let ready = dice.one(&[0, 0, 5]);
    let limit = dice.one(&[10, 10, 1, 0]);
    let deadline = dice.one(&[600, 30]);
    let template = template(dice, app);
    let body = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {app}}}\nspec:\n  replicas: {replicas}\n  minReadySeconds: {ready}\n  revisionHistoryLimit: {limit}\n  progressDeadlineSeconds: {deadline}\n  {strategy}\n  selector: {{matchLabels: {{app: {app}}}}}\n  template: {template}\n"
    );
    dice.apply(namespace, &body)
}

fn apply_stateful_set(dice: &mut Dice) -> Vec<Entry> {
    let (name, namespace, replicas) = (dice.one(&SETS), namespace(dice), dice.between(0, 4));
    let policy = dice.one(&["OrderedReady", "OrderedReady", "Parallel"]);
    let update = match dice.below(4) {
        0 => "updateStrategy: {type: OnDelete}".to_string(),
        1 => "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}".into(),
        _ => "updateStrategy: {type: RollingUpdate}".into(),
    };
    let retention = match dice.below(4) {
        0 => "  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Delete}\n",
        1 => "  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Delete}\n",
        _ => "",
    };
    let claims = dice.perhaps(
        50,
        "  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n",
    );
    let template = template(dice, name);
    let body = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{clusterIP: None, selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  serviceName: {name}\n  podManagementPolicy: {policy}\n  {update}\n{retention}{claims}  selector: {{matchLabels: {{app: {name}}}}}\n  template: {template}\n"
    );
    dice.apply(namespace, &body)
}

fn apply_daemon_set(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let update = match dice.below(4) {
        0 => "updateStrategy: {type: OnDelete}",
        1 => "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
        _ => "updateStrategy: {type: RollingUpdate}",
    };
    let template = template(dice, "agent");
    let body = format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: agent}}\nspec:\n  {update}\n  selector: {{matchLabels: {{app: agent}}}}\n  template: {template}\n"
    );
    dice.apply(namespace, &body)
}

fn job_spec(dice: &mut Dice) -> String {
    let (parallelism, completions) = (dice.between(1, 3), dice.between(1, 5));
    let how = match dice.below(8) {
        0..=3 => format!("sleep {}", dice.between(1, 20)),
        4 => "exit 1".into(),
        5 => format!("sleep {}; exit 3", dice.between(1, 10)),
        6 => "sleep 600".into(),
        _ => "[ $(date +%s | tail -c 2) -gt 4 ]".into(),
    };
    let mode = dice.perhaps(35, "completionMode: Indexed, ");
    let limit = dice.one(&[0, 2, 6]);
    let ttl = dice.perhaps(25, "ttlSecondsAfterFinished: 20, ");
    let deadline = dice.perhaps(20, "activeDeadlineSeconds: 25, ");
    let suspend = dice.perhaps(10, "suspend: true, ");
    let replace = dice.perhaps(15, "podReplacementPolicy: Failed, ");
    let restart = dice.one(&["Never", "OnFailure"]);
    format!(
        "{{parallelism: {parallelism}, completions: {completions}, backoffLimit: {limit}, {mode}{ttl}{deadline}{suspend}{replace}template: {{spec: {{restartPolicy: {restart}, containers: [{{name: c, image: busybox, command: [sh, -c, '{how}']}}]}}}}}}"
    )
}

fn apply_job(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, name) = (namespace(dice), dice.one(&["pack", "count", "sort"]));
    let spec = job_spec(dice);
    let body = format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {spec}\n");
    dice.apply(namespace, &body)
}

fn apply_cron_job(dice: &mut Dice) -> Vec<Entry> {
    let namespace = namespace(dice);
    let policy = dice.one(&["Allow", "Forbid", "Replace"]);
    let keep = dice.one(&[0, 1, 3]);
    let spec = job_spec(dice);
    let body = format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: tick}}\nspec:\n  schedule: '*/1 * * * *'\n  concurrencyPolicy: {policy}\n  successfulJobsHistoryLimit: {keep}\n  failedJobsHistoryLimit: 1\n  jobTemplate: {{spec: {spec}}}\n"
    );
    dice.apply(namespace, &body)
}

fn apply_pod(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, name) = (namespace(dice), dice.one(&["solo", "probe", "web-x"]));
    // One with the labels of an app is adopted, or stands behind its Service.
    let app = dice.one(&["solo", "web", "api"]);
    let spec = pod_spec(dice);
    let policy = dice.one(&["Always", "Never", "OnFailure"]);
    let extra = match dice.below(6) {
        0 => ", schedulingGates: [{name: example.com/wait}]",
        1 => ", nodeName: node01",
        2 => ", activeDeadlineSeconds: 30",
        3 => ", hostNetwork: true",
        _ => "",
    };
    let spec = format!("{{restartPolicy: {policy}{extra}, {}", spec.trim_start_matches('{'));
    let body = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}, tier: any}}}}\nspec: {spec}\n"
    );
    dice.apply(namespace, &body)
}

fn apply_replication_controller(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, replicas) = (namespace(dice), dice.between(0, 3));
    let template = template(dice, "old");
    let body = format!(
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: old}}\nspec:\n  replicas: {replicas}\n  selector: {{app: old}}\n  template: {template}\n"
    );
    dice.apply(namespace, &body)
}

/// Pods that fill the nodes, with a priority above or below that of others.
fn apply_big(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, replicas) = (namespace(dice), dice.between(1, 6));
    let (class, value) = dice.one(&[("high", 1000), ("low", -10), ("", 0)]);
    let cpu = dice.one(&["900m", "1900m", "3"]);
    let mut body = String::new();
    let mut priority = String::new();
    if !class.is_empty() {
        body = format!(
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {class}}}\nvalue: {value}\n---\n"
        );
        priority = format!("priorityClassName: {class}, ");
    }
    let port = dice.perhaps(30, ", ports: [{containerPort: 80, hostPort: 8080}]");
    body.push_str(&format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: big}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: big}}}}\n  template: {{metadata: {{labels: {{app: big}}}}, spec: {{{priority}containers: [{{name: c, image: nginx:1.27, resources: {{requests: {{cpu: {cpu}}}}}{port}}}]}}}}\n"
    ));
    dice.apply(namespace, &body)
}

/// Pods on one claim.
fn apply_shared_claim(dice: &mut Dice) -> Vec<Entry> {
    let (namespace, mode) = (namespace(dice), dice.one(&["ReadWriteOnce", "ReadWriteOncePod"]));
    let replicas = dice.between(0, 3);
    let name = mode.to_lowercase();
    let body = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec: {{accessModes: [{mode}], resources: {{requests: {{storage: 1Gi}}}}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shared}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: shared}}}}\n  template: {{metadata: {{labels: {{app: shared}}}}, spec: {{containers: [{{name: c, image: nginx:1.27, volumeMounts: [{{name: d, mountPath: /d}}]}}], volumes: [{{name: d, persistentVolumeClaim: {{claimName: {name}}}}}]}}}}\n"
    );
    dice.apply(namespace, &body)
}
