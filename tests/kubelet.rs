//! Pods on a cluster, from the outside: what their status and events say as time passes.

use k8s_openapi::api::core::v1::{Event, PodStatus};
use pilothouse::api::{Object, kinds};
use pilothouse::control::FactId;
use pilothouse::time::Span;
use pilothouse::world::{Spec, World};
use serde_json::{Value, json};

fn world() -> World {
    World::boot(Spec::default(), 1)
}

fn create(world: &mut World, value: Value) {
    let kind = value["kind"].as_str().and_then(kinds::find).expect("a kind");
    let mut value = value;
    if kind.names().namespaced && value["metadata"]["namespace"].is_null() {
        value["metadata"]["namespace"] = json!("default");
    }
    let object = Object::from_value(kind, value).expect("a good object");
    world.learner(FactId::BOOT, |cx| cx.create(object)).expect("created");
}

fn pod(name: &str, spec: Value) -> Value {
    let mut spec = spec;
    spec["nodeName"] = json!("node01");
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

fn one(name: &str, container: Value) -> Value {
    pod(name, json!({"containers": [container]}))
}

fn wait(world: &mut World, seconds: u64) {
    world.run_until(world.now + Span::seconds(seconds));
}

fn status(world: &World, name: &str) -> PodStatus {
    world.reader().get(kinds::POD, "default", name).expect("the pod").status::<PodStatus>().clone()
}

fn ready(world: &World, name: &str) -> bool {
    let status = status(world, name);
    status.conditions.iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True")
}

/// `reason` or `state` of the first container, with its restarts.
fn shown(world: &World, name: &str) -> (String, i32) {
    let status = status(world, name);
    let container = status.container_statuses.unwrap_or_default().remove(0);
    let state = container.state.unwrap_or_default();
    let text = match (state.waiting, state.terminated) {
        (Some(waiting), _) => waiting.reason,
        (_, Some(ended)) => ended.reason,
        _ => Some("Running".into()),
    };
    (text.unwrap_or_default(), container.restart_count)
}

fn events(world: &World, name: &str) -> Vec<String> {
    let all = world.reader().list(kinds::EVENT, Some("default")).map(kinds::event::full);
    let mine = all.filter(|event| event.involved_object.name.as_deref() == Some(name));
    let mut mine: Vec<Event> = mine.collect();
    mine.sort_by_key(|event| event.first_timestamp.clone());
    mine.into_iter().map(|e| format!("{} {}", e.reason.unwrap_or_default(), e.message.unwrap_or_default())).collect()
}

fn log(world: &World, name: &str) -> String {
    let pod = world.machines.pod("default", name).expect("on a machine");
    pod.slots.values().next().and_then(|slot| slot.current.as_ref()).expect("ran").logs.read(&Default::default())
}

#[test]
fn nginx_is_pulled_started_and_ready() {
    let mut world = world();
    create(&mut world, one("web", json!({"name": "nginx", "image": "nginx:1.27"})));
    wait(&mut world, 10);
    assert!(ready(&world, "web"), "{:#?} {:#?}", status(&world, "web"), events(&world, "web"));
    let events = events(&world, "web");
    let reasons: Vec<&str> = events.iter().filter_map(|event| event.split(' ').next()).collect();
    assert_eq!(reasons, ["Pulling", "Pulled", "Created", "Started"]);
    assert!(log(&world, "web").contains("Configuration complete; ready for start up"));
}

#[test]
fn a_crashing_container_is_restarted_at_once_and_then_backs_off() {
    let mut world = world();
    let command = json!(["sh", "-c", "echo starting; echo cannot find config >&2; exit 1"]);
    create(&mut world, one("crash", json!({"name": "app", "image": "busybox:1.36", "command": command})));
    wait(&mut world, 9);
    assert_eq!(shown(&world, "crash"), ("CrashLoopBackOff".into(), 1), "{:#?}", events(&world, "crash"));
    assert_eq!(log(&world, "crash"), "cannot find config\nstarting\n");
    wait(&mut world, 20);
    assert_eq!(shown(&world, "crash").1, 2);
}

#[test]
fn an_image_that_does_not_exist_backs_off() {
    let mut world = world();
    create(&mut world, one("noimage", json!({"name": "c", "image": "nginx:0.0.0"})));
    wait(&mut world, 18);
    assert_eq!(shown(&world, "noimage").0, "ImagePullBackOff");
    let events = events(&world, "noimage");
    let wanted = "Failed Failed to pull image \"nginx:0.0.0\": rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:0.0.0\": failed to resolve reference \"docker.io/library/nginx:0.0.0\": docker.io/library/nginx:0.0.0: not found";
    assert!(events.iter().any(|event| event == wanted), "{events:#?}");
    assert!(events.iter().any(|event| event == "Failed Error: ImagePullBackOff"));
}

#[test]
fn a_deleted_pod_gets_its_grace_period_and_is_gone() {
    let mut world = world();
    create(&mut world, one("web", json!({"name": "c", "image": "nginx:1.27"})));
    let deaf = json!(["sh", "-c", "trap '' TERM; while true; do sleep 1; done"]);
    create(&mut world, one("deaf", json!({"name": "c", "image": "busybox:1.36", "command": deaf})));
    wait(&mut world, 10);
    for name in ["web", "deaf"] {
        world.learner(FactId::BOOT, |cx| cx.delete(kinds::POD, "default", name, &Default::default())).expect("deleted");
    }
    wait(&mut world, 5);
    assert!(world.reader().get(kinds::POD, "default", "web").is_none());
    assert!(world.reader().get(kinds::POD, "default", "deaf").is_some());
    wait(&mut world, 28);
    assert!(world.reader().get(kinds::POD, "default", "deaf").is_none());
}

#[test]
fn a_missing_config_map_keeps_the_container_from_being_created() {
    let mut world = world();
    let env = json!([{"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}}}]);
    create(&mut world, one("needs", json!({"name": "c", "image": "nginx:1.27", "env": env})));
    wait(&mut world, 8);
    assert_eq!(shown(&world, "needs").0, "CreateContainerConfigError");
    create(
        &mut world,
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"color": "red"}}),
    );
    wait(&mut world, 20);
    assert!(ready(&world, "needs"));
}

#[test]
fn probes_decide_over_readiness_and_restarts() {
    let mut world = world();
    let get = |path: &str| json!({"httpGet": {"path": path, "port": 80}, "periodSeconds": 1, "failureThreshold": 2});
    create(&mut world, one("web", json!({"name": "c", "image": "nginx:1.27", "readinessProbe": get("/ready.html")})));
    create(&mut world, one("ill", json!({"name": "c", "image": "nginx:1.27", "livenessProbe": get("/nothing")})));
    wait(&mut world, 12);
    assert!(!ready(&world, "web"));
    assert!(
        events(&world, "web")
            .iter()
            .any(|e| e == "Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 404")
    );
    assert!(shown(&world, "ill").1 > 0, "{:#?}", events(&world, "ill"));
    let pod = world.machines.pod_mut("default", "web").expect("on a machine");
    let container = pod.slots.get_mut("c").and_then(|slot| slot.current.as_mut()).expect("runs");
    container.files.write("/usr/share/nginx/html/ready.html", b"yes\n", world.now).expect("written");
    wait(&mut world, 3);
    assert!(ready(&world, "web"));
}

#[test]
fn init_containers_run_in_order_and_share_a_volume() {
    let mut world = world();
    let mount = json!([{"name": "work", "mountPath": "/work"}]);
    let run = |name: &str, text: &str| json!({"name": name, "image": "busybox:1.36", "command": ["sh", "-c", text], "volumeMounts": mount});
    let spec = json!({
        "volumes": [{"name": "work", "emptyDir": {}}],
        "initContainers": [run("first", "echo first > /work/log"), run("second", "sleep 3; echo second >> /work/log")],
        "containers": [run("main", "cat /work/log; sleep 3600")],
    });
    create(&mut world, pod("app", spec));
    wait(&mut world, 5);
    assert_eq!(shown(&world, "app").0, "PodInitializing");
    wait(&mut world, 10);
    assert!(ready(&world, "app"));
    let main = world.machines.container("default", "app", "main").expect("runs");
    assert_eq!(main.logs.read(&Default::default()), "first\nsecond\n");
}

#[test]
fn what_ends_is_over_as_the_restart_policy_says() {
    let mut world = world();
    let run = |text: &str| json!({"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", text]});
    for (name, policy, text) in
        [("ok", "Never", "exit 0"), ("bad", "Never", "exit 42"), ("tried", "OnFailure", "exit 0")]
    {
        create(&mut world, pod(name, json!({"restartPolicy": policy, "containers": [run(text)]})));
    }
    create(&mut world, one("four", json!({"name": "c", "image": "busybox:1.36", "command": ["nosuchprogram"]})));
    wait(&mut world, 10);
    let phases: Vec<Option<String>> = ["ok", "bad", "tried"].map(|name| status(&world, name).phase).into();
    assert_eq!(phases, [Some("Succeeded".into()), Some("Failed".into()), Some("Succeeded".into())]);
    assert!(["CrashLoopBackOff", "StartError", "RunContainerError"].contains(&shown(&world, "four").0.as_str()));
}

