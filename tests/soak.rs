//! The soak: a few seeds keep every law; and every law can break, for each is broken here on purpose.
#![cfg(not(target_arch = "wasm32"))]

use k8s_openapi::api::apps::v1::{DaemonSetStatus, DeploymentStatus, ReplicaSetSpec, StatefulSetStatus};
use k8s_openapi::api::batch::v1::JobStatus;
use k8s_openapi::api::core::v1::{Endpoints, PersistentVolumeSpec, PodSpec, PodStatus, ResourceQuotaStatus};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time as MetaTime};
use pilothouse::api::{Object, kinds};
use pilothouse::control::{FactId, What};
use pilothouse::net::Place;
use pilothouse::store::{Change, Key, Revision};
use pilothouse::time::Span;
use pilothouse::transcript::soak::{Effort, Plant, play, script, soak};
use pilothouse::transcript::{Runner, parse};
use pilothouse::world::invariants::{ALL, Check, Watch};
use pilothouse::world::{Spec, World};
use std::rc::Rc;

const STAGE: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx:1.27, ports: [{containerPort: 80, hostPort: 8080}], resources: {requests: {cpu: 100m}}}], tolerations: [{operator: Exists}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {type: NodePort, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: nginx:1.27}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: nginx:1.27}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: pack}
spec: {completions: 2, template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, 'exit 0']}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec: {schedule: '* * * * *', concurrencyPolicy: Forbid, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, '9999']}]}}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: few}
spec: {hard: {pods: '20'}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: alone}
spec: {accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: first}
spec: {containers: [{name: c, image: nginx:1.27}], volumes: [{name: d, persistentVolumeClaim: {claimName: alone}}]}
"#;

/// A cluster with something of everything, settled.
fn stage() -> World {
    let mut runner = Runner::new(World::boot(Spec::default(), 1));
    runner.write("stage.yaml", STAGE);
    let reply = runner.command("kubectl apply -f stage.yaml");
    assert_eq!(reply.code, 0, "{}", reply.output);
    runner.pass(Span::seconds(75));
    runner.world.settle(Span::seconds(90)).expect("the stage settles");
    runner.world
}

/// How a law is broken: the world is changed behind everybody's back, or a change is seen that must never be.
enum Break {
    World(fn(&mut World)),
    Change(fn(&mut World) -> Change<Object>),
}
use Break::{Change as Changed, World as Bent};

fn pods<'a>(world: &'a World, app: &'a str) -> Vec<Object> {
    let all = world.reader().list(kinds::POD, Some("default"));
    all.filter(|pod| pod.labels().get("app").is_some_and(|label| label == app)).cloned().collect()
}

fn named(world: &World, kind: &'static dyn pilothouse::api::Kind, name: &str) -> Object {
    world.reader().get(kind, "default", name).expect("it is on the stage").clone()
}

/// Writes a status as the administrator, past every controller.
fn status(world: &mut World, object: Object) {
    world.learner(FactId::BOOT, |cx| cx.update_status(object).map(drop)).expect("the server takes the status");
}

fn first(world: &World, kind: &'static dyn pilothouse::api::Kind, test: impl Fn(&Object) -> bool) -> Object {
    world.reader().list(kind, Some("default")).find(|o| test(o)).expect("it is on the stage").clone()
}

/// A write that never was: of what there is now into something else.
fn change(world: &World, old: Option<Object>, new: Option<Object>, cause: FactId) -> Change<Object> {
    let revision = Revision(world.api.revision().0 + 1);
    let key = old.as_ref().or(new.as_ref()).expect("a change is about something").key();
    let new = new.map(|mut object| {
        object.meta_mut().resource_version = Some(revision.0.to_string());
        object
    });
    Change { revision, at: world.now, key, old, new, cause: cause.0 }
}

/// A fact that says a controller has written something.
fn by(world: &mut World, who: Place, verb: &'static str, key: Key) -> FactId {
    let what = What::Write { verb, key, revision: Revision(1), letter: 'M' };
    world.journal.record(world.now, who, what, FactId::BOOT)
}

fn edited(object: &Object, edit: impl FnOnce(&mut Object)) -> Object {
    let mut new = object.clone();
    edit(&mut new);
    new
}

fn pod_change(world: &mut World, edit: impl FnOnce(&mut Object)) -> Change<Object> {
    let pod = pods(world, "web").remove(0);
    let new = edited(&pod, edit);
    change(world, Some(pod), Some(new), FactId::BOOT)
}

