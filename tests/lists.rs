//! Lists in chunks, by selectors, and what has changed since a revision, as clients of the API ask for them.

use pilothouse::api::{Reader, kinds, query::Query};
use pilothouse::world::{Spec, World};
use serde_json::Value;

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list has items");
    items.iter().filter_map(|item| item["metadata"]["name"].as_str()).collect()
}

fn ask(query: &str, read: Reader<'_>) -> Vec<Value> {
    Query::of(&format!("/?{query}")).answer(kinds::POD, None, read).expect("an answer")
}

#[test]
fn chunks_make_up_the_whole_list() {
    let world = World::boot(Spec::default(), 1);
    let whole = ask("", world.reader()).remove(0);
    let (mut seen, mut token) = (vec![], String::new());
    for _ in 0..names(&whole).len() {
        let chunk = ask(&format!("limit=4&continue={token}"), world.reader()).remove(0);
        let found = names(&chunk);
        assert!(found.len() <= 4);
        seen.extend(found.into_iter().map(str::to_owned));
        match chunk["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, names(&whole));
}

#[test]
fn selectors_are_understood_with_their_escapes() {
    let world = World::boot(Spec::default(), 1);
    assert_eq!(names(&ask("labelSelector=k8s-app%3Dkube-dns", world.reader())[0]).len(), 2);
    assert_eq!(names(&ask("fieldSelector=spec.nodeName%3Dnode01", world.reader())[0]).len(), 1);
    let wrong = Query::of("/?fieldSelector=spec.colour%3Dred").answer(kinds::POD, None, world.reader());
    assert_eq!(wrong.expect_err("no such field").message, "field label not supported: spec.colour");
}

#[test]
fn a_watch_tells_what_came_since() {
    let mut world = World::boot(Spec::default(), 1);
    let before = world.reader().revision().0;
    assert!(ask(&format!("watch=1&resourceVersion={before}"), world.reader()).is_empty());
    let fact = world.command("kubectl delete pod");
    let pod = names(&ask("", world.reader())[0])[0].to_owned();
    let options = pilothouse::api::DeleteOptions::default();
    world.learner(fact, |cx| cx.delete(kinds::POD, "kube-system", &pod, &options)).expect("it is there");
    let told = ask(&format!("watch=1&resourceVersion={before}"), world.reader());
    assert_eq!(
        (told[0]["type"].as_str(), told[0]["object"]["metadata"]["name"].as_str()),
        (Some("MODIFIED"), Some(&*pod))
    );
}

#[test]
fn a_revision_that_was_compacted_is_expired() {
    let mut world = World::boot(Spec::default(), 1);
    world.run_until(world.now + pilothouse::time::Span::minutes(60 * 24));
    let told = ask("watch=1&resourceVersion=1", world.reader());
    assert_eq!(told[0]["object"]["code"], 410);
}
