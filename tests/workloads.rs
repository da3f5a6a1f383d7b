//! Deployments, ReplicaSets and the scheduler at work in a cluster.

use pilothouse::api::{DeleteOptions, KindRef, Object, Propagation, kinds};
use pilothouse::store::Key;
use pilothouse::time::Span;
use pilothouse::world::{Spec, World};
use serde_json::{Value, json};

/// A cluster whose nodes have room, whether or not a kubelet reports it.
fn cluster() -> World {
    let mut world = World::boot(Spec::default(), 1);
    let nodes: Vec<Object> = world.reader().list(kinds::NODE, None).cloned().collect();
    let fact = world.command("test");
    for mut node in nodes {
        let quantity = |text: &str| k8s_openapi::apimachinery::pkg::api::resource::Quantity(text.into());
        let room = [("cpu", "4"), ("memory", "8Gi"), ("pods", "110")];
        let room = room.iter().map(|(name, text)| (name.to_string(), quantity(text))).collect();
        node.status_mut::<k8s_openapi::api::core::v1::NodeStatus>().allocatable.get_or_insert(room);
        world.learner(fact, |cx| cx.update_status(node)).expect("the node is there");
    }
    world
}

fn create(world: &mut World, kind: KindRef, value: Value) {
    let mut object = Object::from_value(kind, value).expect("the manifest is well formed");
    object.meta_mut().namespace.get_or_insert_with(|| "default".into());
    let fact = world.command("kubectl create");
    world.learner(fact, |cx| cx.create(object)).expect("the object is accepted");
}

fn deployment(name: &str, image: &str, replicas: i32, container: Value) -> Value {
    let mut container = container;
    container["name"] = json!("c");
    container["image"] = json!(image);
    json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    })
}

fn get(world: &World, kind: KindRef, name: &str) -> Value {
    world.reader().get(kind, "default", name).map(Object::to_value).unwrap_or(Value::Null)
}

fn pods(world: &World) -> Vec<Value> {
    world.reader().list(kinds::POD, Some("default")).map(Object::to_value).collect()
}

fn messages(world: &World, reason: &str) -> Vec<String> {
    let events = world.reader().list(kinds::EVENT, Some("default")).map(Object::to_value);
    let events = events.filter(|event| event["reason"] == reason);
    events.map(|event| event["message"].as_str().unwrap_or("").to_string()).collect()
}

fn run(world: &mut World, seconds: u64) {
    let until = world.now + Span::seconds(seconds);
    world.run_until(until);
}

#[test]
fn a_deployment_becomes_pods_on_nodes() {
    let mut world = cluster();
    create(&mut world, kinds::DEPLOYMENT, deployment("web", "nginx:1.26", 3, json!({})));
    run(&mut world, 20);
    let sets: Vec<String> =
        world.reader().list(kinds::REPLICA_SET, Some("default")).map(|s| s.name().to_string()).collect();
    assert_eq!(sets.len(), 1);
    assert_eq!(messages(&world, "ScalingReplicaSet"), [format!("Scaled up replica set {} from 0 to 3", sets[0])]);
    assert_eq!(messages(&world, "SuccessfulCreate").len(), 3);
    let nodes: Vec<Value> = pods(&world).iter().map(|pod| pod["spec"]["nodeName"].clone()).collect();
    assert_eq!(nodes.len(), 3);
    assert!(nodes.iter().all(|node| node == "node01" || node == "node02"), "{nodes:?}");
    assert!(nodes.contains(&json!("node01")) && nodes.contains(&json!("node02")), "{nodes:?}");
}

#[test]
fn a_pod_that_fits_nowhere_says_why_and_goes_when_it_fits() {
    let mut world = cluster();
    let container = json!({"resources": {"requests": {"cpu": "1900m"}}});
    create(&mut world, kinds::DEPLOYMENT, deployment("fill", "nginx:1.26", 5, container));
    run(&mut world, 20);
    let pending: Vec<Value> = pods(&world).into_iter().filter(|pod| pod["spec"]["nodeName"].is_null()).collect();
    assert_eq!(pending.len(), 1);
    let message = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.";
    assert_eq!(pending[0]["status"]["conditions"][0]["message"], message);
    assert_eq!(messages(&world, "FailedScheduling"), [message]);
    let name = pending[0]["metadata"]["name"].as_str().unwrap_or("").to_string();
    let decision = world.scheduler.decision(&Key::new("pods", "default", &name)).expect("it is remembered");
    assert_eq!(decision.refusals.len(), 3);
    let placed = pods(&world).into_iter().find(|pod| !pod["spec"]["nodeName"].is_null()).expect("four are placed");
    let victim = placed["metadata"]["name"].as_str().unwrap_or("").to_string();
    let options = DeleteOptions { grace: Some(0), ..Default::default() };
    let fact = world.command("kubectl delete pod");
    world.learner(fact, |cx| cx.delete(kinds::POD, "default", &victim, &options)).expect("it is there");
    run(&mut world, 20);
    assert!(!get(&world, kinds::POD, &name)["spec"]["nodeName"].is_null(), "the room went to the pod that waited");
}

