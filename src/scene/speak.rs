//! What the live region says: one short sentence per change that matters, in each language, never more than one in
//! 1.5 s. Newer text replaces unspoken text; more than three of a kind become a count. Korean uses "name: state", so
//! that no particle hangs on a variable name.
//!
//! Left out: packets and goals, which their own panels speak.

use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus};
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use k8s_openapi::api::core::v1::{
    NodeStatus, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PodSpec, PodStatus,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::pod_state::{self, Around};
use super::state::{Door, PodState};
use super::view::Lang;
use super::words;
use crate::api::{Object, Reader};
use crate::control::{FactId, What};
use crate::store::{Change, Revision};
use crate::time::Time;
use crate::world::World;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Verbosity {
    #[default]
    All,
    /// Only what is broken.
    Trouble,
    /// Nothing of the simulation.
    Goals,
}

/// One sentence that waits to be spoken.
#[derive(Clone, Debug, PartialEq)]
struct Saying {
    /// Sentences of one kind are counted together.
    kind: &'static str,
    text: String,
    trouble: bool,
}

/// Milliseconds between two sentences, and between two summaries at high speed.
const PAUSE: f64 = 1500.0;
const SUMMARY: f64 = 5000.0;

/// Follows a world and says what changed.
#[derive(Clone, Debug, Default)]
pub struct Speaker {
    seen: Option<Revision>,
    facts: FactId,
    waiting: Vec<Saying>,
    spoken: f64,
}

impl Speaker {
    /// The sentence to speak now, if any. `wall_ms` is the page's clock, `speed` virtual seconds per second.
    pub fn say(&mut self, world: &World, lang: Lang, wall_ms: f64, speed: f32, verbosity: Verbosity) -> Option<String> {
        self.listen(world, lang, verbosity);
        let pause = if speed >= 10.0 { SUMMARY } else { PAUSE };
        if self.waiting.is_empty() || wall_ms - self.spoken < pause {
            return None;
        }
        self.spoken = wall_ms;
        let waiting = std::mem::take(&mut self.waiting);
        Some(summary(&waiting, lang, speed >= 10.0))
    }

    /// Forgets what waits and starts at the world's present, as after a jump in time.
    pub fn jump(&mut self, world: &World) {
        self.seen = Some(world.api.revision());
        self.facts = world.journal.last();
        self.waiting.clear();
    }

    fn listen(&mut self, world: &World, lang: Lang, verbosity: Verbosity) {
        let Some(seen) = self.seen.filter(|seen| *seen <= world.api.revision()) else {
            self.jump(world);
            return;
        };
        let mut sayings = vec![];
        if world.api.revision() != seen {
            for change in world.api.since(seen) {
                sayings.extend(sentence(&change, world.reader(), world.now, lang));
            }
        }
        for fact in world.journal.since(self.facts) {
            sayings.extend(of_fact(&fact.what, lang));
        }
        self.seen = Some(world.api.revision());
        self.facts = world.journal.last();
        sayings.retain(|saying| match verbosity {
            Verbosity::All => true,
            Verbosity::Trouble => saying.trouble,
            Verbosity::Goals => false,
        });
        self.waiting.extend(sayings);
        let over = self.waiting.len().saturating_sub(200);
        self.waiting.drain(..over);
    }
}

/// The newest sentence; or, when more than three of its kind wait, their count. Trouble goes before the rest.
fn summary(waiting: &[Saying], lang: Lang, brief: bool) -> String {
    let newest = waiting.iter().rev().find(|saying| saying.trouble).or(waiting.last());
    let Some(newest) = newest else { return String::new() };
    let count = waiting.iter().filter(|saying| saying.kind == newest.kind).count();
    if count > 3 || (brief && count > 1) {
        return counted(newest.kind, count, lang);
    }
    newest.text.clone()
}

fn counted(kind: &str, count: usize, lang: Lang) -> String {
    let (en, ko) = match kind {
        "created" => ("things created", "개 생성됨"),
        "pending" => ("pods pending", "개 파드 대기 중"),
        "scheduled" => ("pods placed", "개 파드 배치됨"),
        "running" => ("pods run, not ready", "개 파드 실행 중, 준비 안 됨"),
        "ready" => ("pods ready", "개 파드 준비됨"),
        "unready" => ("pods no longer ready", "개 파드 준비 해제"),
        "crash" => ("pods ended and will be retried", "개 파드 종료, 다시 시작 예정"),
        "pull" => ("pods cannot pull their image", "개 파드 이미지를 못 받음"),
        "terminating" => ("pods leaving", "개 파드 종료 중"),
        "gone" => ("things gone", "개 삭제됨"),
        "refused" => ("requests refused", "개 요청 거부됨"),
        _ => ("changes", "개 변경됨"),
    };
    match lang {
        Lang::En => format!("{count} {en}."),
        Lang::Ko => format!("{count}{ko}."),
    }
}

/// Builds a saying from its two languages.
fn saying(kind: &'static str, trouble: bool, lang: Lang, en: String, ko: String) -> Option<Saying> {
    Some(Saying { kind, trouble, text: if lang == Lang::Ko { ko } else { en } })
}

fn of_fact(what: &What, lang: Lang) -> Option<Saying> {
    let What::Refused { verb, key, code: 403 } = what else { return None };
    let verb = match *verb {
        "POST" => "create",
        "DELETE" => "delete",
        "GET" => "get",
        _ => "change",
    };
    let plural = key.resource.split('.').next().unwrap_or(key.resource);
    saying("refused", true, lang, format!("Forbidden: cannot {verb} {plural}."), format!("권한 없음: {plural} {verb}."))
}

fn sentence(change: &Change<Object>, read: Reader<'_>, now: Time, lang: Lang) -> Option<Saying> {
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let object = new.or(old)?;
    let kind = object.kind.names().kind;
    match kind {
        "Pod" => pod(old, new, read, now, lang),
        "Deployment" => deployment(old, new, lang),
        "ReplicaSet" => scaled(old?, new?, lang),
        "StatefulSet" | "ReplicationController" => made(old, new, lang).or_else(|| scaled(old?, new?, lang)),
        "Job" => job(old?, new?, lang),
        "Node" => node(old?, new?, read, lang),
        "EndpointSlice" => endpoints(old, new?, lang),
        "PersistentVolumeClaim" => claim(old?, new?, lang),
        "Service" | "DaemonSet" | "CronJob" | "ConfigMap" | "Secret" | "Ingress" | "NetworkPolicy" | "Namespace" => {
            made(old, new, lang)
        }
        _ => None,
    }
}

fn made(old: Option<&Object>, new: Option<&Object>, lang: Lang) -> Option<Saying> {
    let object = new.or(old)?;
    if super::build::is_system(object.namespace()) || object.name() == "kube-root-ca.crt" {
        return None;
    }
    let (kind, name) = (object.kind.names().kind, object.name());
    let ko = words::kind(Lang::Ko, kind);
    match (old, new) {
        (None, Some(_)) => {
            saying("created", false, lang, format!("{kind} {name} created."), format!("{ko} {name}: 생성됨."))
        }
        (Some(_), None) => saying("gone", false, lang, format!("{kind} {name} gone."), format!("{ko} {name}: 삭제됨.")),
        _ => None,
    }
}

fn deployment(old: Option<&Object>, new: Option<&Object>, lang: Lang) -> Option<Saying> {
    let (Some(before), Some(after)) = (old, new) else { return made(old, new, lang) };
    let name = after.name();
    let (a, b) = (before.spec::<DeploymentSpec>(), after.spec::<DeploymentSpec>());
    let image = |spec: &DeploymentSpec| -> String {
        let first = spec.template.spec.as_ref().and_then(|spec| spec.containers.first());
        first.and_then(|c| c.image.clone()).unwrap_or_default()
    };
    let (from, to) = (image(a), image(b));
    if from != to {
        let (from, to) = (pod_state::tag(&from).to_owned(), pod_state::tag(&to).to_owned());
        let en = format!("Deployment {name} changed: image {from} to {to}.");
        return saying("changed", false, lang, en, format!("디플로이먼트 {name}: 변경됨, image {from} → {to}."));
    }
    let have = |object: &Object| object.status::<DeploymentStatus>().available_replicas.unwrap_or(0);
    let (had, has) = (have(before), have(after));
    let (asked, wanted) = (a.replicas.unwrap_or(1), b.replicas.unwrap_or(1));
    if (had, asked) == (has, wanted) {
        return None;
    }
    if has >= wanted {
        let en =
            if wanted == 0 { format!("{name} wants none, has none.") } else { format!("{name} has all {wanted}.") };
        return saying("gap", false, lang, en, format!("{name}: {wanted}개 모두 준비됨."));
    }
    if had >= asked || asked != wanted {
        let en = format!("{name} wants {wanted}, has {has}.");
        return saying("gap", false, lang, en, format!("{name}: 원하는 수 {wanted}, 현재 {has}."));
    }
    None
}

fn scaled(old: &Object, new: &Object, lang: Lang) -> Option<Saying> {
    let replicas = |object: &Object| object.kind.replicas(object).unwrap_or(1);
    let (from, to) = (replicas(old), replicas(new));
    let (kind, name) = (new.kind.names().kind, new.name());
    if from == to || super::build::is_system(new.namespace()) {
        return None;
    }
    let ko = words::kind(Lang::Ko, kind);
    let en = format!("{kind} {name} scaled {from} to {to}.");
    saying("scaled", false, lang, en, format!("{ko} {name}: {from} → {to}."))
}

fn job(old: &Object, new: &Object, lang: Lang) -> Option<Saying> {
    let done = |object: &Object| object.status::<JobStatus>().succeeded.unwrap_or(0);
    let (had, has) = (done(old), done(new));
    let name = new.name();
    let spec = new.spec::<JobSpec>();
    let whole = spec.completions.or(spec.parallelism).unwrap_or(1);
    if has <= had {
        return None;
    }
    let en = format!("Job {name}: {has} of {whole} done.");
    saying("completed", false, lang, en, format!("잡 {name}: {whole}개 중 {has}개 완료."))
}

fn node(old: &Object, new: &Object, read: Reader<'_>, lang: Lang) -> Option<Saying> {
    let ready = |object: &Object| {
        let all = object.status::<NodeStatus>().conditions.iter().flatten();
        all.into_iter().find(|c| c.type_ == "Ready").map(|c| c.status.clone())
    };
    let (was, is) = (ready(old)?, ready(new)?);
    let name = new.name();
    match (was.as_str(), is.as_str()) {
        ("True", "Unknown" | "False") => {
            let pods = read.pods_on(name).count();
            let en = format!("{name} not ready. {pods} pods unknown.");
            saying("node", true, lang, en, format!("{name}: 준비 안 됨. 파드 {pods}개 상태 알 수 없음."))
        }
        ("Unknown" | "False", "True") => {
            saying("node", false, lang, format!("{name} ready again."), format!("{name}: 다시 준비됨."))
        }
        _ => None,
    }
}

fn endpoints(old: Option<&Object>, new: &Object, lang: Lang) -> Option<Saying> {
    let ready = |object: &Object| {
        let all = object.try_spec::<EndpointSlice>().and_then(|slice| slice.endpoints.as_ref());
        let all = all.into_iter().flatten();
        all.filter(|e| e.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true)).count()
    };
    let (had, has) = (old.map_or(0, ready), ready(new));
    let name = new.labels().get("kubernetes.io/service-name")?;
    if had == has || super::build::is_system(new.namespace()) {
        return None;
    }
    let noun = if has == 1 { "endpoint" } else { "endpoints" };
    let en = format!("Service {name}: {has} {noun}.");
    saying("endpoints", false, lang, en, format!("서비스 {name}: 엔드포인트 {has}개."))
}

