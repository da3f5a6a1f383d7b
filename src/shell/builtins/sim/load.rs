//! `sim load`: requests for a Service at a steady rate, and how they fare.

use crate::api::kinds;
use crate::base::table::TabWriter;
use crate::control::FactId;
use crate::shell::command::{Completion, Cx, Run};
use crate::world::World;
use k8s_openapi::api::core::v1::ServiceSpec;

const MOST: u64 = 5000;

/// `load`, `load svc/web 50`, `load svc/web off`, `load off`.
pub fn run(line: &str, words: &[String], cx: &mut Cx<'_, '_>, korean: bool) -> Run {
    let result = match words {
        [] => {
            show(cx, korean);
            Ok(())
        }
        words => act(line, words, cx, korean),
    };
    match result {
        Ok(()) => Run::Done(0),
        Err(why) => {
            cx.sys.err(&format!("sim: {why}\n"));
            Run::Done(1)
        }
    }
}

fn act(line: &str, words: &[String], cx: &mut Cx<'_, '_>, korean: bool) -> Result<(), String> {
    let (mut namespace, mut plain) = (None, vec![]);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.split_once('=').map_or((word.as_str(), None), |(flag, value)| (flag, Some(value.to_owned()))) {
            ("-n" | "--namespace", value) => {
                namespace = Some(value.or_else(|| rest.next().cloned()).ok_or("-n wants a value")?);
            }
            (flag, _) if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
            _ => plain.push(word.as_str()),
        }
    }
    let lang = usize::from(korean);
    if let ["off" | "stop"] = plain.as_slice() {
        let cause = cx.world.command(line);
        off(cx, cause);
        cx.sys.out(&format!("{}\n", ["No load any more.", "이제 부하가 없어요."][lang]));
        return Ok(());
    }
    let (target, rate) = match plain.as_slice() {
        [target] => (*target, "10"),
        [target, rate] => (*target, *rate),
        _ => return Err("load wants a Service and requests a second: sim load svc/web 50".into()),
    };
    let bare = ["svc/", "service/", "services/"].iter().find_map(|head| target.strip_prefix(head)).unwrap_or(target);
    let cut = bare.find('/').unwrap_or(bare.len());
    let (name, path) = (&bare[..cut], if cut < bare.len() { &bare[cut..] } else { "/" });
    let (name, port) = name.split_once(':').map_or((name, None), |(name, port)| (name, Some(port)));
    let found = found(cx.world, name, namespace.as_deref())?;
    let (space, first) = found;
    let port = match port {
        Some(port) => port.parse().map_err(|_| format!("{port:?} is no port"))?,
        None => first.ok_or_else(|| format!("service {name:?} has no port"))?,
    };
    let number = rate.strip_suffix("/s").or(rate.strip_suffix("rps")).unwrap_or(rate);
    let rate =
        match number {
            "off" | "stop" => 0,
            number => number.parse().ok().filter(|n| *n <= MOST).ok_or_else(|| {
                format!("a rate is a number of requests a second up to {MOST}, or off, not {number:?}")
            })?,
        };
    let cause = cx.world.command(line);
    let changed = cx.world.load(&space, name, (port, path), rate, cause);
    let text = match (rate, changed) {
        (0, true) => [format!("No load on {name} any more."), format!("이제 {name}에 부하가 없어요.")],
        (0, false) => [format!("There was no load on {name}."), format!("{name}에는 부하가 없었어요.")],
        (rate, _) => [
            format!(
                "{rate} requests a second for {name}:{port}{path}.  (see: sim load; undo: sim load svc/{name} off)"
            ),
            format!(
                "{name}:{port}{path}에 초당 요청 {rate}개를 보내요.  (보기: sim load, 되돌리기: sim load svc/{name} off)"
            ),
        ],
    };
    cx.sys.out(&format!("{}\n", text[lang]));
    Ok(())
}

/// Switches all loads off; whether there was any.
pub fn off(cx: &mut Cx<'_, '_>, cause: FactId) -> bool {
    let all: Vec<_> = cx.world.machines.loads.keys().cloned().collect();
    for key in &all {
        cx.world.load(&key.namespace, &key.name, (0, ""), 0, cause);
    }
    !all.is_empty()
}

/// The namespace of a Service and its first port.
fn found(world: &World, name: &str, namespace: Option<&str>) -> Result<(String, Option<u16>), String> {
    let all = world.reader().list(kinds::SERVICE, namespace).filter(|service| service.name() == name);
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|service| service.namespace() != "default");
    let Some(service) = all.first() else {
        let space = namespace.map_or(String::new(), |space| format!(" in namespace {space:?}"));
        return Err(format!("there is no service named {name:?}{space}"));
    };
    let port = service.spec::<ServiceSpec>().ports.iter().flatten().next().map(|port| port.port as u16);
    Ok((service.namespace().to_owned(), port))
}

fn show(cx: &mut Cx<'_, '_>, korean: bool) {
    if cx.world.machines.loads.is_empty() {
        let text = [
            "No load is on. Begin with: sim load svc/NAME 50",
            "켜진 부하가 없어요. 이렇게 시작해요: sim load svc/NAME 50",
        ];
        return cx.sys.out(&format!("{}\n", text[usize::from(korean)]));
    }
    let mut rows = vec![["SERVICE", "RATE", "SENT", "OK", "ERRORS", "LOST", "LATENCY"].map(String::from).to_vec()];
    for (key, load) in &cx.world.machines.loads {
        let space = if &*key.namespace == "default" { String::new() } else { format!(" -n {}", key.namespace) };
        let all = &load.all;
        rows.push(vec![
            format!("svc/{}:{}{}{space}", key.name, load.port, load.path),
            format!("{}/s", load.rate),
            all.sent.to_string(),
            all.well.to_string(),
            all.errors.to_string(),
            all.lost.to_string(),
            format!("{} ms", load.round.average()),
        ]);
    }
    let text: String = rows.iter().map(|row| format!("{}\n", row.join("\t"))).collect();
    let text = TabWriter::table().write(&text);
    cx.sys.out(&text);
}

/// What may follow `sim load`.
pub fn complete(before: &[&str], world: &World) -> Vec<Completion> {
    match before {
        [] => {
            let all = world.reader().list(kinds::SERVICE, None).filter(|service| service.namespace() != "kube-system");
            let mut all: Vec<Completion> =
                all.map(|service| Completion::word(format!("svc/{}", service.name()))).collect();
            all.push(Completion::noted("off", "no load any more"));
            all
        }
        [_] => ["10", "50", "200", "off"].map(Completion::word).to_vec(),
        _ => vec![],
    }
}