fn dismissed(object: &Object, world: &World) -> Object {
    edited(object, |object| {
        object.meta_mut().deletion_timestamp = Some(MetaTime(world.now.timestamp()));
        object.meta_mut().generation = object.meta.generation.map(|generation| generation + 1);
    })
}

/// Every law with a way to break it.
fn breaks() -> Vec<(&'static str, Break)> {
    let mut all = of_changes();
    all.extend(of_states());
    all.extend(of_settled());
    all
}

fn of_changes() -> Vec<(&'static str, Break)> {
    vec![
        (
            "revisions-rise",
            Changed(|world| {
                let mut change = pod_change(world, |_| {});
                change.new.as_mut().expect("it stays").meta_mut().resource_version = Some("1".into());
                change
            }),
        ),
        ("identity-stays", Changed(|world| pod_change(world, |pod| pod.meta_mut().uid = Some("another".into())))),
        (
            "generation-counts",
            Changed(|world| pod_change(world, |pod| pod.spec_mut::<PodSpec>().active_deadline_seconds = Some(5))),
        ),
        (
            "observed-generation",
            Changed(|world| pod_change(world, |pod| pod.status_mut::<PodStatus>().observed_generation = Some(99))),
        ),
        (
            "finalizers-hold",
            Changed(|world| {
                let pod = edited(&pods(world, "web")[0], |pod| pod.meta_mut().finalizers = Some(vec!["a/b".into()]));
                let cause = by(world, Place::Outside, "DELETE", pod.key());
                change(world, Some(pod), None, cause)
            }),
        ),
        (
            "causes-are-known",
            Changed(|world| {
                let mut change = pod_change(world, |_| {});
                change.cause = u32::MAX;
                change
            }),
        ),
        (
            "restarts-only-rise",
            Changed(|world| {
                let restarts = |pod: &mut Object, count| {
                    let statuses = pod.status_mut::<PodStatus>().container_statuses.as_mut().expect("it ran");
                    statuses[0].restart_count = count;
                };
                let pod = pods(world, "web").remove(0);
                let (old, new) = (edited(&pod, |pod| restarts(pod, 2)), edited(&pod, |pod| restarts(pod, 1)));
                change(world, Some(old), Some(new), FactId::BOOT)
            }),
        ),
        (
            "end-is-final",
            Changed(|world| {
                let pod = pods(world, "web").remove(0);
                let old = edited(&pod, |pod| pod.status_mut::<PodStatus>().phase = Some("Failed".into()));
                change(world, Some(old), Some(pod), FactId::BOOT)
            }),
        ),
        (
            "evictions-keep-budgets",
            Changed(|world| {
                let pod = pods(world, "web").remove(0);
                let cause = by(world, Place::Outside, "POST", pod.key());
                let new = dismissed(&pod, world);
                change(world, Some(pod), Some(new), cause)
            }),
        ),
        (
            "stateful-order",
            Changed(|world| {
                let pod = named(world, kinds::POD, "db-2");
                let ahead = edited(&pod, |pod| {
                    pod.meta_mut().name = Some("db-9".into());
                    pod.meta_mut().uid = Some("new".into());
                });
                let cause = by(world, Place::Controller("statefulset-controller"), "POST", ahead.key());
                change(world, None, Some(ahead), cause)
            }),
        ),
        (
            "no-pod-too-many",
            Changed(|world| {
                let pod = edited(&pods(world, "web")[0], |pod| {
                    pod.meta_mut().name = Some("web-more".into());
                    pod.meta_mut().uid = Some("new".into());
                });
                let cause = by(world, Place::Controller("replicaset-controller"), "POST", pod.key());
                change(world, None, Some(pod), cause)
            }),
        ),
        (
            "rollouts-keep-their-size",
            Changed(|world| {
                let set = first(world, kinds::REPLICA_SET, |_| true);
                let new = edited(&set, |set| {
                    set.spec_mut::<ReplicaSetSpec>().replicas = Some(1);
                    set.meta_mut().generation = Some(2);
                });
                let cause = by(world, Place::Controller("deployment-controller"), "PUT", set.key());
                change(world, Some(set), Some(new), cause)
            }),
        ),
        (
            "rollouts-stay-available",
            Changed(|world| {
                let pod = pods(world, "web").remove(0);
                let cause = by(world, Place::Controller("replicaset-controller"), "DELETE", pod.key());
                let new = dismissed(&pod, world);
                change(world, Some(pod), Some(new), cause)
            }),
        ),
        (
            "quotas-hold",
            Changed(|world| {
                let quota = named(world, kinds::RESOURCE_QUOTA, "few");
                let new = edited(&quota, |quota| {
                    let used = quota.status_mut::<ResourceQuotaStatus>().used.get_or_insert_default();
                    used.insert("pods".into(), Quantity("21".into()));
                });
                let cause = by(world, Place::Outside, "POST", Key::new("pods", "default", "more"));
                change(world, Some(quota), Some(new), cause)
            }),
        ),
        (
            "cron-jobs-keep-their-policy",
            Changed(|world| {
                let job = first(world, kinds::JOB, |job| job.name().starts_with("tick-"));
                let another = edited(&job, |job| {
                    job.meta_mut().name = Some("tick-2".into());
                    job.meta_mut().uid = Some("new".into());
                });
                let cause = by(world, Place::Controller("cronjob-controller"), "POST", another.key());
                change(world, None, Some(another), cause)
            }),
        ),
    ]
}

