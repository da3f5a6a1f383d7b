//! Every word that stands on the chart, in each language. Field names, commands and states stay English everywhere,
//! because that is what the tools print.

use super::view::{Lang, Lens};

/// A word or phrase of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    ControlPlane,
    Namespace,
    Queue,
    Last,
    Available,
    PodsThatExist,
    Pending,
    Gap,
    NothingRuns,
    NothingRunsHint,
    NotDrawn,
    NotDrawnHint,
    NoPacket,
    NoPacketHint,
    Outside,
    DnsSaid,
    Cloud,
    ClusterNetwork,
    From,
    To,
    What,
    When,
    OneRequest,
    OneRequestHint,
    WatchCache,
    WatchCacheHint,
    WhoSpoke,
    WhoSpokeHint,
    Nodes,
    Records,
    Cluster,
}

use Word as W;

/// The word in a language.
pub fn word(lang: Lang, word: Word) -> &'static str {
    let (en, ko) = match word {
        W::ControlPlane => ("Control plane", "컨트롤 플레인"),
        W::Namespace => ("Namespace", "네임스페이스"),
        W::Queue => ("queue", "대기열"),
        W::Last => ("last", "마지막"),
        W::Available => ("available", "사용 가능"),
        W::PodsThatExist => ("pods that exist", "존재하는 파드"),
        W::Pending => ("Pending", "대기 중"),
        W::Gap => ("gap", "차이"),
        W::NothingRuns => ("Nothing runs here yet", "아직 아무것도 실행되지 않아요"),
        W::NothingRunsHint => (
            "Make something and watch who reacts: kubectl create deployment hello --image=nginx",
            "무언가 만들고 누가 움직이는지 보세요: kubectl create deployment hello --image=nginx",
        ),
        W::NotDrawn => ("This lens is not drawn yet", "이 렌즈는 아직 그려지지 않아요"),
        W::NotDrawnHint => {
            ("Cluster, Control plane and Network are.", "클러스터, 컨트롤 플레인, 네트워크는 볼 수 있어요.")
        }
        W::NoPacket => ("No packet to follow yet", "따라갈 패킷이 아직 없어요"),
        W::NoPacketHint => (
            "Send one and follow it from hop to hop: curl a Service or a pod.",
            "하나 보내고 홉마다 따라가 보세요. 서비스나 파드에 curl을 보내면 돼요.",
        ),
        W::DnsSaid => ("DNS said", "DNS 응답"),
        W::Outside => ("Outside", "외부"),
        W::Cloud => ("Cloud", "클라우드"),
        W::ClusterNetwork => ("Cluster network", "클러스터 네트워크"),
        W::From => ("from", "보낸 곳"),
        W::To => ("to", "받는 곳"),
        W::What => ("what", "무엇"),
        W::When => ("when", "언제"),
        W::OneRequest => ("One request, four gates", "요청 하나, 관문 넷"),
        W::OneRequestHint => ("a write counts only when etcd has it", "쓰기는 etcd에 들어가야 인정돼요"),
        W::WatchCache => ("watch cache", "워치 캐시"),
        W::WatchCacheHint => ("one stream in, many out", "하나로 들어와 여럿으로 나가요"),
        W::WhoSpoke => ("Who spoke to whom", "누가 누구에게 말했나"),
        W::WhoSpokeHint => ("every line touches the API server, none skips it", "모든 선은 API 서버를 거쳐요"),
        W::Nodes => ("Nodes", "노드"),
        W::Records => ("Records", "오브젝트"),
        W::Cluster => ("Cluster", "클러스터"),
    };
    match lang {
        Lang::En => en,
        Lang::Ko => ko,
    }
}

/// `3 of 4`.
pub fn of(lang: Lang, part: usize, whole: usize) -> String {
    match lang {
        Lang::En => format!("{part} of {whole}"),
        Lang::Ko => format!("{part} / {whole}"),
    }
}

/// `and 12 more`.
pub fn more(lang: Lang, count: usize) -> String {
    match lang {
        Lang::En => format!("and {count} more"),
        Lang::Ko => format!("외 {count}개"),
    }
}

/// The counts of a fleet.
pub fn fleet(lang: Lang, nodes: usize, broken: usize, pods: usize) -> String {
    match lang {
        Lang::En => {
            format!("{nodes} nodes, {broken} not ready, {pods} pods. A cell is a node; darker asks for more CPU.")
        }
        Lang::Ko => {
            format!("노드 {nodes}개, 준비 안 됨 {broken}개, 파드 {pods}개. 칸 하나가 노드, 진할수록 CPU 요청이 많아요.")
        }
    }
}

/// `3 ready, 1 leaving`.
pub fn ready(lang: Lang, ready: usize, leaving: usize) -> String {
    match (lang, ready, leaving) {
        (Lang::En, 0, 0) => "none ready".into(),
        (Lang::En, _, 0) => format!("{ready} ready"),
        (Lang::En, _, _) => format!("{ready} ready, {leaving} leaving"),
        (Lang::Ko, 0, 0) => "준비된 것 없음".into(),
        (Lang::Ko, _, 0) => format!("{ready}개 준비됨"),
        (Lang::Ko, _, _) => format!("{ready}개 준비됨, {leaving}개 종료 중"),
    }
}

/// A countdown: `retry in 25s`.
pub fn retry(lang: Lang, seconds: u64) -> String {
    match lang {
        Lang::En => format!("retry in {seconds}s"),
        Lang::Ko => format!("{seconds}초 뒤 재시도"),
    }
}

/// The name of a lens on its tab.
pub fn lens(lang: Lang, lens: Lens) -> &'static str {
    let (en, ko) = match lens {
        Lens::Cluster => ("Cluster", "클러스터"),
        Lens::ControlPlane => ("Control plane", "컨트롤 플레인"),
        Lens::Workloads => ("Workloads", "워크로드"),
        Lens::Network => ("Network", "네트워크"),
        Lens::Storage => ("Storage", "스토리지"),
        Lens::Mesh => ("Mesh", "메시"),
        Lens::Docker => ("Docker host", "도커 호스트"),
        Lens::Timeline => ("Timeline", "타임라인"),
    };
    match lang {
        Lang::En => en,
        Lang::Ko => ko,
    }
}

/// A kind in words: the Korean documentation's term, or the kind itself.
pub fn kind(lang: Lang, kind: &str) -> &str {
    if lang == Lang::En {
        return kind;
    }
    match kind {
        "Pod" => "파드",
        "Node" => "노드",
        "Deployment" => "디플로이먼트",
        "ReplicaSet" => "레플리카셋",
        "ReplicationController" => "레플리케이션컨트롤러",
        "StatefulSet" => "스테이트풀셋",
        "DaemonSet" => "데몬셋",
        "Job" => "잡",
        "CronJob" => "크론잡",
        "Service" => "서비스",
        "EndpointSlice" => "엔드포인트슬라이스",
        "ConfigMap" => "컨피그맵",
        "Secret" => "시크릿",
        "Namespace" => "네임스페이스",
        "Ingress" => "인그레스",
        "NetworkPolicy" => "네트워크폴리시",
        "PersistentVolume" => "퍼시스턴트볼륨",
        "PersistentVolumeClaim" => "퍼시스턴트볼륨클레임",
        "StorageClass" => "스토리지클래스",
        "ServiceAccount" => "서비스어카운트",
        "Role" => "롤",
        "RoleBinding" => "롤바인딩",
        other => other,
    }
}