#[test]
fn a_machine_that_was_off_starts_its_pods_again() {
    let mut world = world();
    create(&mut world, one("web", json!({"name": "c", "image": "nginx:1.27"})));
    wait(&mut world, 10);
    assert!(world.power("node01", false));
    wait(&mut world, 20);
    assert!(world.machines.container("default", "web", "c").is_some_and(|c| !c.running()));
    world.power("node01", true);
    wait(&mut world, 20);
    assert!(world.machines.container("default", "web", "c").is_some_and(|c| c.running()));
    assert_eq!(shown(&world, "web"), ("Running".into(), 1));
}

#[test]
fn a_script_may_start_the_program_of_its_image() {
    let mut world = world();
    let text = "echo hi > /usr/share/nginx/html/hi.txt; exec nginx -g 'daemon off;'";
    let probe = json!({"httpGet": {"path": "/hi.txt", "port": 80}, "periodSeconds": 1});
    let container = json!({"name": "c", "image": "nginx:1.27", "command": ["sh", "-c", text], "readinessProbe": probe});
    create(&mut world, one("web", container));
    wait(&mut world, 10);
    assert!(ready(&world, "web"), "{:#?}\n{}", events(&world, "web"), log(&world, "web"));
    assert!(log(&world, "web").contains("\"GET /hi.txt HTTP/1.1\" 200 3 \"-\" \"kube-probe/1.36\""));
}