fn of_states() -> Vec<(&'static str, Break)> {
    vec![
        (
            "pod-addresses-differ",
            Bent(|world| {
                let all = pods(world, "web");
                let address = all[0].status::<PodStatus>().pod_ip.clone();
                let twin = edited(&all[1], |pod| pod.status_mut::<PodStatus>().pod_ip = address);
                status(world, twin);
            }),
        ),
        (
            "service-numbers-differ",
            Bent(|world| {
                raw(world, kinds::SERVICE, "other", |other, world| {
                    use k8s_openapi::api::core::v1::ServiceSpec;
                    let web = named(world, kinds::SERVICE, "web");
                    other.spec_mut::<ServiceSpec>().ports.clone_from(&web.spec::<ServiceSpec>().ports);
                })
            }),
        ),
        (
            "uids-differ",
            Bent(|world| {
                raw(world, kinds::SERVICE, "other", |other, world| {
                    other.meta_mut().uid = named(world, kinds::SERVICE, "web").meta.uid.clone();
                })
            }),
        ),
        ("namespaces-go-last", Bent(|world| world.api.tamper().forget(&Key::new("namespaces", "", "default")))),
        (
            "one-pod-claims",
            Bent(|world| {
                let volumes = named(world, kinds::POD, "first").spec::<PodSpec>().volumes.clone();
                let name = pods(world, "web")[0].name().to_string();
                raw(world, kinds::POD, &name, move |pod, _| pod.spec_mut::<PodSpec>().volumes = volumes);
            }),
        ),
        (
            "pod-status-fits",
            Bent(|world| {
                let pod =
                    edited(&pods(world, "web")[0], |pod| pod.status_mut::<PodStatus>().phase = Some("Pending".into()));
                status(world, pod);
            }),
        ),
    ]
}

/// Puts an object into the store past the server.
fn raw(
    world: &mut World,
    kind: &'static dyn pilothouse::api::Kind,
    name: &str,
    edit: impl FnOnce(&mut Object, &World),
) {
    let mut object = named(world, kind, name);
    edit(&mut object, world);
    world.api.tamper().put(object);
}