fn claim(old: &Object, new: &Object, lang: Lang) -> Option<Saying> {
    new.try_spec::<PersistentVolumeClaimSpec>()?;
    let phase = |object: &Object| object.status::<PersistentVolumeClaimStatus>().phase.clone().unwrap_or_default();
    if phase(old) == phase(new) || phase(new) != "Bound" {
        return None;
    }
    let name = new.name();
    let capacity = new.status::<PersistentVolumeClaimStatus>().capacity.as_ref();
    let size = capacity.and_then(|all| all.get("storage")).map_or(String::new(), |q| format!(", {}", q.0));
    saying("bound", false, lang, format!("Claim {name} bound{size}."), format!("볼륨 클레임 {name}: 연결됨{size}."))
}

fn pod(old: Option<&Object>, new: Option<&Object>, read: Reader<'_>, now: Time, lang: Lang) -> Option<Saying> {
    let object = new.or(old)?;
    if super::build::is_system(object.namespace()) {
        return None;
    }
    let x = pod_state::short_name(object).to_owned();
    let Some(new) = new else {
        return saying("gone", false, lang, format!("{x} gone."), format!("{x}: 삭제됨."));
    };
    let state = |object: &Object| {
        let around = Around { now, lang, silent: None, pulling: None, door: Door::None, unfit: "" };
        pod_state::derive(object, &around)
    };
    let (before, after) = (old.map(state), state(new));
    let placed = |object: &Object| object.spec::<PodSpec>().node_name.clone();
    if let (Some(None), Some(node)) = (old.map(placed), placed(new)) {
        return saying(
            "scheduled",
            false,
            lang,
            format!("Pod {x} placed on {node}."),
            format!("파드 {x}: {node}에 배치됨."),
        );
    }
    let was = before.as_ref().map(|facts| facts.state);
    if was == Some(after.state) {
        return None;
    }
    let image = new.spec::<PodSpec>().containers.first().and_then(|c| c.image.clone()).unwrap_or_default();
    match after.state {
        PodState::Pending => {
            let why = no_fit(new);
            if why.is_empty() {
                return saying("pending", false, lang, format!("Pod {x} pending."), format!("파드 {x}: 대기 중."));
            }
            let en = format!("Pod {x} pending. No node fits: {why}.");
            saying("pending", true, lang, en, format!("파드 {x}: 대기 중. 맞는 노드 없음, {why} 부족."))
        }
        PodState::Init => {
            let sum = after.label.trim_start_matches("Init:").to_owned();
            let en = format!("{x} init {}.", sum.replace('/', " of "));
            saying("init", false, lang, en, format!("{x}: 초기화 {sum}."))
        }
        PodState::NotReady if was == Some(PodState::Ready) => {
            saying("unready", true, lang, format!("{x} no longer ready."), format!("{x}: 준비 해제."))
        }
        PodState::NotReady => {
            saying("running", false, lang, format!("{x} runs, not ready."), format!("{x}: 실행 중, 준비 안 됨."))
        }
        PodState::Ready => {
            let (ready, wanted) = siblings(new, read);
            if wanted > 1 {
                let en = format!("{x} ready. {ready} of {wanted}.");
                return saying("ready", false, lang, en, format!("{x}: 준비됨. {wanted}개 중 {ready}개."));
            }
            saying("ready", false, lang, format!("{x} ready."), format!("{x}: 준비됨."))
        }
        PodState::CrashLoop => {
            let code = exit_code(new);
            let seconds: String = after.right.chars().filter(char::is_ascii_digit).collect();
            if !after.label.contains("CrashLoopBackOff") || seconds.is_empty() {
                return saying(
                    "crash",
                    true,
                    lang,
                    format!("{x} ended, exit {code}."),
                    format!("{x}: 종료 코드 {code}."),
                );
            }
            let en = format!("{x} ended, exit {code}. Retry in {seconds} seconds.");
            saying("crash", true, lang, en, format!("{x}: 종료 코드 {code}. {seconds}초 뒤 다시 시작."))
        }
        PodState::Oom => {
            let limit = memory_limit(new);
            let (en, ko) = if limit.is_empty() {
                (String::new(), String::new())
            } else {
                (format!(", limit {limit}"), format!(", 한도 {limit}"))
            };
            saying(
                "oom",
                true,
                lang,
                format!("{x} killed: out of memory{en}."),
                format!("{x}: 메모리 초과로 종료됨{ko}."),
            )
        }
        PodState::PullFail if was == Some(PodState::PullFail) => None,
        PodState::PullFail => {
            let en = format!("{x} cannot pull {image}.");
            saying("pull", true, lang, en, format!("{x}: 이미지를 받을 수 없음, {image}."))
        }
        PodState::Terminating => {
            let seconds = new.meta.deletion_grace_period_seconds.unwrap_or(0);
            saying(
                "terminating",
                false,
                lang,
                format!("{x} leaving, {seconds} seconds."),
                format!("{x}: 종료 중, {seconds}초."),
            )
        }
        PodState::Evicted => {
            let node = placed(new).unwrap_or_default();
            let why = after.right;
            saying(
                "evicted",
                true,
                lang,
                format!("{x} evicted from {node}: {why}."),
                format!("{x}: {node}에서 축출됨, {why} 부족."),
            )
        }
        PodState::Failed => {
            let en = format!("{x} failed: {}.", after.label);
            saying("failed", true, lang, en, format!("{x}: 실패, {}.", after.label))
        }
        PodState::Completed => saying("completed", false, lang, format!("{x} completed."), format!("{x}: 완료됨.")),
        _ => None,
    }
}

