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