fn of_settled() -> Vec<(&'static str, Break)> {
    vec![
        (
            "replicas-are-kept",
            Bent(|world| {
                let pod = pods(world, "web").remove(0);
                world.api.tamper().forget(&pod.key());
            }),
        ),
        (
            "deployments-add-up",
            Bent(|world| {
                let web = named(world, kinds::DEPLOYMENT, "web");
                status(world, edited(&web, |web| web.status_mut::<DeploymentStatus>().replicas = Some(7)));
            }),
        ),
        (
            "stateful-sets-are-kept",
            Bent(|world| {
                let db = named(world, kinds::STATEFUL_SET, "db");
                status(world, edited(&db, |db| db.status_mut::<StatefulSetStatus>().ready_replicas = Some(1)));
            }),
        ),
        (
            "daemons-are-kept",
            Bent(|world| {
                let agent = named(world, kinds::DAEMON_SET, "agent");
                status(world, edited(&agent, |agent| agent.status_mut::<DaemonSetStatus>().number_ready = 9));
            }),
        ),
        (
            "jobs-are-counted",
            Bent(|world| {
                raw(world, kinds::JOB, "pack", |job, _| job.status_mut::<JobStatus>().succeeded = Some(1));
            }),
        ),
        (
            "budgets-count",
            Bent(|world| {
                let web = named(world, kinds::POD_DISRUPTION_BUDGET, "web");
                let edit = |web: &mut Object| web.status_mut::<PodDisruptionBudgetStatus>().current_healthy = Some(1);
                status(world, edited(&web, edit));
            }),
        ),
        (
            "slices-are-true",
            Bent(|world| {
                let slice = first(world, kinds::ENDPOINT_SLICE, |slice| slice.name().starts_with("web-"));
                let name = slice.name().to_string();
                raw(world, kinds::ENDPOINT_SLICE, &name, |slice, _| {
                    slice.spec_mut::<EndpointSlice>().endpoints.as_mut().expect("it has pods").pop();
                });
            }),
        ),
        (
            "endpoints-are-true",
            Bent(|world| {
                raw(world, kinds::ENDPOINTS, "web", |endpoints, _| endpoints.spec_mut::<Endpoints>().subsets = None);
            }),
        ),
        (
            "quotas-count",
            Bent(|world| {
                raw(world, kinds::RESOURCE_QUOTA, "few", |quota, _| {
                    let used = quota.status_mut::<ResourceQuotaStatus>().used.get_or_insert_default();
                    used.insert("pods".into(), Quantity("1".into()));
                });
            }),
        ),
        (
            "owners-exist",
            Bent(|world| {
                raw(world, kinds::SERVICE, "other", |service, _| {
                    let owner = OwnerReference { uid: "gone".into(), name: "x".into(), kind: "Pod".into(), ..owner() };
                    service.meta_mut().owner_references = Some(vec![owner]);
                });
            }),
        ),
        (
            "nodes-exist",
            Bent(|world| {
                raw(world, kinds::POD, "first", |pod, _| pod.spec_mut::<PodSpec>().node_name = Some("node77".into()));
                world.now += Span::minutes(10);
            }),
        ),
        (
            "nodes-have-room",
            Bent(|world| {
                raw(world, kinds::POD, "first", |pod, _| {
                    let resources = pod.spec_mut::<PodSpec>().containers[0].resources.get_or_insert_default();
                    resources.requests.get_or_insert_default().insert("cpu".into(), Quantity("40".into()));
                });
            }),
        ),
        (
            "host-ports-differ",
            Bent(|world| {
                let web = pods(world, "web").remove(0);
                let (node, port) = {
                    let spec = web.spec::<PodSpec>();
                    (spec.node_name.clone(), spec.containers[0].ports.clone())
                };
                raw(world, kinds::POD, "first", move |pod, _| {
                    pod.spec_mut::<PodSpec>().node_name = node;
                    pod.spec_mut::<PodSpec>().containers[0].ports = port;
                });
            }),
        ),
        (
            "bindings-are-mutual",
            Bent(|world| {
                let volume = world.reader().list(kinds::PERSISTENT_VOLUME, None).next().expect("it was made").clone();
                let edit = |volume: &mut Object| volume.spec_mut::<PersistentVolumeSpec>().claim_ref = None;
                world.api.tamper().put(edited(&volume, edit));
            }),
        ),
        (
            "machines-run-what-is-said",
            Bent(|world| {
                let key = named(world, kinds::POD, "first").key();
                for machine in world.machines.nodes.values_mut() {
                    machine.runtime().pods.remove(&key);
                }
            }),
        ),
        (
            "nobody-waits-in-vain",
            Bent(|world| {
                raw(world, kinds::POD, "first", |pod, _| pod.spec_mut::<PodSpec>().active_deadline_seconds = Some(1));
            }),
        ),
        (
            "what-runs-is-ready",
            Bent(|world| {
                raw(world, kinds::POD, "first", |pod, _| {
                    for condition in pod.status_mut::<PodStatus>().conditions.iter_mut().flatten() {
                        condition.status = "False".into();
                    }
                });
            }),
        ),
        (
            "running-nodes-are-ready",
            Bent(|world| {
                use k8s_openapi::api::core::v1::NodeStatus;
                let node = world.reader().get(kinds::NODE, "", "node01").expect("it joined").clone();
                let edit = |node: &mut Object| {
                    for condition in node.status_mut::<NodeStatus>().conditions.iter_mut().flatten() {
                        condition.status = "Unknown".into();
                    }
                };
                status(world, edited(&node, edit));
            }),
        ),
        (
            "rules-are-true",
            Bent(|world| {
                let table = world.tables.nodes.values_mut().next().expect("there are nodes");
                Rc::make_mut(table).rules.retain(|(_, service), _| &**service != "web");
            }),
        ),
        (
            "names-are-true",
            Bent(|world| {
                Rc::make_mut(&mut world.tables.dns).remove("web.default.svc.cluster.local");
            }),
        ),
        (
            "deletions-end",
            Bent(|world| {
                raw(world, kinds::SERVICE, "other", |service, world| *service = dismissed(service, world));
            }),
        ),
        (
            "a-second-look-changes-nothing",
            Bent(|world| {
                raw(world, kinds::SERVICE, "other", |service, _| {
                    use k8s_openapi::api::core::v1::ServiceSpec;
                    service.spec_mut::<ServiceSpec>().selector = Some([("app".into(), "web".into())].into());
                });
            }),
        ),
    ]
}