#[test]
fn what_is_owned_goes_with_its_owner() {
    let mut world = cluster();
    // More than fits, so that these pods are on no node and need no kubelet to go.
    let container = json!({"resources": {"requests": {"cpu": "64"}}});
    create(&mut world, kinds::DEPLOYMENT, deployment("big", "nginx:1.26", 3, container));
    run(&mut world, 5);
    assert_eq!(pods(&world).len(), 3);
    let fact = world.command("kubectl delete deployment big");
    let options = DeleteOptions { propagation: Propagation::Foreground, ..Default::default() };
    world.learner(fact, |cx| cx.delete(kinds::DEPLOYMENT, "default", "big", &options)).expect("it is there");
    assert!(!get(&world, kinds::DEPLOYMENT, "big").is_null(), "it waits for what it owns");
    run(&mut world, 5);
    assert!(get(&world, kinds::DEPLOYMENT, "big").is_null());
    assert_eq!(world.reader().list(kinds::REPLICA_SET, Some("default")).count(), 0);
    assert_eq!(pods(&world).len(), 0);
}

#[test]
fn a_namespace_takes_its_content_with_it() {
    let mut world = cluster();
    create(&mut world, kinds::NAMESPACE, json!({"metadata": {"name": "shop"}}));
    create(&mut world, kinds::CONFIG_MAP, json!({"metadata": {"name": "c", "namespace": "shop"}, "data": {"a": "1"}}));
    let fact = world.command("kubectl delete namespace shop");
    let options = DeleteOptions::default();
    world.learner(fact, |cx| cx.delete(kinds::NAMESPACE, "", "shop", &options)).expect("it is there");
    run(&mut world, 3);
    assert!(world.reader().get(kinds::CONFIG_MAP, "shop", "c").is_some(), "it begins after five seconds");
    run(&mut world, 5);
    assert!(world.reader().get(kinds::NAMESPACE, "", "shop").is_none());
    assert_eq!(world.reader().list(kinds::CONFIG_MAP, Some("shop")).count(), 0);
}

fn ready(world: &World, app: &str) -> usize {
    let pods = world.reader().list(kinds::POD, Some("default"));
    let of_app = pods.filter(|pod| pod.labels().get("app").is_some_and(|label| label == app));
    of_app.filter(|pod| !pod.deleting() && pilothouse::control::pods::is_ready(pod)).count()
}

#[test]
fn a_rolling_update_keeps_enough_pods_ready() {
    let mut world = cluster();
    create(&mut world, kinds::DEPLOYMENT, deployment("web", "nginx:1.25", 4, json!({})));
    run(&mut world, 20);
    assert_eq!(ready(&world, "web"), 4);
    let mut next = deployment("web", "nginx:1.26", 4, json!({}));
    next["metadata"]["namespace"] = json!("default");
    let next = Object::from_value(kinds::DEPLOYMENT, next).expect("the manifest is well formed");
    let fact = world.command("kubectl apply");
    world.learner(fact, |cx| cx.update(next)).expect("the new template is accepted");
    let end = world.now + Span::seconds(40);
    while world.step(end) {
        assert!(ready(&world, "web") >= 3, "25% of four may be missing, not more");
        // what the controller asks for; the ReplicaSets follow one after the other
        let sets = world.reader().list(kinds::REPLICA_SET, Some("default")).map(Object::to_value);
        let asked: i64 = sets.filter_map(|set| set["spec"]["replicas"].as_i64()).sum();
        assert!(asked <= 5, "25% of four may be too many, not more");
    }
    assert_eq!(ready(&world, "web"), 4);
    let status = get(&world, kinds::DEPLOYMENT, "web")["status"].clone();
    assert_eq!(status["updatedReplicas"], 4);
    assert_eq!(status["conditions"][1]["reason"], "NewReplicaSetAvailable");
    assert_eq!(world.reader().list(kinds::REPLICA_SET, Some("default")).count(), 2);
}