/// What the nodes lack, from the scheduler's words: `cpu`, `memory`, `taint`.
fn no_fit(pod: &Object) -> String {
    let status = pod.status::<PodStatus>();
    let condition = status.conditions.iter().flatten().find(|c| c.type_ == "PodScheduled" && c.status == "False");
    let message = condition.and_then(|c| c.message.as_deref()).unwrap_or("");
    let known =
        [("Insufficient cpu", "cpu"), ("Insufficient memory", "memory"), ("taint", "taint"), ("affinity", "affinity")];
    let found: Vec<&str> = known.iter().filter(|(words, _)| message.contains(words)).map(|(_, short)| *short).collect();
    found.join(", ")
}

/// How many pods of the same owner are ready, of how many.
fn siblings(pod: &Object, read: Reader<'_>) -> (usize, usize) {
    let Some(owner) = pod.controller() else { return (1, 1) };
    let all = read.owned(&owner.uid).filter_map(|object| {
        object.try_spec::<PodSpec>()?;
        Some(pod_state::is_ready(object.status::<PodStatus>()))
    });
    all.fold((0, 0), |(ready, whole), is| (ready + usize::from(is), whole + 1))
}

fn exit_code(pod: &Object) -> i32 {
    let statuses = pod.status::<PodStatus>().container_statuses.iter().flatten();
    let ended = statuses
        .into_iter()
        .flat_map(|s| [s.state.as_ref(), s.last_state.as_ref()])
        .filter_map(|state| state?.terminated.as_ref())
        .map(|t| t.exit_code);
    ended.max().unwrap_or(0)
}