fn owner() -> OwnerReference {
    OwnerReference { api_version: "v1".into(), ..Default::default() }
}

#[test]
fn every_law_can_break() {
    let world = stage();
    let mut watch = Watch::new(&world);
    watch.look_settled(&world);
    assert_eq!(watch.take(), [], "the stage keeps every law");
    let breaks = breaks();
    for law in ALL {
        let (_, how) = breaks.iter().find(|(name, _)| *name == law.name).expect("every law is broken here");
        let mut bent = world.clone();
        let mut watch = Watch::new(&world);
        match how {
            Changed(make) => {
                assert!(matches!(law.check, Check::Change(_)), "{} is not about changes", law.name);
                let change = make(&mut bent);
                watch.look_at(&change, &bent);
            }
            Bent(act) => {
                act(&mut bent);
                watch.look_settled(&bent);
            }
        }
        let found = watch.take();
        assert!(found.iter().any(|finding| finding.law == law.name), "{} was broken, found: {found:#?}", law.name);
    }
}

#[test]
fn a_few_seeds_keep_every_law() {
    let world = World::boot(Spec::default(), 1);
    let (mut events, mut settled) = (0, 0);
    for seed in 1..=3 {
        let outcome = play(&world, &script(seed, 25), None);
        assert_eq!(outcome.findings, [], "seed {seed}: `pilothouse soak --seed {seed} --commands 25` shows how");
        events += outcome.events;
        settled += outcome.settled;
    }
    assert!(events > 3_000 && settled > 5, "the soak has gone dry: {events} events, {settled} settled");
}

/// Transcripts that broke a law once, in `tests/soak/`.
#[test]
fn what_the_soak_has_found_stays_mended() {
    let world = World::boot(Spec::default(), 1);
    let mut files: Vec<_> = std::fs::read_dir("tests/soak").expect("it is there").flatten().map(|f| f.path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no transcript in tests/soak");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a transcript can be read");
        let entries = parse(&text).expect("a transcript can be played");
        let outcome = play(&world, &entries, None);
        assert_eq!(outcome.findings, [], "{}", file.display());
        assert_eq!(outcome.played, entries.len());
    }
}

#[test]
fn a_planted_bug_is_found_and_its_transcript_is_short() {
    let world = World::boot(Spec::default(), 1);
    fn twins(world: &mut World) {
        let running = |pod: &&Object| {
            let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
            let alive = status.phase.as_deref() == Some("Running") && spec.host_network != Some(true);
            alive && status.pod_ip.is_some() && pod.namespace() != "kube-system"
        };
        let all: Vec<Object> = world.reader().list(kinds::POD, None).filter(running).cloned().collect();
        let [one, other, ..] = all.as_slice() else { return };
        let address = one.status::<PodStatus>().pod_ip.clone();
        let twin = edited(other, |pod| pod.status_mut::<PodStatus>().pod_ip = address);
        status(world, twin);
    }
    let plant = Plant { act: twins };
    let mut reports = (1..=4).map(|seed| soak(&world, seed, 25, Effort { replays: 25 }, Some(&plant)));
    let report = reports.find(|report| !report.outcome.findings.is_empty());
    let report = report.expect("the planted bug is found");
    let finding = &report.outcome.findings[0];
    assert_eq!(finding.law, "pod-addresses-differ");
    let text = report.transcript().expect("a finding has a transcript");
    let entries = parse(&text).expect("the transcript can be played");
    assert!(entries.len() < script(report.seed, 25).len() / 2, "not shortened:\n{text}");
    let again = play(&world, &entries, Some(&plant));
    assert_eq!(again.findings.first().map(|finding| finding.law), Some("pod-addresses-differ"));
}

#[test]
fn a_seed_is_the_same_script_and_the_same_history() {
    let world = World::boot(Spec::default(), 1);
    assert_eq!(script(5, 40), script(5, 40));
    assert_ne!(script(5, 40), script(6, 40));
    let (one, two) = (play(&world, &script(5, 12), None), play(&world, &script(5, 12), None));
    assert_eq!((one.events, one.changes, one.span), (two.events, two.changes, two.span));
}