#[test]
fn pods_of_a_lost_node_move_when_their_patience_ends() {
    let mut world = cluster();
    let mut quick = deployment("quick", "nginx:1.26", 1, json!({}));
    quick["spec"]["template"]["spec"]["tolerations"] = json!([
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
    ]);
    create(&mut world, kinds::DEPLOYMENT, quick);
    run(&mut world, 20);
    let node = pods(&world)[0]["spec"]["nodeName"].as_str().expect("it is placed").to_string();
    assert!(world.power(&node, false));
    run(&mut world, 40);
    assert_eq!(ready(&world, "quick"), 1, "nobody has noticed yet");
    run(&mut world, 40);
    let places: Vec<(Value, bool)> = pods(&world)
        .iter()
        .map(|pod| (pod["spec"]["nodeName"].clone(), !pod["metadata"]["deletionTimestamp"].is_null()))
        .collect();
    assert_eq!(places.len(), 2);
    assert!(places.iter().any(|(place, going)| *place == node && *going), "{places:?}");
    assert!(places.iter().any(|(place, going)| *place != node && !going), "{places:?}");
    assert_eq!(ready(&world, "quick"), 1);
}

#[test]
fn endpoints_follow_the_pods() {
    let mut world = cluster();
    create(&mut world, kinds::DEPLOYMENT, deployment("web", "nginx:1.26", 2, json!({})));
    create(
        &mut world,
        kinds::SERVICE,
        json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}),
    );
    run(&mut world, 20);
    let slices = |world: &World| -> Vec<Value> {
        let all = world.reader().list(kinds::ENDPOINT_SLICE, Some("default")).map(Object::to_value);
        all.filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == "web").collect()
    };
    let now = slices(&world);
    assert_eq!(now.len(), 1);
    assert_eq!(now[0]["endpoints"].as_array().map(Vec::len), Some(2));
    assert_eq!(now[0]["endpoints"][0]["conditions"], json!({"ready": true, "serving": true, "terminating": false}));
    assert_eq!(get(&world, kinds::ENDPOINTS, "web")["subsets"][0]["addresses"].as_array().map(Vec::len), Some(2));
}

#[test]
fn pods_of_a_stateful_set_come_go_and_change_one_at_a_time() {
    let set = |image: &str, replicas: i32| {
        let mut set = deployment("web", image, replicas, json!({}));
        set["metadata"]["namespace"] = json!("default");
        set["spec"]["serviceName"] = json!("web");
        set
    };
    let change = |world: &mut World, value: Value| {
        let next = Object::from_value(kinds::STATEFUL_SET, value).expect("the manifest is well formed");
        let fact = world.command("kubectl apply");
        world.learner(fact, |cx| cx.update(next)).expect("the change is accepted");
    };
    let mut world = cluster();
    create(&mut world, kinds::STATEFUL_SET, set("nginx:1.25", 4));
    for (image, replicas) in [("nginx:1.25", 4), ("nginx:1.26", 4), ("nginx:1.26", 1)] {
        change(&mut world, set(image, replicas));
        let end = world.now + Span::seconds(60);
        while world.step(end) {
            let ill = |pod: &&Value| {
                let conditions = pod["status"]["conditions"].as_array();
                let ready = conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True");
                !ready || !pod["metadata"]["deletionTimestamp"].is_null()
            };
            let all = pods(&world);
            assert!(all.iter().filter(ill).count() <= 1, "only one is on its way at a time");
            let numbers: Vec<&str> = all.iter().filter_map(|pod| pod["metadata"]["name"].as_str()).collect();
            let highest = numbers.iter().filter_map(|name| name.strip_prefix("web-")?.parse::<usize>().ok()).max();
            assert!(highest.is_none_or(|highest| highest < numbers.len() + 1), "at most one gap: {numbers:?}");
        }
        let all = pods(&world);
        assert_eq!(all.len(), replicas as usize);
        assert!(all.iter().all(|pod| pod["spec"]["containers"][0]["image"] == image));
    }
    let status = get(&world, kinds::STATEFUL_SET, "web")["status"].clone();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
}