fn memory_limit(pod: &Object) -> String {
    let containers = &pod.spec::<PodSpec>().containers;
    let limits = containers.iter().filter_map(|c| c.resources.as_ref()?.limits.as_ref()?.get("memory"));
    limits.map(|q| q.0.clone()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: &'static str, text: &str, trouble: bool) -> Saying {
        Saying { kind, text: text.into(), trouble }
    }

    #[test]
    fn newer_text_replaces_older_and_many_become_a_count() {
        let few = [one("ready", "a ready.", false), one("ready", "b ready.", false)];
        assert_eq!(summary(&few, Lang::En, false), "b ready.");
        let many: Vec<Saying> = (0..5).map(|n| one("ready", &format!("{n} ready."), false)).collect();
        assert_eq!(summary(&many, Lang::En, false), "5 pods ready.");
        assert_eq!(summary(&many, Lang::Ko, false), "5개 파드 준비됨.");
    }

    #[test]
    fn trouble_is_said_before_good_news() {
        let both = [one("crash", "x ended.", true), one("ready", "y ready.", false)];
        assert_eq!(summary(&both, Lang::En, false), "x ended.");
    }

    #[test]
    fn at_most_one_sentence_in_a_second_and_a_half() {
        let mut speaker = Speaker { waiting: vec![one("ready", "a ready.", false)], ..Speaker::default() };
        let world = World::boot(crate::world::Spec::default(), 1);
        speaker.seen = Some(world.api.revision());
        speaker.facts = world.journal.last();
        assert_eq!(speaker.say(&world, Lang::En, 2000.0, 1.0, Verbosity::All).as_deref(), Some("a ready."));
        speaker.waiting.push(one("ready", "b ready.", false));
        assert_eq!(speaker.say(&world, Lang::En, 3000.0, 1.0, Verbosity::All), None);
        assert!(speaker.say(&world, Lang::En, 3600.0, 1.0, Verbosity::All).is_some());
    }
}