#[test]
fn a_container_that_takes_too_much_memory_is_killed() {
    let mut world = world();
    let args = json!(["--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"]);
    let limits = json!({"limits": {"memory": "100Mi"}});
    let container =
        json!({"name": "c", "image": "polinux/stress", "command": ["stress"], "args": args, "resources": limits});
    create(&mut world, pod("hungry", json!({"restartPolicy": "Never", "containers": [container]})));
    wait(&mut world, 8);
    assert_eq!(shown(&world, "hungry").0, "OOMKilled");
}

#[test]
fn a_machine_refuses_what_does_not_fit() {
    let mut world = world();
    let resources = json!({"requests": {"cpu": "64"}});
    create(&mut world, one("big", json!({"name": "c", "image": "nginx:1.27", "resources": resources})));
    wait(&mut world, 3);
    let status = status(&world, "big");
    assert_eq!((status.phase.as_deref(), status.reason.as_deref()), (Some("Failed"), Some("OutOfcpu")));
    let wanted = "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 4000";
    assert_eq!(status.message.as_deref(), Some(wanted));
}

#[test]
fn two_pods_share_a_directory_of_their_machine() {
    let mut world = world();
    let volumes = json!([{"name": "v", "hostPath": {"path": "/data"}}]);
    let run = |text: &str| json!([{"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", text], "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]);
    create(
        &mut world,
        pod("one", json!({"volumes": volumes, "containers": run("sleep 6; echo from one > /v/x; sleep 3600")})),
    );
    create(
        &mut world,
        pod("two", json!({"volumes": volumes, "containers": run("until cat /v/x; do sleep 1; done; sleep 3600")})),
    );
    wait(&mut world, 14);
    assert!(log(&world, "two").ends_with("from one\n"), "{}", log(&world, "two"));
}

#[test]
fn a_leaking_program_is_ended_by_the_kernel_when_it_reaches_its_limit() {
    let mut world = world();
    let limited = json!({"limits": {"memory": "64Mi"}});
    create(&mut world, one("app", json!({"name": "c", "image": "nginx:1.27", "resources": limited})));
    wait(&mut world, 5);
    assert!(world.leak("default", "app", "c", 10 << 20));
    wait(&mut world, 4);
    assert_eq!(shown(&world, "app"), ("Running".into(), 0));
    wait(&mut world, 5);
    assert_eq!(shown(&world, "app").1, 1);
    let last = status(&world, "app").container_statuses.unwrap_or_default().remove(0).last_state.unwrap_or_default();
    let ended = last.terminated.expect("it ended before");
    assert_eq!((ended.exit_code, ended.reason.as_deref()), (137, Some("OOMKilled")));
}

#[test]
fn a_full_disk_drives_pods_away_and_new_ones_are_not_let_in_until_five_minutes_after() {
    let mut world = world();
    create(&mut world, one("app", json!({"name": "c", "image": "nginx:1.27"})));
    wait(&mut world, 5);
    let fill = |world: &mut World, percent: u64| {
        world.machines.nodes.get_mut("node01").expect("node01").fill_disk(percent);
        world.strained("node01");
    };
    fill(&mut world, 95);
    wait(&mut world, 30);
    let gone = status(&world, "app");
    assert_eq!((gone.phase.as_deref(), gone.reason.as_deref()), (Some("Failed"), Some("Evicted")));
    fill(&mut world, 0);
    wait(&mut world, 200);
    create(&mut world, one("late", json!({"name": "c", "image": "nginx:1.27"})));
    wait(&mut world, 5);
    let message = status(&world, "late").message.unwrap_or_default();
    assert_eq!(message, "Pod was rejected: The node had condition: [DiskPressure]. ");
    wait(&mut world, 120);
    create(&mut world, one("later", json!({"name": "c", "image": "nginx:1.27"})));
    wait(&mut world, 8);
    assert!(ready(&world, "later"));
}
